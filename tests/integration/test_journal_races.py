"""Every race the architecture names, with two real connections to a real PostgreSQL."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from consumers.errors import JournalUnavailable
from consumers.journal import Journal
from consumers.outcome import Outcome, OutcomeKind
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.secrets.vault import Vault
from tests.histories import History, happy, submission_of
from tests.plain_time import PLAIN

ROUNDS = 25


def together(*works: Callable[[], Sequence[Outcome]]) -> list[Outcome]:
    """Run the works at once, from a barrier; return all outcomes in the order of the works."""
    barrier = threading.Barrier(len(works))
    results: dict[int, Sequence[Outcome] | BaseException] = {}

    def run(number: int, work: Callable[[], Sequence[Outcome]]) -> None:
        try:
            barrier.wait(10)
            results[number] = work()
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            results[number] = error

    threads = [threading.Thread(target=run, args=(number, work)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    outcomes: list[Outcome] = []
    for number in range(len(works)):
        result = results[number]
        if isinstance(result, BaseException):
            raise result
        outcomes.extend(result)
    return outcomes


def count(engine: Engine, query: str) -> int:
    """Return the one number a query asks for."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def test_a_first_recording_and_its_verification_side_by_side_never_strand_the_held_one(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """One consumer sees `data-verified(X)` while another inserts `recorded(X)`: X ends verified each time."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        recorded, verified = History().recorded().verified().submissions()
        together(lambda: one.apply([recorded]), lambda: other.apply([verified]))  # noqa: B023
    assert count(engine, "select count(*) from held") == 0
    assert count(engine, "select count(*) from applications where state = 'verified'") == ROUNDS


def test_the_same_event_at_two_consumers_is_applied_once(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """A redelivery that overtakes the first delivery is a repetition, not a second effect."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        batch = happy().submissions()
        outcomes = together(lambda: one.apply(batch), lambda: other.apply(batch[::-1]))  # noqa: B023
        assert sum(outcome.outcome is OutcomeKind.REPEATED for outcome in outcomes) == len(batch)
    assert count(engine, "select count(*) from history") == ROUNDS * 5
    assert count(engine, "select count(*) from outbox where exchange = 'ektp.notices'") == ROUNDS * 5


def test_one_id_with_two_bodies_is_applied_once_and_parked_once(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Two different events claim one id at the same moment: the later one is parked, whatever came first."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        first, second = History().recorded(), History().recorded()
        second.events[0]["id"] = first.events[0]["id"]
        outcomes = together(lambda: one.apply(first.submissions()), lambda: other.apply(second.submissions()))  # noqa: B023
        assert sorted(outcome.outcome for outcome in outcomes) == ["applied", "parked"]
        assert {outcome.reason for outcome in outcomes} == {None, "id-reused"}


def test_two_applications_of_one_nik_at_once_leave_one_open_and_one_held_until_it_ends(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """The second waits for the end of the first, and the end of the first wakes it."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        first, second = happy(), happy()
        second.nik = first.nik
        second.events[0]["data"]["nik"] = first.nik
        ((start_one, *rest_one), (start_two, *rest_two)) = first.submissions(), second.submissions()
        outcomes = together(lambda: one.apply([start_one]), lambda: other.apply([start_two]))  # noqa: B023
        assert sorted(outcome.outcome for outcome in outcomes) == ["applied", "held"]
        together(lambda: one.apply(rest_one), lambda: other.apply(rest_two))  # noqa: B023
    one.wake()
    assert count(engine, "select count(*) from applications where state = 'collected'") == ROUNDS * 2
    assert count(engine, "select count(*) from held") == 0


def claim(history: History, blanko: str) -> dict[str, Any]:
    """Let the warehouse give a blanko to the history's application."""
    return history.tell("blanko-allocated", station="warehouse", blanko=blanko, office="33.74").events[-1]


def test_one_blanko_given_to_two_applications_at_once_is_given_once(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """A warehouse's contradictory claim on a serial is parked for one of the two."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        first, second = History().recorded().verified(), History().recorded().verified()
        one.apply([*first.submissions(), *second.submissions()])
        claims = [
            submission_of(claim(history, first.blanko()))
            for history in (first, second)
        ]  # fmt: skip
        outcomes = together(lambda: one.apply(claims[:1]), lambda: other.apply(claims[1:]))  # noqa: B023
        assert sorted(outcome.outcome for outcome in outcomes) == ["applied", "parked"]
        assert "blanko-belongs-to-another" in {outcome.reason for outcome in outcomes}


def test_batches_over_the_same_applications_in_opposite_orders_do_not_deadlock(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Locks are taken in sorted order, so two consumers wait for each other but never in a circle."""
    one, other = open_journal(), open_journal()
    for _ in range(5):
        histories = [happy() for _ in range(40)]
        early = [submission for history in histories for submission in history.submissions()[:3]]
        late = [submission for history in reversed(histories) for submission in history.submissions()[3:]]
        together(lambda: one.apply(early), lambda: other.apply(late))  # noqa: B023
    assert count(engine, "select count(*) from applications where state = 'collected'") == 200
    assert count(engine, "select deadlocks from pg_stat_database where datname = current_database()") == 0


@pytest.mark.slow
def test_a_connection_killed_in_the_middle_is_tried_again_and_nothing_is_parked(
    engine: Engine, open_journal: Callable[[], Journal], database_url: str
) -> None:
    """While batches run, their connections are terminated again and again; every event still counts once."""
    journal = open_journal()
    stop = threading.Event()

    def kill() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not stop.wait(0.03):
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    " and pid <> pg_backend_pid() and application_name = 'ektp'"
                )

    killer = threading.Thread(target=kill)
    killer.start()
    applied = 0
    batches = [happy().submissions() for _ in range(150)]
    try:
        while batches:
            try:
                journal.apply(batches[-1])
            except JournalUnavailable:
                continue
            batches.pop()
            applied += 1
    finally:
        stop.set()
        killer.join(10)
    engine.dispose()  # of its connections any may have been ended last
    assert count(engine, "select count(*) from applications where state = 'collected'") == applied == 150
    assert count(engine, "select count(*) from history") == 750
    assert count(engine, "select count(*) from parked") == 0


def test_an_exhausted_pool_is_a_store_that_is_away_and_not_bad_data(database_url: str) -> None:
    """Somebody else holds every connection: the batch is given back, and nothing is parked."""
    pool = create_engine(
        database_url.replace("postgresql:", "postgresql+psycopg:"), pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    vault = Vault(b"s" * 32, b"n" * 32)
    journal = Journal(PostgresBooks(pool, vault), vault, PLAIN, pause=lambda _seconds: None)
    batch = happy().submissions()
    with pool.connect(), pytest.raises(JournalUnavailable):
        journal.apply(batch)
    assert [outcome.outcome for outcome in journal.apply(batch)] == ["applied"] * 5
    pool.dispose()
