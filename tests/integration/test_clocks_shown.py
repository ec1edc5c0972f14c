"""What people see of time: the promise, what comes next, who had the move for how long, what is overdue."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from ektp.config.timekeeping import timekeeper_on
from ektp.reading.application import show
from ektp.reading.applications import Chosen, applications
from ektp.reading.board import board
from ektp.reading.snapshot import snapshot
from ektp.reading.summary import summary
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.verification.invariants import verify
from tests.histories import History, said, submission_of
from tests.plain_time import PLAIN
from tests.simulated import journal_on
from workflows.proposals import passed
from workflows.remedies import Then
from workflows.standing import Standing
from workflows.timers import Due

#: A Monday, as the office opens; what happens is said at the moment it happens.
MONDAY: Final = datetime(2026, 2, 9, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)


class Week:
    """A store whose time is told by the test; deadlines pass when it is told to sweep."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._journal = journal_on(engine)
        self._timekeeper = timekeeper_on(engine, partial(journal_on, engine), PLAIN)
        self._now = begin_simulation(engine, MONDAY).moment

    def come(self, moment: datetime, *, sweep: bool = True) -> None:
        """Let it be that late."""
        self._now = moment
        set_simulated_now(self._engine, moment)
        if sweep:
            self._timekeeper.sweep()

    def tell(self, history: History) -> None:
        """Say the newest event of a history as of now."""
        history.events[-1]["time"] = self._now.isoformat()
        self._journal.apply([submission_of(history.events[-1])])

    def say(self, name: str, subject: str, **data: Any) -> None:
        """Say something else."""
        self._journal.apply([said(subject, name, at=self._now, **data)])

    def shown(self, history: History) -> dict[str, Any]:
        """Show an application."""
        with snapshot(self._engine) as connection:
            return show(connection, str(history.application), PLAIN)

    def asked(self, read: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """Read something of the whole store."""
        with snapshot(self._engine) as connection:
            return read(connection)


@pytest.fixture
def week(engine: Engine) -> Week:
    """Begin on a Monday morning."""
    return Week(engine)


def test_an_application_shows_its_promise_what_comes_next_and_who_had_the_move(week: Week) -> None:
    """In working days of its office: one at the centre, two without blanko, which are no fault of anybody's."""
    history = History().recorded()
    week.tell(history)
    shown = week.shown(history)
    assert shown["due"] == "2026-02-13T08:00:00Z"
    assert shown["next"] == {"deadline": "no-news", "at": "2026-02-12T08:00:00Z", "then": "resend"}
    assert (shown["waited"], shown["gross"], shown["net"], shown["postponed"]) == ({}, 0.0, 0.0, None)
    week.come(MONDAY + DAY)
    week.tell(history.verified())
    week.come(MONDAY + 3 * DAY)
    shown = week.shown(history)
    assert shown["waited"] == {"centre": 1.0, "warehouse": 2.0}
    assert (shown["gross"], shown["net"], shown["stopped"]) == (3.0, 1.0, {"no-blanko": 2.0})
    week.tell(history.allocated())
    week.tell(history.printed())
    shown = week.shown(history)
    assert (shown["due"], shown["next"]["deadline"], shown["owner"]) == (None, "not-collected", None)
    week.tell(history.collected())
    assert (week.shown(history)["due"], week.shown(history)["next"]) == (None, None)


def test_a_declared_outage_is_no_fault_of_the_centres_and_moves_what_comes_next(week: Week) -> None:
    """The gross clock goes on, the net clock and the patience with the centre stand still; the promise holds."""
    history = History().recorded()
    week.tell(history)
    week.come(MONDAY + DAY)
    week.say("outage-declared", "centre", from_=(MONDAY + DAY).isoformat(), because="the line is down")
    week.come(MONDAY + 2 * DAY)
    told = week.asked(board)
    assert [(one["subject"], one["until"], one["because"]) for one in told["outages"]] == [
        ("centre", None, "the line is down")
    ]
    week.say("outage-ended", "centre", because="it is up again")
    assert week.asked(board)["outages"] == []
    shown = week.shown(history)
    assert (shown["gross"], shown["net"], shown["waited"]) == (2.0, 1.0, {"centre": 2.0})
    assert (shown["next"]["at"], shown["due"]) == ("2026-02-13T08:00:00Z", "2026-02-13T08:00:00Z")


def test_what_is_under_review_has_an_owner_and_after_an_escalation_another(week: Week) -> None:
    """Nobody else has; and the postponement of a deadline is shown."""
    history = History().recorded()
    week.tell(history)
    week.tell(history.failed("ADJUDICATE_RECORD"))
    shown = week.shown(history)
    assert (shown["state"], shown["owner"]) == ("under-review", "reviewer of 33.74.10")
    assert shown["next"] == {"deadline": "promise", "at": "2026-02-13T08:00:00Z", "then": "tell"}
    week.come(MONDAY + 21 * DAY)
    assert week.shown(history)["owner"] == "reviewer of 33.74"
    until = MONDAY + 60 * DAY
    week.say("deadline-postponed", str(history.application), until=until.isoformat(), because="an expert is asked")
    assert week.shown(history)["postponed"] == week.shown(history)["next"]["at"] == "2026-04-10T01:00:00Z"


def test_a_held_event_says_what_it_waits_for_since_when_and_until_when(week: Week) -> None:
    """And what to do about it."""
    history = History().recorded()
    week.tell(history)
    week.tell(history.collected())
    (held,) = week.shown(history)["held"]
    assert {
        "waits_for": "waits-for-allocation",
        "since": "2026-02-09T01:00:00Z",
        "until": "2026-02-16T08:00:00Z",
    }.items() <= held.items()
    assert held["meaning"].startswith("No blanko has been allocated")
    assert held["remedy"].startswith("Ask the warehouse")
    week.come(MONDAY + 8 * DAY)
    assert week.shown(history)["held"][0]["until"] is None


def test_the_summary_counts_whose_move_it_is_and_what_is_overdue(week: Week, engine: Engine) -> None:
    """Exactly, whatever moves; what was printed late is not overdue any more, and the board tells the promise kept."""
    silent, slow, quick, invited = (History().recorded() for _ in range(4))
    for one in (silent, slow, quick, invited):
        week.tell(one)
    for name in ("failed", "deleted"):
        week.tell(invited.failed("ENROLL_FAILURE_AT_CENTRAL") if name == "failed" else invited.deleted())
    told = week.asked(summary)
    assert (told["overdue"], told["waiting"]) == (
        0,
        {"station": 0, "centre": 3, "warehouse": 0, "printer": 0, "resident": 0, "office": 1},
    )
    for step in (quick.verified, quick.allocated, quick.printed):
        step()
        week.tell(quick)
    week.come(MONDAY + 5 * DAY)
    told = week.asked(board)
    assert {state: count for state, count in told["overdue_by_state"].items() if count} == {
        "recorded": 2,
        "re-recording": 1,
    }
    assert told["overdue"] == 3
    assert told["promise"] == {
        "printed": 1,
        "kept": 1,
        "share": 1.0,
        "today": {"printed": 0, "kept": 0, "share": None, "days": None},
        "month": {"printed": 1, "kept": 1, "share": 1.0, "days": 0},
    }
    for step in (slow.verified, slow.allocated, slow.printed):
        step()
        week.tell(slow)
    told = week.asked(board)
    assert (told["overdue"], told["promise"]["share"]) == (2, 0.5)
    assert told["promise"]["today"] == {"printed": 1, "kept": 0, "share": 0.0, "days": 5}
    assert told["promise"]["month"] == {"printed": 2, "kept": 1, "share": 0.5, "days": 0}
    assert (told["waiting"]["resident"], told["waiting"]["centre"]) == (2, 1)
    week.tell(slow.collected())
    week.say("application-cancelled", str(silent.application), because="withdrawn")
    assert week.asked(summary)["overdue"] == 1
    assert not [finding for finding in verify(engine, PLAIN) if finding.violations]


def test_a_card_that_is_printed_again_is_not_counted_twice(week: Week) -> None:
    """The promise was about the first."""
    history = History().recorded()
    week.tell(history)
    for step in (history.verified, history.allocated, history.printed):
        step()
        week.tell(history)
    week.say(
        "card-destroyed",
        str(history.application),
        blanko=history.blanko(),
        document="BA-1",
        by=["Contoh A", "Contoh B"],
    )
    for step in (history.allocated, history.printed):
        step(2)
        week.tell(history)
    assert week.asked(board)["promise"]["printed"] == 1


def test_lists_tell_the_promise_too(week: Week, engine: Engine) -> None:
    """By the calendar known now; none where a card is printed."""
    history = History().recorded()
    week.tell(history)
    with snapshot(engine) as connection:
        (row,), _ = applications(connection, PLAIN, Chosen())
    assert row["due"] == "2026-02-13T08:00:00Z"


def test_an_overtaken_deadline_passes_none_of_those_to_come(week: Week, engine: Engine) -> None:
    """Decided on what is not so any more, it is written down and nothing else."""
    history = History().recorded()
    week.tell(history)
    week.come(MONDAY + 3 * DAY + timedelta(hours=7), sweep=False)
    due = Due("no-news", MONDAY + 3 * DAY, Then.RESEND)
    (outcome,) = journal_on(engine).apply([passed(history.application, 7, Standing(attempt=1), due)])
    assert outcome.outcome == "superseded"
    assert week.shown(history)["next"]["deadline"] == "no-news"
    assert week.asked(summary)["overdue"] == 0


def test_a_packet_that_was_only_sent_again_is_no_news(week: Week) -> None:
    """The station's answer to our own request does not put off the re-recording: the silence is the centre's."""
    history = History().recorded()
    week.tell(history)
    thursday = MONDAY + 3 * DAY + timedelta(hours=7)
    for moment, try_ in ((thursday, 2), (thursday + 11 * DAY, 3)):
        week.come(moment)
        week.tell(history.tell("enrolment-progressed", attempt=1, status="SENT_FOR_ENROLLMENT", try_=try_))
    assert week.shown(history)["next"] == {"deadline": "settled", "at": "2026-03-12T08:00:00Z", "then": "re-record"}
    week.come(MONDAY + 32 * DAY)
    assert week.shown(history)["state"] == "deletion-requested"
