"""The timekeeper on a real PostgreSQL: what is due happens once, whoever sweeps, and never as a flood."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
import structlog
from sqlalchemy import Engine, text

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.config.timekeeping import timekeeper_on
from ektp.reading.application import show
from ektp.reading.overdue import OVERDUE
from ektp.reading.stuck import stuck
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.secrets.vault import Vault
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.storage.steps.due import PostgresDue
from ektp.storage.steps.housekeeping import keep_house
from ektp.verification.invariants import verify
from tests.histories import History, said
from tests.plain_time import CALENDAR, PLAIN, SameEverywhere
from workflows import proposals
from workflows.clock import Keeper
from workflows.office_hours import Closure

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


@pytest.mark.parametrize("jump", [timedelta(hours=1), DAY])
def test_after_a_clock_jump_everything_comes_in_its_turn(
    engine: Engine, open_journal: Callable[[], Journal], recorded: Callable[[int], list[History]], jump: timedelta
) -> None:
    """Ten in a minute and not one more, in the order of their time, with a line for the alert; nothing is lost."""
    recorded(35)
    timekeeper = timekeeper_on(engine, open_journal, PLAIN, most=10)
    now = THURSDAY + jump
    set_simulated_now(engine, now)
    with structlog.testing.capture_logs() as logs:
        assert timekeeper.sweep()[:4] == (10, 10, 0, 0)
    line = next(line for line in logs if line["event"] == "deadlines-spread")
    assert (line["office"], line["deadlines"], line["log_level"]) == ("33.74.10", 25, "warning")
    taken = [10]
    while len(passed_applications(engine, "no-news")) < 35:
        assert timekeeper.sweep().proposed == 0, "not twice in one minute"
        now += timedelta(minutes=1)
        set_simulated_now(engine, now)
        taken.append(timekeeper.sweep().applied)
        assert len(taken) < 12
    assert max(taken) == 10
    in_order = asked(engine, "select id from applications order by id")
    assert passed_applications(engine, "no-news") == in_order
    assert asked(engine, "select sum(delta)::int from tallies where kind = 'spread'")[0][0] >= 25


def passed_applications(engine: Engine, deadline: str) -> list[tuple[Any, ...]]:
    """Return whose deadline of this name has passed, the first first."""
    return asked(
        engine,
        "select application from history where data->>'deadline' = :deadline order by received, application",
        deadline=deadline,
    )


def test_a_holiday_decreed_later_moves_what_is_to_come_and_the_history_says_so(
    engine: Engine, open_journal: Callable[[], Journal], recorded: Callable[[int], list[History]]
) -> None:
    """As soon as it is known; what has moved does not move again."""
    (history,) = recorded(1)
    decree = Closure(date(2026, 2, 11), "decreed on Tuesday", "public", announced=date(2026, 2, 10))
    amended = SameEverywhere(replace(CALENDAR, closures=(decree,)))
    vault = Vault(b"s" * 32, b"n" * 32)
    timekeeper = timekeeper_on(engine, lambda: Journal(PostgresBooks(engine, vault), vault, amended), amended)
    assert timekeeper.sweep().moved == 0
    set_simulated_now(engine, MONDAY + DAY)
    assert (timekeeper.sweep().moved, timekeeper.sweep().moved) == (1, 0)
    with engine.connect() as connection:
        told = show(connection, str(history.application), PLAIN)
    assert [(row["type"], row["outcome"], row["by"]) for row in told["history"]][-1] == (
        "id.ektp.deadline-moved.v1", "applied", "timekeeper",
    )  # fmt: skip
    assert told["due"] == "2026-02-13T08:00:00Z"
    said_by = asked(engine, "select data->>'from', data->>'until', data->>'because' from history where version = 2")
    assert said_by == [("2026-02-12T08:00:00Z", "2026-02-13T08:00:00Z", "calendar")]
    assert not [one for one in verify(engine, PLAIN) if one.violations]


def test_days_lost_to_an_outage_do_not_count(
    engine: Engine,
    timekeeper: Timekeeper,
    open_journal: Callable[[], Journal],
    recorded: Callable[[int], list[History]],
) -> None:
    """Declared since the deadline was worked out: it moves without a word, and passes when its days have passed."""
    recorded(1)
    set_simulated_now(engine, MONDAY + DAY)
    begins = datetime(2026, 2, 10, 1, tzinfo=UTC)
    open_journal().apply(
        [said("centre", "outage-declared", at=begins, from_=begins.isoformat(), because="the line is down")]
    )
    set_simulated_now(engine, THURSDAY)
    assert timekeeper.sweep() == (0, 0, 0, 1, 0, 0)
    open_journal().apply([said("centre", "outage-ended", at=THURSDAY, because="the line is up")])
    assert asked(engine, "select due_at > :now from applications", now=THURSDAY) == [(True,)]
    monday = datetime(2026, 2, 16, 8, tzinfo=UTC)
    set_simulated_now(engine, FRIDAY)
    timekeeper.sweep()
    assert passed(engine) == [("promise", "applied", 1)], "the promise is given whatever happens"
    set_simulated_now(engine, monday + DAY)
    timekeeper.sweep()
    assert passed(engine) == [("no-news", "applied", 1), ("promise", "applied", 1)]


def test_events_held_too_long_are_told_once(
    engine: Engine,
    timekeeper: Timekeeper,
    open_journal: Callable[[], Journal],
    recorded: Callable[[int], list[History]],
) -> None:
    """Of an application that is known, and of one that nobody has heard of."""
    (known,) = recorded(1)
    stranger = History().allocated()
    known.events.clear()
    open_journal().apply([*stranger.submissions(), *known.allocated().submissions()])
    set_simulated_now(engine, MONDAY + 7 * DAY + timedelta(hours=6))
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(lambda _: timekeeper_on(engine, open_journal, PLAIN).sweep(), range(2)))
    assert sum(one.held for one in swept) == 2
    assert ("held-too-long", "applied", 2) in passed(engine)
    assert asked(engine, "select count(*) from outbox where routing_key like 'recording-missing.%'") == [(1,)]
    assert asked(engine, "select count(*) from held where due_at is not null") == [(0,)]
    assert timekeeper.sweep().held == 0
    with engine.connect() as connection:
        rows = stuck(connection, PLAIN)
    assert not [one for one in verify(engine, PLAIN) if one.violations]
    assert sorted(row["cause"] for row in rows) == ["no-news", "waits-for-recording", "waits-for-verification"]


def test_when_nothing_else_sweeps_the_intake_does(
    engine: Engine,
    timekeeper: Timekeeper,
    open_journal: Callable[[], Journal],
    recorded: Callable[[int], list[History]],
) -> None:
    """In its housekeeping, when nobody has for a while."""
    recorded(1)
    timekeeper.sweep()
    set_simulated_now(engine, THURSDAY)
    keep_house(engine, open_journal(), timekeeper)
    assert passed(engine) == []
    with engine.begin() as connection:
        connection.execute(text("update sweeps set swept = now() - interval '21 seconds'"))
    keep_house(engine, open_journal(), timekeeper)
    assert passed(engine) == [("no-news", "applied", 1)]


def test_a_change_that_comes_first_supersedes_what_was_claimed(
    engine: Engine,
    timekeeper: Timekeeper,
    open_journal: Callable[[], Journal],
    recorded: Callable[[int], list[History]],
) -> None:
    """The journal judges by what is so when it writes: a card verified meanwhile is not told as without news."""
    (history,) = recorded(1)
    set_simulated_now(engine, THURSDAY)
    (row,) = PostgresDue(engine).claim(1).applications
    due = Keeper(PLAIN).due(row.timers, row.view, THURSDAY)
    assert due is not None
    open_journal().apply([said(history.application, "data-verified", station="centre", attempt=1)])
    (outcome,) = open_journal().apply([proposals.passed(row.id, row.version, row.view.standing, due)])
    assert outcome.outcome == "superseded"
    assert asked(engine, "select count(*) from outbox where exchange = 'ektp.requests'") == [(0,)]
    assert timekeeper.sweep().proposed == 0


def test_the_index_of_what_is_due_is_used(engine: Engine, recorded: Callable[[int], list[History]]) -> None:
    """Neither the claim nor the measures read what is not due."""
    recorded(2)
    with engine.begin() as connection:
        connection.execute(text("set local enable_seqscan = off"))
        claim = "explain select id from applications where due_at <= ektp_now() order by due_at, id limit 5"
        plan = " ".join(row[0] for row in connection.execute(text(claim)))
        assert "applications_due" in plan
        overdue = f"explain select office, state, count(*) from applications where {OVERDUE} group by office, state"
        assert "applications_overdue" in " ".join(row[0] for row in connection.execute(text(overdue)))
