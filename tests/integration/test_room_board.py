"""The board over HTTP: it counts what is there, of one's own offices, day by day; and the curve says the same."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from ektp.bootstrap import Parts
from ektp.reading.board import board
from ektp.reading.clearance import clearance, curve, lately
from ektp.reading.snapshot import snapshot
from ektp.reading.summary import summary
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.storage.steps.tallies import fold_tallies
from ektp.verification.invariants import verify
from tests.histories import History, said, submission_of
from tests.visitor import token_of
from tests.web_client import WebClient

HERE, THERE, EAST = "33.74.10", "33.19.02", "81.71"
MONDAY: Final = datetime(2026, 2, 9, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
_ID: Final = r'id="{}"[^>]*>([^<]*)<'


def tell(parts: Parts, history: History, *steps: str, office: str = HERE) -> History:
    """Say these steps of a history now."""
    with snapshot(parts.engine) as connection:
        now = connection.scalars(text("select ektp_now()")).one()
    for step in steps:
        getattr(history, step)()
        event = history.events[-1]
        event["time"] = now.isoformat()
        if step == "recorded":
            event["data"]["office"] = office
        parts.journal().apply([submission_of(event)])
    return history


def shown(page: str, *names: str) -> list[str]:
    """Return what stands under these ids."""
    found = [re.search(_ID.format(name), page) for name in names]
    return [one[1] if one else "missing" for one in found]


@pytest.fixture
def two_days(parts: Parts) -> Parts:
    """Give three applications of two regencies over two days, and events that wait; the second day is today."""
    begin_simulation(parts.engine, MONDAY)
    first, second = (tell(parts, History(), "recorded") for _ in range(2))
    tell(parts, History(), "recorded", office=THERE)
    first.failed("SEARCH_FAILURE_AT_CENTRAL")
    parts.journal().apply([submission_of(first.events[-1])])
    set_simulated_now(parts.engine, MONDAY + DAY)
    tell(parts, second, "verified", "allocated", "printed", "collected")
    lonely = History()
    parts.journal().apply(
        [
            said(first.application, "printed", station="printer1", blanko="BL1", printer="printer1"),
            said(lonely.application, "data-verified", station="centre", attempt=1),
        ]
    )
    return parts


def test_the_counts_are_those_of_the_same_snapshot(two_days: Parts, web: WebClient) -> None:
    """States, overdue, held, and the day: what the tables say when they are counted."""
    with snapshot(two_days.engine) as connection:
        told = board(connection)
        counts = connection.execute(text("select state, count(*) as number from applications group by state"))
        states = {row.state: row.number for row in counts}
        held = connection.scalars(text("select count(*) from held")).one()
    assert {state: count for state, count in told["states"].items() if count} == states
    assert sum(told["held_by_state"].values()) == held == 2
    assert told["held_by_state"] == {"failed": 1, "new": 1}
    page = web.get("/board", accept_language="en").text
    assert shown(page, "state-collected", "state-failed", "held-failed", "held-new") == ["1", "1", "1", "1"]
    assert shown(page, "day-in", "day-verified", "day-printed", "day-collected", "day-waiting") == [
        "0",
        "1",
        "1",
        "1",
        "2",
    ]
    for path in ("/applications?state=failed", "/applications?state=failed&amp;overdue=1", "/deadlines"):
        assert f'href="{path}"' in page


def test_a_day_of_the_past_is_told_from_the_same_counts(two_days: Parts, web: WebClient) -> None:
    """Also when they are gathered; and the curve ends with those who wait now."""
    for _ in range(2):
        with snapshot(two_days.engine) as connection:
            before = clearance(connection, MONDAY.date())
            assert {what: count for what, count in before.items() if count} == {"in": 3, "failed": 1}
            assert clearance(connection, MONDAY.date(), (THERE,))["in"] == 1
            points = curve(connection, 60)
        assert [(str(day), *rest) for day, *rest in points] == [("2026-02-09", 3, 3, 0), ("2026-02-10", 2, 0, 1)]
        fold_tallies(two_days.engine)
    told = web.get("/board/curve?days=7").json
    assert told == {"days": ["2026-02-09", "2026-02-10"], "waiting": [3, 2], "came": [3, 0], "ended": [0, 1]}
    assert web.get("/board/curve?days=6").status == 422
    assert not [one for one in verify(two_days.engine, two_days.keeping) if one.violations]


def test_a_day_is_that_of_the_office(parts: Parts) -> None:
    """At four in the afternoon by UTC it is tomorrow already in Ambon."""
    begin_simulation(parts.engine, MONDAY.replace(hour=16))
    tell(parts, History(), "recorded", office=EAST)
    tell(parts, History(), "recorded")
    with snapshot(parts.engine) as connection:
        assert lately(connection)["day"]["in"] == 2
        east = lately(connection, (EAST,))["day"]
        assert (east["date"], east["in"], east["collected"]) == ("2026-02-10", 1, 0)
        assert clearance(connection, MONDAY.date())["in"] == 1
        assert [(point.waiting, point.came) for point in curve(connection, 7, (EAST,))] == [(1, 1)]


@pytest.mark.parametrize(
    ("office", "states"), [("33.19", {"recorded": 1}), ("33.74.10", {"failed": 1, "collected": 1})]
)
def test_everybody_counts_their_own_offices(
    two_days: Parts, web: WebClient, office: str, states: dict[str, int]
) -> None:
    """On the board, in its moving part, in the summary; what is not known by office is not told as nothing."""
    who = WebClient(web.address, token_of(two_days, "who", "viewer", office=office))
    told = who.get("/api/v1/summary").json
    assert {state: count for state, count in told["states"].items() if count} == states
    assert told["applications"] == sum(states.values())
    assert told["waiting"]["centre"] == states.get("recorded", 0) + states.get("failed", 0)
    assert (told["events"]["applied"], told["events"]["held"]) == (None, states.get("failed", 0))
    with snapshot(two_days.engine) as connection:
        there = board(connection, offices=(office,))
        every = summary(connection)
    assert there["outbox"]["pending"] < every["outbox"]["pending"]
    assert every["events"]["applied"] == 8
    for path in ("/", "/board"):
        page = who.get(path, accept_language="en").text
        assert shown(page, "applications", "state-collected") == [
            str(sum(states.values())), str(states.get("collected", 0))
        ]  # fmt: skip
        assert shown(web.get(path, accept_language="en").text, "applications") == ["3"]
    listed: dict[str, Any] = who.get("/board/curve").json
    assert listed["waiting"][-1] == sum(states.values()) - states.get("collected", 0)


def test_the_whole_page_is_light(two_days: Parts, web: WebClient) -> None:
    """As it comes over the wire, with everything that it loads."""
    page = web.get("/", accept_encoding="gzip")
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert {"/static/uplot.min.js", "/static/curve.js", "/static/ektp.css"} <= set(loaded)
    parts = [page, *(web.get(path, accept_encoding="gzip") for path in loaded), web.get("/board/curve")]
    assert sum(len(one.body) for one in parts) < 100_000


@pytest.mark.parametrize("lately", [3, 200, 1500])
def test_the_last_minute_is_told_however_far_back_it_reaches(parts: Parts, lately: int) -> None:
    """All of its notices, and none from before; of an empty outbox nothing."""
    with snapshot(parts.engine) as connection:
        assert board(connection)["moved"] == []
    letters = text("""
    insert into outbox (id, application, slot, exchange, routing_key, body, created)
    select gen_random_uuid(), gen_random_uuid(), 0, 'ektp.notices', 'application-printed.33.74.10',
        '{"data": {"office": "33.74.10", "state": "printed"}}', now() - make_interval(mins => cast(:age as int))
    from generate_series(1, cast(:many as int))
    """)
    with parts.engine.begin() as connection:
        connection.execute(letters, {"age": 5, "many": 700})
        connection.execute(letters, {"age": 0, "many": lately})
    with snapshot(parts.engine) as connection:
        assert board(connection)["moved"] == [("application-printed", lately)]
