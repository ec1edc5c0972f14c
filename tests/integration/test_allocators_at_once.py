"""Many allocators at once, and those that die: no serial twice, nobody twice, nothing lost but a turn."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from consumers.allocator import Allocated, Allocator
from consumers.outcome import Outcome
from ektp.allocation import allocator_on
from ektp.storage.engine import engine_for
from ektp.storage.migrate import upgrade
from ektp.verification.invariants import verify
from schemas.submission import Door, Submission, read_line
from tests.histories import History, said
from tests.printing_town import PrintingTown, allocate_all
from tests.servers.postgres import PrivatePostgres

PEOPLE, BLANKO = 30, 10


@pytest.fixture
def town(engine: Engine) -> Iterator[PrintingTown]:
    """Give a regency in which more wait than there are blanko; all must be sound in the end."""
    made = PrintingTown(engine)
    for _ in range(PEOPLE):
        made.waits()
    made.deliver(BLANKO)
    yield made
    assert [found for found in verify(engine, made.keeping) if found.violations] == []


def assert_each_got_one(town: PrintingTown) -> None:
    """Ten cards, each of one serial for one resident."""
    given = town.given()
    assert len(given) == len({row[0] for row in given}) == len({row[1] for row in given}) == BLANKO
    assert town.asked("select state, count(*)::int from applications group by 1 order by 1") == [
        ("allocated", BLANKO), ("verified", PEOPLE - BLANKO)
    ]  # fmt: skip


def test_eight_at_once_share_the_last_ten(town: PrintingTown, database_url: str) -> None:
    """Each with its own connections; the office is one's at a time, and the others come back."""
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(allocate_all, [database_url] * 8))
    assert sum(one.applied for one in done) == BLANKO
    assert sum(one.superseded for one in done) == 0
    assert_each_got_one(town)


@pytest.mark.slow
def test_two_processes_share_them_too(town: PrintingTown, database_url: str) -> None:
    """Nothing that keeps them apart is in memory."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(allocate_all, [database_url] * 2))
    assert sum(one.applied for one in done) == BLANKO
    assert_each_got_one(town)


class Overtaken:
    """A journal whose allocator stalls so long before it applies that its lease ends and another does the same."""

    def __init__(self, town: PrintingTown, others: Sequence[Allocator]) -> None:
        self._town, self._others = town, list(others)

    def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Let the others go first, once."""
        while self._others:
            other = self._others.pop()
            with self._town.engine.begin() as connection:
                connection.exec_driver_sql("update allocators set leased_until = now()")
            other.allocate()
        return self._town.journal.apply(submissions)


def overtaken(town: PrintingTown, engines: Sequence[Engine]) -> Allocator:
    """Return an allocator that is overtaken by one on each of the engines, each of them by the next."""
    others = [overtaken(town, engines[1:])] if engines else []
    return allocator_on(town.engine, lambda: Overtaken(town, others), town.keeping)


def test_what_eight_decided_alike_is_done_once(town: PrintingTown) -> None:
    """All eight see the same ten and the same thirty; seven are told that it is so no more."""
    done = overtaken(town, [town.engine] * 7).allocate()
    assert done == Allocated(BLANKO, 0, 0)
    assert town.asked("select outcome, count(*)::int from history where type like '%allocated%' group by 1") == [
        ("applied", BLANKO)
    ]
    assert_each_got_one(town)


def test_what_was_decided_on_what_is_so_no_more_is_superseded(town: PrintingTown) -> None:
    """Whoever moved on meanwhile gets nothing by it, and the blanko stays free for another."""
    applications = [row[0] for row in town.asked("select id from applications order by queued, id")]

    class Moved:
        """A journal to which residents come in person just before."""

        def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
            """Let four of them come."""
            come = [said(one, "print-requested", counter="c1") for one in applications[:4]]
            return [*town.journal.apply([*come, *submissions])][4:]

    done = allocator_on(town.engine, Moved, town.keeping).allocate(BLANKO)
    assert done == (BLANKO, BLANKO - 4, 4, 0)
    assert town.allocator.allocate().applied == 4
    assert len({row[0] for row in town.given()} & set(applications[:4])) >= 2  # they share with the others now
    assert_each_got_one(town)


def test_an_allocator_killed_after_its_decision_loses_a_turn_and_no_blanko(
    town: PrintingTown, database_url: str
) -> None:
    """Its lease ends, and the next one gives out all of it."""
    program = "import sys; from tests.printing_town import allocate_all; allocate_all(sys.argv[1])"
    environment = {**os.environ, "EKTP_FAILPOINT": "allocator-after-save"}
    killed = subprocess.run([sys.executable, "-c", program, database_url], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert town.given() == []
    assert town.allocator.allocate() == (0, 0, 0, 1)
    with town.engine.begin() as connection:
        connection.exec_driver_sql("update allocators set leased_until = now()")
    assert town.allocator.allocate().applied == BLANKO
    assert_each_got_one(town)


def given_in(url: str, histories: Sequence[History], order: Sequence[int]) -> list[tuple[object, ...]]:
    """Return what a fresh store gives out when these residents' events come in that order, half of them get one."""
    upgrade(url)
    pool = engine_for(url)
    town = PrintingTown(pool)
    events = [one for history in histories for one in history.events]
    for number in order:
        town.tell(read_line(json.dumps(events[number]).encode(), door=Door.AMQP, sender="st337401"))
    town.deliver(len(histories) // 2)
    town.allocator.allocate()
    given = town.given()
    pool.dispose()
    return given


@pytest.mark.slow
def test_the_same_facts_in_any_order_are_given_the_same(postgres: PrivatePostgres) -> None:
    """Who gets which serial, and why, follows from what was said and not from when it arrived."""
    histories = [History().recorded().verified() for _ in range(20)]
    order, found = list(range(40)), []
    for seed in (1, 2):
        random.Random(seed).shuffle(order)
        with postgres.database() as url:
            found.append(given_in(url, histories, order))
    assert len(found[0]) == 10
    assert found[0] == found[1]
