"""The clearance report: each day's counts are what happened on it, and who waited at its end is what was left."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.bootstrap import Parts
from ektp.reading.reports import COLUMNS, MOST, Report, Span, clearance_report
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.verification.invariants import verify
from tests.command_line import CommandLine
from tests.histories import History, happy, recorded_again
from tests.plain_time import PLAIN
from tests.web_client import WebClient, parts_on, served

REGENCY, OFFICE = "33.74", "33.74.10"
TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()


def report(engine: Engine, since: date, until: date, region: str = "", offices: tuple[str, ...] = ()) -> Report:
    """Return the report of some days, with its rows to be read."""
    return clearance_report(lambda: snapshot(engine), Span(since, until, region), offices)


def days_ago(engine: Engine, days: int) -> None:
    """Let everything that was counted so far have been counted so many days ago."""
    with transaction(engine) as connection:
        connection.execute(
            "update tallies set key = (split_part(key, ' ', 1)::date - %s)::text || ' ' || split_part(key, ' ', 2)"
            " where kind = 'day'",
            [days],
        )
        connection.execute("update office_days set day = day - %s", [days])


def lived(engine: Engine, journal: Journal) -> None:
    """Two days ago three came in of whom one failed and one was verified; yesterday nothing; today one was printed."""
    verified, failed = History().recorded().verified(), History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    for history in (verified, failed, History().recorded()):
        journal.apply(history.submissions())
    days_ago(engine, 2)
    journal.apply(verified.allocated().printed().submissions()[2:])


def test_every_day_has_what_happened_on_it_and_who_waited_at_its_end(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Also the day on which nothing happened; before the first nobody waited."""
    lived(engine, open_journal())
    found = report(engine, TODAY - timedelta(days=5), TODAY)
    rows = list(found.rows())
    told = [(row["day"], row["in"], row["verified"], row["failed"], row["printed"], row["waiting"], row["queue"])
            for row in rows]  # fmt: skip
    assert told == [
        (str(TODAY - timedelta(days=2)), 3, 1, 1, 0, 3, 1),
        (str(TODAY - timedelta(days=1)), 0, 0, 0, 0, 3, 1),
        (str(TODAY), 0, 0, 0, 1, 3, 0),
    ]
    assert {row["office"] for row in rows} == {OFFICE}
    assert found.total["in"] == 3
    assert (found.total["waiting"], found.total["queue"], found.total["kept"]) == (3, 0, 1)
    assert found.total["share"] == 1.0
    assert [row["month"] for row in found.months] == sorted({row["day"][:7] for row in rows})
    assert sum(row["in"] for row in found.months) == 3


def test_a_report_of_the_past_does_not_know_the_present(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """What came later is taken off who waits now."""
    lived(engine, open_journal())
    day = TODAY - timedelta(days=2)
    (row,) = report(engine, day, day).rows()
    assert (row["waiting"], row["queue"], row["printed"]) == (3, 1, 0)
    assert report(engine, day - timedelta(days=9), day - timedelta(days=1)).summed().days == []


def test_a_region_and_an_account_narrow_it(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """A kecamatan lies in its regency; of another region nothing is told."""
    lived(engine, open_journal())
    for region, offices, expected in (
        (REGENCY, (), 3),
        (OFFICE, (), 3),
        ("33.75", (), 0),
        ("", (REGENCY,), 3),
        ("", ("33.75",), 0),
        (REGENCY, (OFFICE,), 3),
        (OFFICE, ("33.75",), 0),
        (REGENCY, ("33.75",), 0),
    ):
        assert report(engine, TODAY - timedelta(days=5), TODAY, region, offices).summed().total["in"] == expected, (
            region
        )


def test_the_days_are_what_the_history_says_of_them(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Who waits for a blanko is counted as it happens, and verified like every other count of a day."""
    for history in (happy(), recorded_again(), History().recorded().verified()):
        open_journal().apply(history.submissions())
    assert [finding for finding in verify(engine, PLAIN) if finding.violations] == []
    (row,) = report(engine, TODAY, TODAY).rows()
    assert (row["in"], row["waiting"], row["queue"], row["collected"]) == (3, 1, 1, 2)
    with transaction(engine) as connection:
        connection.execute("insert into tallies (office, kind, key, delta) values (%s, 'day', %s, 1)",
                           [OFFICE, f"{TODAY} queue"])  # fmt: skip
    assert [finding.name for finding in verify(engine, PLAIN) if finding.violations] == ["days-add-up"]


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process."""
    with parts_on(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def web(parts: Parts) -> Iterator[WebClient]:
    """Give a client of a server that is up."""
    with served(parts) as client:
        yield client


def test_page_csv_json_and_command_say_the_same(web: WebClient, ektp: CommandLine) -> None:
    """The same numbers at four doors."""
    web.batch(*happy().events, *History().recorded().verified().events)
    asked = f"from={TODAY}&to={TODAY}&office={REGENCY}"
    (row,) = web.get(f"/api/v1/reports/clearance?{asked}").json["rows"]
    assert (row["in"], row["collected"], row["waiting"], row["queue"]) == (2, 1, 1, 1)
    (line,) = csv.DictReader(io.StringIO(web.get(f"/reports.csv?{asked}").text))
    assert line == {name: "" if row[name] is None else str(row[name]) for name in COLUMNS}
    page = web.get(f"/reports?{asked}", accept_language="en").text
    assert "Daily data clearance" in page
    assert f'<th scope="row">{TODAY}</th>' in page
    told = ektp.ask("report", "clearance", "--from", str(TODAY), "--to", str(TODAY), "--office", REGENCY)
    assert told["rows"] == [row]
    assert [name in ektp("report", "clearance", "--csv").out for name in COLUMNS] == [True] * len(COLUMNS)
    assert OFFICE in ektp("report", "clearance").out


def test_days_that_are_none_are_refused(web: WebClient, ektp: CommandLine) -> None:
    """With what to write instead."""
    for asked in ("from=yesterday", "from=2026-02-02&to=2026-02-01", "from=2000-01-01", "office=nowhere"):
        answer = web.get(f"/api/v1/reports/clearance?{asked}")
        assert answer.status == 422, answer.text
        assert web.get(f"/reports?{asked}").status == 422
    assert ektp("report", "clearance", "--from", "2000-01-01").code == 2
    assert ektp("report", "clearance", "--from", "x").code == 2
    assert MOST == 366
