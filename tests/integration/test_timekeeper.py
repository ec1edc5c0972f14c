"""The timekeeper on a real PostgreSQL: what is due happens once, whoever sweeps, and never as a flood."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Engine, text

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.storage.due_store import PostgresDue
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.timekeeping import timekeeper_on
from tests.histories import History, said
from tests.plain_time import PLAIN

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
DAY: Final = timedelta(days=1)
# Recorded on a Monday: without news on Thursday at three, promised until Friday at three.
THURSDAY: Final = datetime(2026, 2, 12, 8, tzinfo=UTC)
FRIDAY: Final = datetime(2026, 2, 13, 8, tzinfo=UTC)


def asked(engine: Engine, question: str, **values: Any) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question), values)]


def passed(engine: Engine) -> list[tuple[Any, ...]]:
    """Return each deadline that passed, and how often."""
    return asked(
        engine,
        "select data->>'deadline', outcome, count(*) from history where type like '%deadline-passed%'"
        " group by 1, 2 order by 1, 2",
    )


@pytest.fixture
def recorded(engine: Engine, open_journal: Callable[[], Journal]) -> Callable[[int], list[History]]:
    """Give what records so many residents on a Monday morning."""

    def record(count: int) -> list[History]:
        begin_simulation(engine, MONDAY)
        histories = [History() for _ in range(count)]
        open_journal().apply(
            [said(one.application, "recorded", at=MONDAY, nik=one.nik, office="33.74.10", attempt=1,
                  channel="kecamatan", reason="first", enrolment="E-1") for one in histories]
        )  # fmt: skip
        return histories

    return record


def test_what_is_due_happens_and_has_the_next_deadline(
    engine: Engine, timekeeper: Timekeeper, recorded: Callable[[int], list[History]]
) -> None:
    """Not before its time; a request leaves, and the same sweep again does nothing."""
    recorded(3)
    set_simulated_now(engine, THURSDAY - timedelta(seconds=1))
    assert timekeeper.sweep() == (0, 0, 0, 0, 0, 0)
    set_simulated_now(engine, THURSDAY)
    assert timekeeper.sweep() == (3, 3, 0, 0, 0, 0)
    assert timekeeper.sweep() == (0, 0, 0, 0, 0, 0)
    assert passed(engine) == [("no-news", "applied", 3)]
    assert asked(engine, "select distinct due_at, claimed_until from applications") == [(FRIDAY, None)]
    assert asked(engine, "select count(*) from outbox where exchange = 'ektp.requests'") == [(3,)]
    set_simulated_now(engine, FRIDAY)
    assert timekeeper.sweep().applied == 3
    assert asked(engine, "select sum(delta)::int from tallies where kind = 'deadline' group by key") == [(3,), (3,)]


def test_two_sweepers_at_once_share_the_work_and_double_nothing(
    engine: Engine,
    timekeeper: Timekeeper,
    open_journal: Callable[[], Journal],
    recorded: Callable[[int], list[History]],
) -> None:
    """Each deadline is in the history once, nothing is superseded or repeated."""
    recorded(1200)
    set_simulated_now(engine, FRIDAY)
    both = [timekeeper_on(engine, open_journal, PLAIN, most=0) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(lambda one: one.sweep(), both))
    assert sum(one.applied for one in swept) == 2400
    assert passed(engine) == [("no-news", "applied", 1200), ("promise", "applied", 1200)]
    assert asked(engine, "select count(*) from tallies where key = 'repeated'") == [(0,)]


def test_a_sweeper_killed_after_its_claim_is_followed_by_another(
    engine: Engine, timekeeper: Timekeeper, recorded: Callable[[int], list[History]]
) -> None:
    """When the claim has run out; until then the rows are left to it."""
    recorded(2)
    set_simulated_now(engine, THURSDAY)
    assert len(PostgresDue(engine).claim(500).applications) == 2
    assert timekeeper.sweep().proposed == 0
    with engine.begin() as connection:
        connection.execute(text("update applications set claimed_until = now() where claimed_until > now()"))
    assert timekeeper.sweep().applied == 2
