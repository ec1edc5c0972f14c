"""The compensation in memory: what is asked for is waited for, asked again, and ends once; the clock moves."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from consumers.journal import Journal
from consumers.steps import StepRunner
from schemas.submission import Door, read_line
from tests.histories import History, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN
from tests.step_fakes import House, MemoryAnswers, MemorySteps
from workflows.card_issuance import Ask
from workflows.ports import Ports
from workflows.remedies import ANSWERS
from workflows.steps.kinds import KINDS

LONG = timedelta(days=200)


class Office:
    """A journal and its steps on one clock; nobody outside answers unless a test does."""

    def __init__(self) -> None:
        self.books = MemoryBooks()
        self.journal = Journal(self.books, PlainVault(), PLAIN)
        self.steps = MemorySteps(self.books)
        ports: Ports = replace(House().ports(), answers=MemoryAnswers(self.books))
        self.runner = StepRunner(self.steps, lambda: self.journal, ports, KINDS)

    def told(self, history: History) -> None:
        """Take in what was not taken in yet."""
        self.journal.apply([submission_of(one) for one in history.events])

    def wait(self, long: timedelta = LONG) -> None:
        """Let time pass, from one step that is due to the next."""
        until = self.books.now + long
        while (due := self.steps.next_due()) is not None and due <= until:
            self.books.now = max(self.books.now, due)
            for step in self.steps.due():
                self.runner.run(step.id)
        self.books.now = until

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that left, in order."""
        return [json.loads(one.body) for _, one in self.books.letters if one.exchange == "ektp.requests"]

    def asked(self) -> Counter[str]:
        """Count the requests by name."""
        return Counter(one["type"].split(".")[2] for one in self.requests())

    def passed(self) -> list[tuple[str, str, int, str]]:
        """Return the deadlines of answers in the history: name, what then, how often asked, outcome."""
        return [
            (row.entry.data["deadline"], row.entry.data["then"], row.entry.data["asked"], str(row.outcome))
            for row in self.books.history.values()
            if row.entry.name == "deadline-passed"
        ]

    def state(self) -> str:
        """Return the state of the one application."""
        (application,) = self.books.applications.values()
        return application.state


@pytest.fixture
def office() -> Office:
    """Give an office."""
    return Office()


def test_a_deletion_that_nobody_confirms_is_asked_for_three_times_and_then_reviewed(office: Office) -> None:
    """Each asking is a request with the next number, ten working days apart; the last ends before a person."""
    office.told(History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL"))
    office.wait()
    assert office.asked() == {"delete-central-record": 3}
    assert [one["sequence"] for one in office.requests()] == ["1", "2", "3"]
    assert office.passed() == [
        ("delete-central-record-unanswered", "ask-again", 1, "applied"),
        ("delete-central-record-unanswered", "ask-again", 2, "applied"),
        ("delete-central-record-unanswered", "review", 3, "applied"),
    ]
    assert office.state() == "under-review"
    assert set(office.steps.ended.values()) == {"done"}


def test_an_answer_in_time_ends_the_waiting_and_only_then_is_the_resident_invited(office: Office) -> None:
    """Asked once, answered: nothing is asked again; the invitation is a request of its own."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    office.told(history)
    assert office.asked() == {"delete-central-record": 1}
    office.wait(timedelta(days=5))
    office.told(history.deleted())
    assert office.asked() == {"delete-central-record": 1, "invite-resident": 1}
    office.told(history.tell("resident-invited", attempt=1))
    office.wait()
    assert office.passed() == []
    assert set(office.steps.ended.values()) == {"done"}


def test_the_answer_after_the_second_asking_ends_it(office: Office) -> None:
    """What was asked twice and is answered once is over."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    office.told(history)
    office.wait(timedelta(days=20))
    assert office.asked()["delete-central-record"] == 2
    office.told(history.deleted().tell("resident-invited", attempt=1))
    office.wait()
    assert office.asked() == {"delete-central-record": 2, "invite-resident": 1}


def test_a_search_that_nobody_repeats_leads_to_a_new_recording(office: Office) -> None:
    """And the deletion that follows is asked for from the beginning, three times."""
    office.told(History().recorded().failed("SEARCH_FAILURE_AT_CENTRAL"))
    office.wait()
    assert office.asked() == {"retry-search": 3, "delete-central-record": 3}
    assert [then for _, then, _, _ in office.passed()] == [
        "ask-again", "ask-again", "re-record", "ask-again", "ask-again", "review",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "ask"),
    [
        (lambda: History().recorded().verified().allocated(), "void-print"),
        (lambda: History().recorded().verified().allocated().printed(), "destroy-card"),
    ],
    ids=["blanko", "card"],
)
def test_what_is_not_called_back_after_a_cancellation_does_not_end_in_silence(
    office: Office, history: Callable[[], History], ask: str
) -> None:
    """The application is over and has no deadline: the step itself is given up, and says so."""
    office.told(history().tell("application-cancelled", because="moved-away"))
    with capture_logs() as lines:
        office.wait()
    assert office.asked()[ask] == 3
    assert [outcome for _, _, _, outcome in office.passed()] == ["superseded", "superseded"]
    assert max(office.steps.ended.values()) == "given-up: NoAnswer"
    remarks = [line for line in lines if line["event"] == "card-not-called-back"]
    assert [(one["ask"], one["asked"], one["state"]) for one in remarks] == [(ask, 3, "cancelled")]


def test_a_voided_print_frees_the_blanko_and_a_destroyed_card_never_does(office: Office) -> None:
    """Each call-back has its waiting step and ends with its answer."""
    voided = History(881).recorded().verified().allocated().tell("application-cancelled", because="died")
    burnt = History(882).recorded().verified().allocated().printed().deleted()
    office.told(voided.tell("print-voided", blanko=voided.blanko()))
    office.told(burnt.tell("card-destroyed", blanko=burnt.blanko(), document="BA-1", by=["Contoh A", "Contoh B"]))
    assert office.books.blankos[voided.blanko()].place == "in-stock"
    assert office.books.blankos[burnt.blanko()].place == "destroyed"
    office.told(burnt.tell("resident-invited", attempt=1))
    office.wait()
    assert office.asked() == {"print-card": 2, "void-print": 1, "destroy-card": 1, "invite-resident": 1}
    assert office.passed() == []


def test_a_recording_before_the_deletion_is_confirmed_is_held_and_told_at_once(office: Office) -> None:
    """It would become a duplicate; it is taken in with the confirmation."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    office.told(history)
    with capture_logs() as lines:
        office.told(history.recorded(2))
    assert [(line["event"], line["application"]) for line in lines if line["log_level"] == "warning"] == [
        ("recorded-too-early", str(history.application))
    ]
    assert office.state() == "deletion-requested"
    office.told(history.deleted())
    assert office.state() == "recorded"
    assert office.books.held == {}


@pytest.mark.parametrize("killed", range(1, 7))
def test_killed_after_any_report_the_saga_says_it_once(office: Office, killed: int) -> None:
    """A step that reported and did not live to end reports nothing else, whatever has changed since."""
    office.told(History().recorded().failed("SEARCH_FAILURE_AT_CENTRAL"))
    finish, ends = office.steps.finish, 0

    def dies(claim: Any) -> bool:
        nonlocal ends
        ends += 1
        if ends == killed:
            raise KeyboardInterrupt
        return finish(claim)

    office.steps.finish = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        office.wait()
    office.wait()
    assert office.asked() == {"retry-search": 3, "delete-central-record": 3}
    assert [then for _, then, _, _ in office.passed()] == [
        "ask-again", "ask-again", "re-record", "ask-again", "ask-again", "review",
    ]  # fmt: skip


def test_every_request_has_an_answer_that_is_waited_for() -> None:
    """No request leaves for which nobody knows what to do in silence."""
    assert set(ANSWERS) == set(Ask)


def test_a_deadline_said_from_outside_is_refused() -> None:
    """Only the pipeline itself says that time has passed."""
    history = History().tell(
        "deadline-passed", attempt=1, deadline="delete-central-record-unanswered", then="ask-again", version=0,
        ask="delete-central-record", asked=1,
    )  # fmt: skip
    submission = read_line(json.dumps(history.events[-1]).encode(), door=Door.HTTP, sender="st337401")
    assert submission.refusal is not None
