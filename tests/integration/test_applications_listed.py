"""The list of applications: each filter finds what a count in SQL finds, page by page, in the offices of who asks."""

import csv
import io
from importlib import import_module
from typing import Final

import pytest

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.verification.invariants import verify
from tests.histories import History
from tests.many_applications import fill, rows
from tests.visitor import token_of
from tests.web_client import WebClient
from workflows.deadlines import MOVES

OVERDUE: Final = (
    "state not in ('collected', 'cancelled')"
    " and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'))"
)
#: What stands in the address, and the same in SQL.
FILTERS: Final = {
    "": "true",
    "state=recorded": "state = 'recorded'",
    "state=failed": "state = 'failed'",
    "state=collected": "state = 'collected'",
    "office=33.74": "office like '33.74%'",
    "office=33.22.10": "office = '33.22.10'",
    "cause=to-be-invited": "situation = 'to-be-invited'",
    "cause=recovered-by-hand": "timers->>'by_hand' = 'true'",
    "cause=without-blanko&lane=in-person": "queued is not null and lane = 'in-person'",
    "lane=new": "queued is not null and lane = 'new'",
    "move=resident": "state = 'printed' or situation = 'invited'",
    "move=centre&overdue=1": f"state in ('recorded', 'failed', 'deletion-requested') and {OVERDUE}",
    "age=11": "recorded < ektp_now() - interval '11 days'",
    "overdue=1": OVERDUE,
    "overdue=1&office=33.74&order=newest": f"{OVERDUE} and office like '33.74%%'",
    "state=failed&cause=recovered-by-hand&office=33.74.01": "state = 'failed' and timers->>'by_hand' = 'true'"
    " and office = '33.74.01'",
    "state=verified&cause=printed": "false",
}


def paged(who: WebClient, query: str, limit: int = 4) -> list[str]:
    """Return the applications of every page of a list, in their order."""
    found, after = list[str](), ""
    while True:
        page = who.get(f"/api/v1/applications?limit={limit}&{query}{after}").json
        found += [one["application"] for one in page["applications"]]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def test_each_filter_finds_what_a_count_in_sql_finds(web: WebClient, parts: Parts) -> None:
    """Over the API, on the page and in the file; in the order of the first recording."""
    fill(web, parts)
    assert {one for (one,) in rows(parts, "select distinct situation from applications")} == set(MOVES)
    for query, condition in FILTERS.items():
        way = "desc" if "newest" in query else ""
        question = f"select id::text from applications where {condition} order by recorded {way}, id {way}"
        expected = [one for (one,) in rows(parts, question.replace("%%", "%"))]
        assert paged(web, query) == expected, query
        page = web.get(f"/applications?{query}")
        assert [one in page.text for one in expected[:50]].count(True) == min(len(expected), 50), query
        file = csv.DictReader(io.StringIO(web.get(f"/applications.csv?{query}").text))
        assert [row["application"] for row in file] == expected, query
    assert len(paged(web, "")) == 42
    assert {(one.name, one.violations) for one in verify(parts.engine, parts.keeping)} >= {
        ("situations-are-true", 0), ("counts-are-conserved", 0),
    }  # fmt: skip


def test_pages_lose_and_double_nothing_while_applications_change(web: WebClient, parts: Parts) -> None:
    """Whatever was there at the beginning comes once, though all of it changes its state and others come in."""
    first = [History().recorded() for _ in range(12)]
    web.batch(*(one.events[0] for one in first))
    for order in ("oldest", "newest"):
        seen, after = list[str](), ""
        while True:
            page = web.get(f"/api/v1/applications?limit=3&order={order}{after}").json
            seen += [one["application"] for one in page["applications"]]
            for history in first:
                web.batch(history.failed("SEARCH_FAILURE_AT_CENTRAL", try_=len(history.events)).events[-1])
            web.batch(*History().recorded().events)
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
            assert len(seen) < 60
        mine = [one for one in seen if one in {str(history.application) for history in first}]
        assert sorted(mine) == sorted(str(history.application) for history in first)
        assert len(seen) == len(set(seen))


@pytest.mark.parametrize("scope", ["33.74", "33.74.01", "33.22"])
def test_what_lies_outside_is_not_in_any_list(web: WebClient, parts: Parts, scope: str) -> None:
    """Not on a page, in the file, under a filter, or behind what lies elsewhere."""
    fill(web, parts)
    who = WebClient(web.address, token_of(parts, "who", "operator", office=scope))
    mine = {one for (one,) in rows(parts, "select id::text from applications where office like %s", [f"{scope}%"])}
    for query in ("", "office=33.74", "overdue=1", "state=verified"):
        asked = set(paged(web, query)) & mine
        assert set(paged(who, query)) == asked, query
        file = csv.DictReader(io.StringIO(who.get(f"/applications.csv?{query}").text))
        assert {row["application"] for row in file} == asked
    (theirs,) = rows(parts, "select id::text from applications where office not like %s limit 1", [f"{scope}%"])
    for path in (f"/applications/{theirs[0]}", f"/applications/{theirs[0]}/export"):
        assert who.get(path).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "state=new",
        "office=33.99",
        "cause=x",
        "lane=x",
        "move=nobody",
        "age=-1",
        "age=x",
        "overdue=0",
        "order=x",
        "after=x",
    ],
)
def test_what_cannot_be_asked_is_said_and_not_repeated(web: WebClient, query: str) -> None:
    """422 with the name of the field; a field that is empty asks for nothing."""
    answer = web.get(f"/applications?{query}", accept_language="en")
    assert answer.status == 422
    assert query.partition("=")[0] in answer.text
    assert web.get("/applications?state=&office=&cause=&lane=&move=&age=&order=&after=").status == 200


def test_a_nik_in_an_address_is_not_looked_up_and_not_repeated(web: WebClient, parts: Parts) -> None:
    """As if nothing had been typed; in a filter it is no office."""
    history = History().recorded()
    web.batch(*history.events)
    for path in (f"/applications?wanted={history.nik}", f"/applications?office={history.nik}",
                 f"/applications/{history.nik}", f"/api/v1/applications?state={history.nik}"):  # fmt: skip
        answer = web.get(path)
        assert history.nik not in answer.text
        assert "location" not in answer.headers
    assert rows(parts, "select count(*) from audit") == [(0,)]


def test_the_situations_of_a_store_of_before_are_as_the_rules_say(web: WebClient, parts: Parts) -> None:
    """The migration's own words fill them; verify compares each with the rules."""
    fill(web, parts)
    fills = import_module("ektp.storage.migrations.versions.0018_situations").STATEMENTS.split(";\n")[1]
    with transaction(parts.engine) as connection:
        connection.execute("update applications set situation = ''")
        connection.execute(fills)
    findings = {one.name: (one.checked, one.violations) for one in verify(parts.engine, parts.keeping)}
    assert findings["situations-are-true"] == (42, 0)
