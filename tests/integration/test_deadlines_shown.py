"""The page of deadlines: as many as are stuck, in groups that lead to their lists; what comes; outages."""

import csv
import io
import re
from collections import Counter

import pytest

from ektp.bootstrap import Parts
from ektp.reading.deadlines import Asked
from ektp.reading.snapshot import snapshot
from ektp.reading.stuck import stuck
from ektp.reading.waiting_events import waiting_events
from ektp.storage.simulated_clock import set_simulated_now
from tests.histories import History
from tests.many_applications import DAY, MONDAY, fill, rows
from tests.visitor import Visitor, added, token_of
from tests.web_client import WebClient


def groups(web: WebClient, query: str = "") -> Counter[tuple[str, str]]:
    """Return the counts of the file, by cause and office."""
    file = csv.DictReader(io.StringIO(web.get(f"/deadlines.csv{query}").text))
    found = Counter[tuple[str, str]]()
    for row in file:
        found[row["cause"], row["office"]] += int(row["count"])
    return found


@pytest.mark.parametrize("query", ["", "?office=33.74", "?cause=without-blanko", "?cause=under-review&office=33.22.10"])
def test_the_groups_count_what_is_stuck(web: WebClient, parts: Parts, query: str) -> None:
    """Applications and events that are held; each count leads to just as many."""
    fill(web, parts)
    early = [History().allocated(), History().printed()]
    web.batch(*(one.events[0] for one in early))
    set_simulated_now(parts.engine, MONDAY + 40 * DAY)
    parts.timekeeper.sweep()
    asked = dict(re.findall(r"(\w+)=([^&]+)", query))
    with snapshot(parts.engine) as connection:
        found = stuck(connection, parts.keeping, cause=asked.get("cause"), office=asked.get("office"))
    expected = Counter((one["cause"], one["office"]) for one in found)
    assert groups(web, query) == expected
    page = web.get(f"/deadlines{query}", accept_language="en")
    links = re.findall(r'<a class="row" href="(/applications\?[^"]+)">(\d+)</a>', page.text)
    assert len(links) >= bool(expected)
    for address, count in links:
        query_of = address.replace("&amp;", "&").removeprefix("/applications?")
        listed = web.get(f"/api/v1/applications?limit=200&{query_of}").json["applications"]
        assert len(listed) == int(count), address


def test_events_that_wait_too_long_come_page_by_page(web: WebClient, parts: Parts) -> None:
    """Each once, the oldest first, in the offices of who asks."""
    fill(web, parts)
    early = [History().allocated() for _ in range(120)]
    web.batch(*(one.events[0] for one in early))
    set_simulated_now(parts.engine, MONDAY + 40 * DAY)
    parts.timekeeper.sweep(1000)
    seen: list[str] = []
    after = None
    with snapshot(parts.engine) as connection:
        while True:
            page, after = waiting_events(connection, Asked(office="33.74"), after)
            seen += [one["application"] for one in page]
            if after is None:
                break
        assert waiting_events(connection, Asked(offices=("33.22",)))[0] == []
    assert sorted(seen) == sorted(str(one.application) for one in early)
    first = web.get("/deadlines?office=33.74").text
    (following,) = re.findall(r'href="(/deadlines[^"]+held=[^"]+)"', first)
    assert web.get(following.replace("&amp;", "&").partition("#")[0]).status == 200
    assert web.get("/deadlines?held=x").status == 422


def test_an_operator_declares_an_outage_and_its_end(web: WebClient, parts: Parts) -> None:
    """Of an office of their own; for the centre speaks who is there for all offices."""
    history = History().recorded()
    web.batch(*history.events)
    here, everywhere = Visitor(web), Visitor(web)
    here.sign_in(added(parts, "siti", "operator", office="33.74"))
    everywhere.sign_in(added(parts, "budi", "operator"))
    form = {"subject": "33.74.10", "from": "2026-02-12T08:00", "until": "", "because": "the line is down"}
    token = here.csrf("/deadlines")
    assert here.post("/deadlines/outages", {**form, "csrf": token}).headers["location"] == "/deadlines#outages"
    for subject, status in (("33.22.10", 403), ("centre", 403), ("x", 422)):
        assert here.post("/deadlines/outages", {**form, "csrf": token, "subject": subject}).status == status
    assert everywhere.post(
        "/deadlines/outages", {**form, "csrf": everywhere.csrf("/deadlines"), "subject": "centre"}
    ).status == 303  # fmt: skip
    question = "select subject, begins::text, ends is null, because, declared_by from outages order by subject"
    assert rows(parts, question) == [
        ("33.74.10", "2026-02-12 01:00:00+00", True, "the line is down", "siti"),
        ("centre", "2026-02-12 01:00:00+00", True, "the line is down", "budi"),
    ]
    page = here.get("/deadlines", accept_language="en").text
    assert "the line is down" in page
    assert page.count('action="/deadlines/outages/end"') == 1
    over = {"subject": "33.74.10", "because": "it works again", "csrf": token}
    assert here.post("/deadlines/outages/end", over).status == 303
    assert rows(parts, "select subject from outages where ends is null") == [("centre",)]
    earlier = {**form, "csrf": token, "until": "2026-02-11T08:00"}
    assert here.post("/deadlines/outages", earlier).status == 422


def test_who_looks_only_sees_no_forms_and_nothing_of_elsewhere(web: WebClient, parts: Parts) -> None:
    """Counts and lists of the own offices."""
    fill(web, parts)
    set_simulated_now(parts.engine, MONDAY + 40 * DAY)
    parts.timekeeper.sweep()
    who = WebClient(web.address, token_of(parts, "who", "viewer", office="33.22"))
    page = who.get("/deadlines").text
    assert "33.74" not in page.replace('placeholder="33.74.10"', "")
    assert "/deadlines/outages" not in page
    assert who.get("/deadlines.csv").status == 403
    auditor = WebClient(web.address, token_of(parts, "auditor", "auditor", office="33.22"))
    assert {office for _, office in groups(auditor)} == {"33.22.10"}
