"""A long report is written while it is read: its memory does not grow with its days, and no connection waits for it."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from ektp.reading.reports import COLUMNS, MOST, Report, Span, clearance_report
from ektp.reading.snapshot import snapshot
from ektp.spreadsheet import csv_parts
from ektp.storage.engine import transaction

OFFICES = 12
DAYS = MOST
TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()
#: Every office took two in on every day, one of whom was verified and one collected.
_LIVED = """
insert into office_days (what, day, office, count)
select what, %(today)s::date - day, '33.' || office, case what when 'in' then 2 else 1 end
from unnest(array['in', 'open', 'verified', 'collected']) as what, generate_series(0, %(days)s - 1) as day,
    generate_series(10, 9 + %(offices)s) as office
"""
_NOW = """
insert into tallies (office, kind, key, delta)
select '33.' || office, 'state', 'verified', %(days)s from generate_series(10, 9 + %(offices)s) as office
"""


@pytest.fixture
def lived(engine: Engine) -> Engine:
    """Give a store in which a province did the same on every day of a year."""
    with transaction(engine) as connection:
        for statement in (_LIVED, _NOW):
            connection.execute(statement, {"today": TODAY, "days": DAYS, "offices": OFFICES})
        connection.execute("analyze office_days")
    return engine


def report(engine: Engine, days: int, until: date = TODAY) -> Report:
    """Return the report of the last days."""
    return clearance_report(lambda: snapshot(engine), Span(until - timedelta(days=days - 1), until))


def as_csv(found: Report) -> Iterable[str]:
    """Return it as the parts of a file."""
    return csv_parts(COLUMNS, found.rows())


def as_json(found: Report) -> Iterable[str]:
    """Return it as the parts of a JSON text."""
    return found.json()


def most_memory(parts: Iterable[str]) -> int:
    """Return the bytes that were held at once while each part was let go."""
    tracemalloc.start()
    try:
        for _ in parts:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("written", [as_csv, as_json])
def test_twice_as_many_days_take_no_more_memory(lived: Engine, written: Callable[[Report], Iterable[str]]) -> None:
    """Every row is another one, and none of them is kept."""
    most_memory(written(report(lived, 2)))  # what is made once
    half, year = (most_memory(written(report(lived, days))) for days in (DAYS // 2, DAYS))
    assert year < 1.3 * half, (half, year)


def test_the_parts_are_every_day_of_every_office(lived: Engine) -> None:
    """In their order, over everything that is read by itself; who waited grows by one a day."""
    lines = list(csv.DictReader("".join(as_csv(report(lived, DAYS))).splitlines()))
    assert [(line["day"], line["office"]) for line in lines] == [
        (str(TODAY - timedelta(days=DAYS - day)), f"33.{office}")
        for day in range(1, DAYS + 1)
        for office in range(10, 10 + OFFICES)
    ]
    assert [int(line["waiting"]) for line in lines[::OFFICES]] == list(range(1, DAYS + 1))
    told = json.loads("".join(as_json(report(lived, DAYS))))
    assert len(told["rows"]) == DAYS * OFFICES == told["total"]["collected"]
    assert [(row["day"], row["in"], row["waiting"]) for row in told["days"]][-2:] == [
        (str(TODAY - timedelta(days=1)), 2 * OFFICES, (DAYS - 1) * OFFICES),
        (str(TODAY), 2 * OFFICES, DAYS * OFFICES),
    ]
    assert [one["waiting"] for one in told["offices"]] == [DAYS] * OFFICES
    assert told["months"][-1]["waiting"] == told["total"]["waiting"] == DAYS * OFFICES
    assert list(told)[:4] == ["from", "to", "office", "rows"]


@pytest.mark.parametrize("written", [as_csv, as_json])
def test_somebody_with_a_slow_line_keeps_no_connection(
    lived: Engine, written: Callable[[Report], Iterable[str]]
) -> None:
    """Between two parts there is no snapshot, and what is left unread is not read."""
    parts = iter(written(report(lived, DAYS)))
    assert len([next(parts), next(parts)]) == 2
    with transaction(lived) as connection:
        others = "select count(*) from pg_stat_activity where datname = current_database() and state like %s"
        assert connection.execute(others, ["idle in transaction%"]).fetchone() == (0,)
