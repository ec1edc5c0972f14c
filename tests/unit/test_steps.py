"""The steps' rules: patience, what comes of a run, what is reported; all without a server."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from consumers.errors import JournalUnavailable
from consumers.journal import Journal
from consumers.steps import StepRunner
from tests.fake_journal import FakeJournal
from tests.histories import NOON, History
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN
from tests.step_fakes import House, OneStep
from workflows.ports import Ports
from workflows.steps.kinds import Kind
from workflows.steps.patience import Patience
from workflows.steps.report import report
from workflows.steps.step import AskAgain, Done, NewStep, NotYet, Result, Step

PATIENCE = Patience(base=timedelta(seconds=2), cap=timedelta(minutes=1), most=3)


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
    journal = Journal(books, PlainVault(), PLAIN)
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
