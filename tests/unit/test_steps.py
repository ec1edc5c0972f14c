"""The steps' rules: patience, what comes of a run, what is reported, what keeps house; all without a server."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from consumers.errors import JournalUnavailable
from consumers.journal import Journal
from consumers.steps import Claim, StepRunner
from ektp.schedule import QUIET, Schedule
from ektp.storage.step_store import Due
from tests.fake_journal import FakeJournal
from tests.histories import NOON, History
from tests.memory_books import MemoryBooks, PlainVault
from workflows.ports import Ports
from workflows.steps.housekeeping import HELD_FOR_LONG, REMEMBERED
from workflows.steps.kinds import KINDS, Kind
from workflows.steps.patience import Patience
from workflows.steps.report import report
from workflows.steps.step import AskAgain, Done, NewStep, NotYet, Result, Step

PATIENCE = Patience(base=timedelta(seconds=2), cap=timedelta(minutes=1), most=3)


class House:
    """Every port of housekeeping, in memory."""

    def __init__(self) -> None:
        self.folded = self.woken = self.relays_woken = 0
        self.held: dict[str, int] = {}
        self.age = timedelta()
        self.forgotten: list[timedelta] = []
        self.asked: list[timedelta] = []

    def fold(self) -> None:
        """Count."""
        self.folded += 1

    def wake(self) -> int:
        """Count."""
        self.woken += 1
        return 0

    def longer_than(self, patience: timedelta) -> Mapping[str, int]:
        """Return what is held."""
        self.asked.append(patience)
        return self.held

    def oldest_age(self) -> timedelta:
        """Return the age."""
        return self.age

    def wake_relays(self) -> None:
        """Count."""
        self.relays_woken += 1

    def forget(self, age: timedelta) -> int:
        """Note it."""
        self.forgotten.append(age)
        return 0

    def ports(self) -> Ports:
        """Return itself as all of them."""
        return Ports(tallies=self, waiting=self, letters=self, ended=self)


class OneStep:
    """A store with one step that is always due; `killed` at its end as often as told, which changes nothing."""

    def __init__(self, kind: str = "one", attempts: int = 0) -> None:
        self.step = Step(uuid4(), kind, f"{kind}:1", uuid4(), {}, attempts, NOON)
        self.fence = 0
        self.state = "waiting"
        self.until: datetime | None = None
        self.error: str | None = None
        self.killed = 0

    def claim(self, id: UUID, seconds: float) -> Claim | None:  # noqa: A002
        """Give it out, unless it is over."""
        if id != self.step.id or self.state in ("done", "given-up"):
            return None
        self.fence += 1
        self.step = replace(self.step, attempts=self.step.attempts + 1)
        return Claim(self.step, self.fence)

    def renew(self, claim: Claim, seconds: float) -> bool:
        """Do nothing."""
        return self._is_ours(claim)

    def finish(self, claim: Claim) -> bool:
        """End it."""
        if self.killed:
            self.killed -= 1
            raise KeyboardInterrupt
        return self._become("done", claim)

    def postpone(self, claim: Claim, until: datetime, error: str | None) -> bool:
        """Let it wait."""
        self.until, self.error = until, error
        return self._become("waiting", claim)

    def give_up(self, claim: Claim, error: str) -> bool:
        """End it."""
        self.error = error
        return self._become("given-up", claim)

    def _is_ours(self, claim: Claim) -> bool:
        return claim.fence == self.fence

    def _become(self, state: str, claim: Claim) -> bool:
        if self._is_ours(claim):
            self.state = state
        return self._is_ours(claim)


def running(steps: OneStep, *results: Result | Exception, journal: Any = None) -> StepRunner:
    """Return a runner whose steps come to these results, one after the other."""
    left = list(results)

    def work(_ports: Ports, _step: Step) -> Result:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return StepRunner(steps, lambda: journal or FakeJournal(), House().ports(), {"one": Kind(work, PATIENCE)})


def test_pauses_double_up_to_a_cap_and_are_never_longer() -> None:
    """Full jitter: anything between nothing and the doubled base."""
    patience = Patience(base=timedelta(seconds=1), cap=timedelta(seconds=20), most=50)
    assert [patience.pause(attempts, 1.0).total_seconds() for attempts in (1, 2, 3, 4, 5, 6)] == [1, 2, 4, 8, 16, 20]
    assert patience.pause(3, 0.25) == timedelta(seconds=1)
    assert patience.pause(5, 0.0) == timedelta()
    assert patience.pause(10_000, 1.0) == timedelta(seconds=20)
    assert (patience.is_over(49), patience.is_over(50)) == (False, True)


def test_a_step_ends_when_its_work_is_done() -> None:
    """And is not run again by a message that comes twice."""
    steps = OneStep()
    runner = running(steps, Done())
    assert runner.run(steps.step.id)
    assert steps.state == "done"
    assert not runner.run(steps.step.id)


def test_a_step_that_fails_waits_and_is_given_up_in_the_end() -> None:
    """An exception is a failure like any other; only its kind is kept, for its text may quote an answer."""
    steps = OneStep()
    runner = running(steps, NotYet("NoAnswer"), ValueError("Siti 3374106508999901"), NotYet("NoAnswer"))
    with capture_logs() as lines:
        runner.run(steps.step.id)
        assert (steps.state, steps.error) == ("waiting", "NoAnswer")
        assert steps.until is not None
        assert NOON <= steps.until <= NOON + timedelta(seconds=2)
        runner.run(steps.step.id)
        assert steps.error == "ValueError"
        runner.run(steps.step.id)
    assert (steps.state, steps.error) == ("given-up", "NoAnswer")
    assert [line["event"] for line in lines] == ["step-failed", "step-failed", "step-given-up"]
    assert "Siti" not in repr(lines)


def test_a_step_that_ends_its_process_each_time_is_given_up_without_another_try() -> None:
    """The attempts are counted when it is taken, so those count too that nobody lived to tell of."""
    steps = OneStep(attempts=3)
    runner = running(steps)
    runner.run(steps.step.id)
    assert (steps.state, steps.error) == ("given-up", "ProcessDied")


def test_an_answer_that_is_not_there_yet_is_no_failure() -> None:
    """It is asked for again when the step says, and never given up for that."""
    steps = OneStep()
    runner = running(steps, AskAgain(NOON + timedelta(days=1)))
    runner.run(steps.step.id)
    assert (steps.state, steps.until, steps.error) == ("waiting", NOON + timedelta(days=1), None)


def test_a_step_of_a_newer_release_is_left_for_it() -> None:
    """An old worker in a rolling deploy does not use up its attempts."""
    steps = OneStep(kind="of-tomorrow")
    with capture_logs() as lines:
        running(steps).run(steps.step.id)
    assert (steps.state, steps.error) == ("waiting", None)
    assert [line["event"] for line in lines] == ["step-of-unknown-kind"]


def test_a_step_that_was_overtaken_changes_nothing_and_says_so() -> None:
    """The slower one finds another fence."""
    steps = OneStep()

    def work(_ports: Ports, _step: Step) -> Result:
        steps.fence += 1
        return Done()

    runner = StepRunner(steps, FakeJournal, House().ports(), {"one": Kind(work)})
    with capture_logs() as lines:
        runner.run(steps.step.id)
    assert steps.state == "waiting"
    assert [line["event"] for line in lines] == ["step-overtaken"]


def test_killed_between_its_report_and_its_end_a_step_says_the_same_again() -> None:
    """The real journal takes the second report for a repetition: the event is there once, the step ends once."""
    books = MemoryBooks()
    journal = Journal(books, PlainVault())
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    journal.apply(history.submissions())
    steps = OneStep()
    steps.step = replace(steps.step, application=history.application)
    steps.killed = 1

    def work(_ports: Ports, step: Step) -> Result:
        data = {"attempt": 1, "reference": "DEL-1"}
        return Done((report(step, "central-record-deleted", NOON, data),))

    runner = StepRunner(steps, lambda: journal, House().ports(), {"one": Kind(work, PATIENCE)})
    with pytest.raises(KeyboardInterrupt):
        runner.run(steps.step.id)
    assert (steps.state, len(books.history)) == ("waiting", 3)
    runner.run(steps.step.id)
    assert (steps.state, len(books.history)) == ("done", 3)
    assert books.parked == {}


def test_a_journal_that_is_away_puts_the_step_off() -> None:
    """Nothing was reported, so nothing has ended."""
    steps = OneStep()
    reported = report(steps.step, "central-record-deleted", NOON, {"attempt": 1, "reference": "DEL-1"})
    journal = FakeJournal(JournalUnavailable("gone"))
    runner = running(steps, Done((reported,)), Done((reported,)), journal=journal)
    runner.run(steps.step.id)
    assert (steps.state, steps.error) == ("waiting", "JournalUnavailable")
    runner.run(steps.step.id)
    assert steps.state == "done"
    assert journal.applied == [reported]


def test_a_report_is_one_event_for_one_content() -> None:
    """Another step, or another answer, is another event."""
    step = OneStep().step
    data: dict[str, Any] = {"attempt": 1, "reference": "DEL-1"}
    first = report(step, "central-record-deleted", NOON, data)
    again = report(replace(step, attempts=7, now=NOON + timedelta(hours=1)), "central-record-deleted", NOON, data)
    assert first == again
    others = [
        report(OneStep().step, "central-record-deleted", NOON, data),
        report(step, "central-record-deleted", NOON, {**data, "reference": "DEL-2"}),
        report(step, "central-record-deleted", NOON + timedelta(seconds=1), data),
    ]
    assert first.event
    assert len({first.event.id, *(one.event.id for one in others if one.event)}) == 4


def test_a_step_is_the_same_for_the_same_key() -> None:
    """Its id goes into the ids of what it reports, and is written in many rows: it never changes."""
    step = NewStep("delete-at-centre", "delete-at-centre:x:attempt:1", uuid4())
    assert step.id == UUID("87383c52-03d8-5059-8b12-220a6f007581")


@pytest.mark.parametrize(
    ("kind", "events"),
    [("fold-tallies", []), ("wake-held", ["held-for-long"]), ("watch-outbox", ["letters-do-not-leave"]),
     ("forget-housekeeping", [])],
)  # fmt: skip
def test_housekeeping_does_what_it_is_for(kind: str, events: list[str]) -> None:
    """And what a person should read stands in the log, with counts and no application."""
    house = House()
    house.held, house.age = {"waits-for-print": 3}, timedelta(seconds=90)
    steps = OneStep(kind)
    with capture_logs() as lines:
        StepRunner(steps, FakeJournal, house.ports(), KINDS).run(steps.step.id)
    assert steps.state == "done"
    told = [line for line in lines if line["log_level"] == "warning"]
    assert [line["event"] for line in told] == events
    did = (house.folded, house.woken, house.relays_woken, len(house.forgotten))
    assert did == tuple(
        int(kind == one) for one in ("fold-tallies", "wake-held", "watch-outbox", "forget-housekeeping")
    )
    assert house.asked == ([HELD_FOR_LONG] if kind == "wake-held" else [])


def test_letters_that_leave_in_time_are_not_spoken_of() -> None:
    """Nobody reads a warning that is always there."""
    house = House()
    house.age = timedelta(seconds=59)
    steps = OneStep("watch-outbox")
    with capture_logs() as lines:
        StepRunner(steps, FakeJournal, house.ports(), KINDS).run(steps.step.id)
    assert house.relays_woken == 0
    assert [line for line in lines if line["log_level"] == "warning"] == []


def test_a_slot_is_over_before_its_step_is_forgotten() -> None:
    """Otherwise its key would be free, and its step would come twice."""
    assert all(kind.every * 2 < REMEMBERED for kind in KINDS.values() if kind.every)


class Rows:
    """The steps' rows as the schedule sees them."""

    def __init__(self, *due: Due) -> None:
        self.waiting = list(due)
        self.taken_back: list[UUID] = []

    def due(self, most: int, quiet: timedelta) -> list[Due]:
        """Return all."""
        assert quiet == QUIET
        return self.waiting[:most]

    def unsent(self, ids: Sequence[UUID]) -> None:
        """Note it."""
        self.taken_back += ids

    def plant(self, every: Mapping[str, timedelta]) -> int:
        """Count."""
        return len(every)


def test_what_could_not_be_sent_is_sent_at_the_next_tick() -> None:
    """Only what the broker has confirmed rests for a while."""
    rows = Rows(*(Due(uuid4(), "one") for _ in range(3)))
    sent: list[UUID] = []

    def send(_kind: str, id: UUID, _seconds: float) -> None:  # noqa: A002
        if len(sent) == 1:
            raise ConnectionResetError
        sent.append(id)

    schedule = Schedule(rows, KINDS, send)
    with pytest.raises(ConnectionResetError):
        schedule.send_due()
    assert (sent, rows.taken_back) == ([rows.waiting[0].id], [one.id for one in rows.waiting[1:]])
    assert schedule.plant() == len(KINDS)
