"""Deadlines that pass at random moments between the facts: replay holds, and nobody is recorded again too early."""

import json
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from consumers.journal import Journal
from consumers.steps import StepRunner
from ektp.storage.journal.standings import write_standing
from ektp.verification.replay import difference
from tests.histories import History, event, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.memory_due import MemoryDue, timekeeper_in_memory
from tests.orders import orders, random_history
from tests.plain_time import PLAIN
from tests.step_fakes import House, MemoryAnswers, MemorySteps
from workflows.steps.kinds import KINDS

BATCHES, IN_A_BATCH = 4, 75
AGAIN = {"deletion-requested", "re-recording"}


class Year:
    """One application whose facts come in any order, days apart, while its deadlines pass and its requests wait."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.history = random_history(seed)
        self.books = MemoryBooks()
        self.journal = Journal(self.books, PlainVault(), PLAIN)
        self.timekeeper = timekeeper_in_memory(MemoryDue(self.books), self.journal)
        self.steps = MemorySteps(self.books)
        ports = replace(House().ports(), answers=MemoryAnswers(self.books))
        self.runner = StepRunner(self.steps, lambda: self.journal, ports, KINDS)

    def run(self) -> None:
        """Let everything happen, and then a year go by."""
        for order in orders(self.history, self.chance.randrange(10**6), 1):
            for number in order:
                self._pass(self.chance.choice((0, 0, 1, 3, 8, 25, 40)))
                self._tell(self.history.events[number])
                if self.chance.random() < 0.1:
                    self._order()
        for _ in range(12):
            self._pass(30)

    def _tell(self, told: dict[str, Any]) -> None:
        self.journal.apply([submission_of(told)])

    def _order(self) -> None:
        """Let an operator do something."""
        attempt = max((one.standing.attempt for one in self.books.applications.values()), default=0)
        if not attempt:
            return
        because = "a test"
        remedy = self.chance.choice(("resend", "retry", "recover", "re-record", "postpone", "outage"))
        if remedy == "postpone":
            until = (self.books.now + timedelta(days=self.chance.randint(1, 60))).isoformat()
            self._tell(event(self.history.application, "deadline-postponed", until=until, because=because))
        elif remedy == "outage":
            self._tell(event("centre", "outage-declared", from_=self.books.now.isoformat(), because=because))
            self._pass(self.chance.randint(1, 10))
            self._tell(event("centre", "outage-ended", at=self.books.now, because=because))
        else:
            told = event(self.history.application, "remedy-ordered", attempt=attempt, remedy=remedy, because=because)
            self._tell(told)

    def _pass(self, days: int) -> None:
        """Let days pass one by one; each day the sweep and the steps come in either order, and sometimes twice."""
        for _ in range(days):
            self.books.now += timedelta(days=1)
            work: list[Callable[[], object]] = [self.timekeeper.sweep, self._run_steps, self.timekeeper.sweep]
            del work[self.chance.randint(2, 3) :]
            self.chance.shuffle(work)
            for one in work:
                one()

    def _run_steps(self) -> None:
        for step in self.steps.due():
            self.runner.run(step.id)


def replayed(books: MemoryBooks) -> str:
    """Return what differs between the history replayed and the application as it is stored."""
    (application,) = books.applications.values()
    rows: list[Any] = [
        SimpleNamespace(
            id=row.entry.id, version=row.version, type=row.entry.type, station=row.entry.station, data=row.entry.data,
            outcome=row.outcome, before=row.before, after=row.after, door=row.entry.door,
        )
        for row in books.history.values()
        if row.entry.application is not None
    ]  # fmt: skip
    stored: Any = SimpleNamespace(
        version=application.version,
        state=application.state,
        attempt=application.standing.attempt,
        office=application.standing.office,
        standing=json.loads(write_standing(application.standing)),
    )
    return difference(stored, sorted(rows, key=lambda row: row.version))


def out_of_order(books: MemoryBooks) -> list[str]:
    """Return every recording that came before the deletion, and every duplicate that was to be recorded again."""
    found, gone, duplicate = [], {0}, False
    for row in sorted(books.history.values(), key=lambda row: row.version or 0):
        name, data = row.entry.name, row.entry.data
        if name == "recorded" and row.outcome == "applied" and data["attempt"] - 1 not in gone:
            found.append(f"attempt {data['attempt']} at version {row.version}")
        elif name == "central-record-deleted":
            gone.add(data["attempt"])
        duplicate = duplicate or data.get("status") == "DUPLICATE_RECORD"
        if duplicate and row.after in AGAIN and row.before != row.after:
            found.append(f"a duplicate is {row.after} at version {row.version}")
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_deadlines_between_the_facts_break_neither_replay_nor_the_order_of_the_remedy(batch: int) -> None:
    """Random facts in a random order, operators' orders, outages, sweeps and steps on a clock that moves by days."""
    passed = asked = 0
    for seed in range(batch * IN_A_BATCH, (batch + 1) * IN_A_BATCH):
        year = Year(seed)
        year.run()
        books = year.books
        assert replayed(books) == "", f"seed {seed}"
        assert out_of_order(books) == [], f"seed {seed}"
        assert books.parked == {}, f"seed {seed}"
        (application,) = books.applications.values()
        waited = dict(application.timers.waited)
        assert sum(waited.values()) == application.timers.gross, f"seed {seed}"
        assert (application.due_at is None) == (application.state in ("collected", "cancelled")), f"seed {seed}"
        assert not year.steps.due(), f"seed {seed}"
        passed += sum(row.entry.name == "deadline-passed" for row in books.history.values())
        asked += application.requests
    sys.stdout.write(f"{IN_A_BATCH} years with {passed} deadlines and {asked} requests\n")
    assert passed > IN_A_BATCH


def test_the_year_of_one_application_is_the_same_whenever_it_is_told() -> None:
    """The same seed makes the same year, or a failure could not be looked into."""
    first, second = Year(7), Year(7)
    for year in (first, second):
        year.run()
    assert [row.entry.name for row in first.books.history.values()] == [
        row.entry.name for row in second.books.history.values()
    ]
    assert isinstance(first.history, History)
