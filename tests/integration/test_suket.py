"""The sukets in PostgreSQL: numbers without gaps whoever writes, one in force, and the whole store sound."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.config.timekeeping import timekeeper_on
from ektp.storage.simulated_clock import set_simulated_now
from ektp.verification.invariants import verify
from tests.histories import said
from tests.plain_time import PLAIN
from tests.stock import moved, told
from tests.waiting_store import FRIDAY, verified, waited


def asked(engine: Engine, question: str) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def violations(engine: Engine) -> list[object]:
    """Return what is wrong with the store."""
    return [one for one in verify(engine, PLAIN) if one.violations]


def test_a_letter_has_a_number_and_a_code(
    engine: Engine, timekeeper: Timekeeper, open_journal: Callable[[], Journal]
) -> None:
    """Both are given when it is written; the next year's number is another."""
    waited(engine, open_journal(), timekeeper, 3)
    rows = asked(engine, "select number, code, issued, valid_until - issued from suket order by number")
    assert [row[0] for row in rows] == [f"471.13/00000{at}/33.74.10/2026" for at in (1, 2, 3)]
    assert len({row[1] for row in rows}) == 3
    assert {len(row[1]) for row in rows} == {16}
    assert {row[2:] for row in rows} == {(FRIDAY, timedelta(days=181))}
    assert violations(engine) == []


def test_numbers_have_no_gap_however_many_write_at_once(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Four sweepers; every person has one letter."""
    verified(engine, open_journal(), 700)
    set_simulated_now(engine, FRIDAY)
    sweepers = [timekeeper_on(engine, open_journal, PLAIN, most=0) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.sweep(), sweepers))
    numbers = asked(engine, "select split_part(number, '/', 2)::int from suket order by 1")
    assert [row[0] for row in numbers] == list(range(1, 701))
    assert asked(engine, "select sum(delta)::int from tallies where kind = 'suket' and key = 'in-force'") == [(700,)]
    assert violations(engine) == []


def test_a_letter_is_withdrawn_and_renewed_by_its_row(
    engine: Engine, timekeeper: Timekeeper, open_journal: Callable[[], Journal]
) -> None:
    """Of two people one comes in person, one waits for half a year: what they hold is what the rows say."""
    comes, waits = waited(engine, open_journal(), timekeeper, 2)
    open_journal().apply([said(comes.application, "print-requested", counter="counter1")])
    assert violations(engine) == []
    for days in (100, 168, 170):
        set_simulated_now(engine, FRIDAY + timedelta(days=days))
        timekeeper.sweep()
    rows = asked(engine, "select application, because, renews is not null from suket order by issued, application")
    assert sorted(rows, key=str) == sorted(
        [
            (comes.application, "came-in-person", False),
            (waits.application, "renewed", False),
            (waits.application, None, True),
        ],
        key=str,
    )
    assert violations(engine) == []


def test_while_blanko_lie_free_at_the_regency_no_letter_is_issued(
    engine: Engine, timekeeper: Timekeeper, open_journal: Callable[[], Journal]
) -> None:
    """The stock of another regency is no reason; when it is gone the letters come a working day later."""
    verified(engine, open_journal(), 2)
    received: dict[str, Any] = {"first": "ST001", "last": "ST001", "delivery_note": "BA-1"}
    journal = open_journal()
    journal.apply([said("33.74", "blanko-received", office="33.74", **received)])
    set_simulated_now(engine, FRIDAY)
    timekeeper.sweep()
    assert asked(engine, "select count(*) from suket") == [(0,)]
    withheld = "select office, sum(delta)::int from tallies where kind = 'suket' group by office"
    assert asked(engine, withheld) == [("33.74.10", 2)]
    journal.apply([said("33.74", "blanko-received", office="33.73", **received | {"first": "ZZ001", "last": "ZZ001"})])
    journal.apply(told(moved("transferred", "ST001", to="33.75")))
    set_simulated_now(engine, FRIDAY + timedelta(days=3))
    timekeeper.sweep()
    assert asked(engine, "select count(*) from suket") == [(2,)]
    assert violations(engine) == []
