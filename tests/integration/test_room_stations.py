"""The stations in the room: found by what is the matter with them, one by one, and shut out with a reason."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from ektp.bootstrap import Parts
from ektp.reading.audit import audit_rows
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.web.room.stations import MOST
from ektp.web.spans import span
from tests.enrolled import enrolled
from tests.visitor import Visitor, added
from tests.web_client import WebClient, parts_on, served

ROWS = re.compile(r'class="row" href="/stations/(\w+)"')
SEEN = """
insert into sightings (station, office, last_contact, unsent, reported, skew, gaps)
values (%s, %s, ektp_now() - interval '2 hours', %s, ektp_now(), 3, %s::jsonb)
"""
DAY = """
insert into station_days (station, day, office, arrived, closed, count, last_sequence, settled)
values (%s, '2026-02-12', %s, %s, ektp_now(), 212, 1212, %s)
"""
ALERT = "insert into alerts (rule, about, station, office) values ('station-silent', %s, %s, '33.74.10')"


@pytest.fixture
def town(parts: Parts) -> Parts:
    """Give stations of two regencies: one that is well, one silent, three behind, one only seen, the centre."""
    for name, office in (("st_well", "33.74.10"), ("st_silent", "33.74.10"), ("st_unsent", "33.74"),
                         ("st_gap", "33.22.05"), ("st_short", "33.22.05")):  # fmt: skip
        enrolled(parts, name, office=office)
    enrolled(parts, "centre", "centre", "")
    with transaction(parts.engine) as connection:
        for name, office, unsent, gaps in (
            ("st_well", "33.74.10", 0, "[]"), ("st_silent", "33.74.10", 0, "[]"), ("st_unsent", "33.74", 7, "[]"),
            ("st_gap", "33.22.05", 0, '[[5, 9, "2026-02-12T00:00:00Z"]]'), ("st_stranger", "33.22.05", None, "[]"),
        ):  # fmt: skip
            connection.execute(SEEN, [name, office, unsent, gaps])
        connection.execute(DAY, ["st_well", "33.74.10", 212, True])
        connection.execute(DAY, ["st_short", "33.22.05", 210, False])
        connection.execute(ALERT, ["st_silent", "st_silent"])
    return parts


def visitor(web: WebClient, parts: Parts, *roles: str, office: str = "all") -> Visitor:
    """Give the browser of somebody."""
    one = Visitor(web)
    one.sign_in(added(parts, f"p-{'-'.join(roles)}", *roles, office=office))
    return one


def found(who: Visitor, query: str = "") -> list[str]:
    """Return the stations of a page."""
    reply = who.get(f"/stations{query}")
    assert reply.status == 200, reply.text
    return ROWS.findall(reply.text)


def test_each_is_found_by_what_is_the_matter(web: WebClient, town: Parts) -> None:
    """By office, role and standing, one by one or together; every number leads to its list."""
    who = visitor(web, town, "viewer")
    assert found(who) == ["centre", "st_gap", "st_short", "st_silent", "st_stranger", "st_unsent", "st_well"]
    assert found(who, "?only=silent") == ["st_silent"]
    assert found(who, "?only=behind") == ["st_gap", "st_short", "st_unsent"]
    assert found(who, "?only=behind&office=33.22") == ["st_gap", "st_short"]
    assert found(who, "?only=unregistered") == ["st_stranger"]
    assert found(who, "?only=revoked") == found(who, "?only=behind&only=silent") == []
    assert found(who, "?role=centre") == ["centre"]
    page = who.get("/stations?office=33.22").text
    for standing, count in (("silent", 0), ("behind", 2), ("revoked", 0), ("unregistered", 1)):
        assert f'id="{standing}">{count}<' in page
        assert f"only={standing}&amp;office=33.22" in page
    assert "2 hours ago" in page
    assert who.get("/stations?role=king").status == who.get("/stations?only=king").status == 422


def test_a_scope_holds_for_lists_files_and_details(web: WebClient, town: Parts) -> None:
    """Nothing of another regency, nor of the whole country; a file only for whoever may take one."""
    who = visitor(web, town, "operator", office="33.74")
    assert found(who) == ["st_silent", "st_unsent", "st_well"]
    rows = list(csv.DictReader(io.StringIO(who.get("/stations.csv?only=behind").text)))
    assert [(row["station"], row["unsent"]) for row in rows] == [("st_unsent", "7")]
    assert who.get("/stations/st_gap").status == who.get("/stations/centre").status == 404
    assert visitor(web, town, "viewer").get("/stations.csv").status == 403


def test_one_is_shown_with_all_that_is_known(web: WebClient, town: Parts) -> None:
    """Its last day, its missing numbers, how long it is silent in working hours, its alerts."""
    who = visitor(web, town, "viewer")
    assert "212 of 212" in who.get("/stations/st_well").text
    assert "210 of 212" in who.get("/stations/st_short").text
    silent = who.get("/stations/st_silent").text
    assert "working hours silent since" in silent
    assert "/alerts?rule=station-silent" in silent
    assert "without an account" in who.get("/stations/st_stranger").text
    assert "/revoke" not in silent


def test_pages_go_on_where_the_last_one_ended(web: WebClient, parts: Parts) -> None:
    """By name; none is left out, none comes twice."""
    with transaction(parts.engine) as connection:
        connection.execute(
            "insert into sightings (station, office, last_contact)"
            " select 'w' || 1000 + n, '33.74', ektp_now() from generate_series(1, %s) as n",
            [MOST + 3],
        )
    who = visitor(web, parts, "viewer")
    first = found(who)
    assert f"after={first[-1]}" in who.get("/stations").text
    assert len(first) == MOST
    assert first + found(who, f"?after={first[-1]}") == [f"w{1000 + n}" for n in range(1, MOST + 4)]


def test_an_admin_shuts_one_out_with_a_reason(web: WebClient, town: Parts) -> None:
    """Which is noted with it; without one nothing happens, and whoever is no admin of all offices cannot."""
    admin, path = visitor(web, town, "admin"), "/stations/st_well/revoke"
    for other in (visitor(web, town, "operator"), visitor(web, town, "auditor")):
        assert other.post(path, {"csrf": other.csrf("/stations"), "because": "stolen"}).status == 403
    csrf = admin.csrf("/stations/st_well")
    assert admin.post(path, {"csrf": csrf, "because": " "}).status == 422
    assert admin.post(path, {"csrf": csrf, "because": "stolen"}).headers["location"] == "/stations/st_well"
    page = admin.get("/stations/st_well").text
    assert ("p-admin: stolen" in page, "/revoke" in page) == (True, False)
    assert found(admin, "?only=revoked") == ["st_well"]
    assert admin.post("/stations/nobody/revoke", {"csrf": csrf, "because": "x"}).status == 404
    with snapshot(town.engine) as connection:
        rows = [row for row in audit_rows(connection) if row["what"] == "station-revoked"]
    assert [(row["actor"], row["about"], row["detail"]) for row in rows] == [
        ("p-admin", "st_well", {"because": "stolen"})
    ]


def test_that_the_broker_could_not_be_reached_is_said(database_url: str, tmp_path: Path) -> None:
    """It is revoked here all the same, and may be done again."""
    broker = SecretStr("amqp://guest:guest@127.0.0.1:1/")
    with parts_on(database_url, tmp_path, broker_url=broker) as parts, served(parts) as web:
        enrolled(parts, "st_well")
        admin = visitor(web, parts, "admin")
        for _ in range(2):
            csrf = admin.csrf("/stations/st_well")
            reply = admin.post("/stations/st_well/revoke", {"csrf": csrf, "because": "stolen"})
            assert (reply.status, "the broker could not be reached" in reply.text) == (503, True)
            assert ("p-admin: stolen" in reply.text, "/revoke" in reply.text) == (True, True)


def test_spans_are_told_in_the_largest_unit() -> None:
    """In both languages; what has not happened yet is no time ago."""
    said = [span(timedelta(seconds=seconds), "en") for seconds in (-5, 0, 1, 60, 7199, 90_000, 10_000_000)]
    assert said == ["0 seconds", "0 seconds", "1 second", "1 minute", "1 hour", "1 day", "115 days"]
    assert span(timedelta(days=1500), "id") == "1.500 hari"
