"""The timekeeper over books in memory: what it proposes, in which order, and what it leaves for later."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from consumers.journal import Journal
from schemas.reasons import Reason
from schemas.submission import Submission
from tests.histories import History, said
from tests.memory_books import MemoryBooks, PlainVault
from tests.memory_due import MemoryDue, timekeeper_in_memory
from tests.plain_time import CALENDAR, PLAIN, SameEverywhere
from workflows.deadlines import Policy
from workflows.office_hours import Closure
from workflows.owners import owner
from workflows.turns import Turns, give_turns

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
THURSDAY: Final = datetime(2026, 2, 12, 8, tzinfo=UTC)
FRIDAY: Final = datetime(2026, 2, 13, 8, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
MANDATED: Final = Closure(date(2026, 2, 11), "decreed on Tuesday", "public", announced=date(2026, 2, 10))


class City:
    """Some residents recorded on a Monday, and what may follow."""

    def __init__(self, residents: int = 1) -> None:
        self.books = MemoryBooks()
        self.books.now = MONDAY
        self.due = MemoryDue(self.books)
        self.journal = Journal(self.books, PlainVault(), PLAIN)
        self.histories = [History() for _ in range(residents)]
        self.journal.apply([recording(one) for one in self.histories])

    def deadlines(self) -> list[tuple[UUID | None, str | None]]:
        """Return what the clock said, in order."""
        return [
            (row.entry.application, row.entry.fact.deadline)
            for row in self.books.history.values()
            if row.entry.name.startswith("deadline-")
        ]


def recording(history: History) -> Submission:
    """Return a recording of Monday."""
    return said(
        history.application, "recorded", at=MONDAY, nik=history.nik, office="33.74.10", attempt=1,
        channel="kecamatan", reason="first", enrolment="E-1",
    )  # fmt: skip


def test_each_deadline_is_proposed_once_and_in_order() -> None:
    """The longest due first, of one time by the application's id; a second sweep finds nothing."""
    city = City(3)
    timekeeper = timekeeper_in_memory(city.due, city.journal)
    assert timekeeper.sweep().proposed == 0
    city.books.now = THURSDAY
    assert timekeeper.sweep() == (3, 3, 0, 0, 0, 0)
    assert timekeeper.sweep().proposed == 0
    assert city.deadlines() == [(one, "no-news") for one in sorted(city.books.applications)]


def test_a_sweep_with_a_limit_stops_near_it() -> None:
    """For an intake that sweeps between two batches; the rest is left to the next."""
    city = City(501)
    timekeeper = timekeeper_in_memory(city.due, city.journal, most=0)
    city.books.now = THURSDAY
    assert [timekeeper.sweep(400).applied for _ in range(3)] == [500, 1, 0]


def test_what_is_too_much_for_a_minute_comes_in_the_next_ones_in_order() -> None:
    """Of each office by itself; a line says so, and in the end nothing is missing."""
    city = City(7)
    timekeeper = timekeeper_in_memory(city.due, city.journal, most=3)
    city.books.now = THURSDAY
    with structlog.testing.capture_logs() as logs:
        assert timekeeper.sweep()[:2] + timekeeper.sweep()[:2] == (3, 3, 0, 0)
    assert [(line["office"], line["deadlines"], line["most"]) for line in logs if line["event"] == "deadlines-spread"] \
        == [("33.74.10", 4, 3)]  # fmt: skip
    due = sorted((row.due_at, row.id) for row in city.books.applications.values() if row.due_at != FRIDAY)
    assert [at for at, _ in due] == [THURSDAY + MINUTE] * 3 + [THURSDAY + 2 * MINUTE]
    for minutes, number in ((1, 3), (2, 1), (3, 0)):
        city.books.now = THURSDAY + minutes * MINUTE
        assert timekeeper.sweep().applied == number
    assert [one for one, _ in city.deadlines()] == sorted(city.books.applications)


def test_turns_are_given_to_the_first_minute_with_room() -> None:
    """Those promised before keep theirs, and a minute that was given in part is filled."""
    nobody = Turns(MONDAY - MINUTE, 0, MONDAY - MINUTE, 0)
    known, given = give_turns(nobody, MONDAY, 5, 2)
    assert given == [MONDAY, MONDAY, MONDAY + MINUTE, MONDAY + MINUTE, MONDAY + 2 * MINUTE]
    known, given = give_turns(known, MONDAY, 2, 2)
    assert given == [MONDAY + 2 * MINUTE, MONDAY + 3 * MINUTE]
    known, given = give_turns(known, MONDAY + MINUTE, 1, 2)
    assert (known.used, given) == (1, [MONDAY + MINUTE])
    _, given = give_turns(known, MONDAY + 60 * MINUTE, 1, 2)
    assert given == [MONDAY + 60 * MINUTE]


def test_a_holiday_decreed_later_moves_what_is_to_come_and_the_history_says_so() -> None:
    """From the day of the decree on; nothing else of the application changes."""
    city = City(2)
    holiday = SameEverywhere(replace(CALENDAR, closures=(MANDATED,)))
    journal = Journal(city.books, PlainVault(), holiday)
    timekeeper = timekeeper_in_memory(city.due, journal, holiday)
    assert timekeeper.sweep().moved == 0
    city.books.now = MONDAY + timedelta(days=1)
    assert timekeeper.sweep().moved == 2
    assert timekeeper.sweep().moved == 0
    told = [row for row in city.books.history.values() if row.entry.name == "deadline-moved"]
    assert {(row.outcome, row.entry.data["deadline"], row.entry.data["from"], row.entry.data["until"],
             row.entry.data["because"]) for row in told} == {
        ("applied", "no-news", "2026-02-12T08:00:00Z", "2026-02-13T08:00:00Z", "calendar")
    }  # fmt: skip
    assert {(row.due_at, row.state.value) for row in city.books.applications.values()} == {(FRIDAY, "recorded")}


def test_more_patience_moves_what_is_to_come_and_is_named() -> None:
    """An office that may set how long it waits gives the reason too."""
    city = City()
    timekeeper_in_memory(city.due, city.journal).sweep()
    patient = SameEverywhere(CALENDAR, Policy(promise=9, days=(("no-news", 4),)))
    timekeeper_in_memory(city.due, Journal(city.books, PlainVault(), patient), patient).sweep()
    (told,) = (row.entry.data for row in city.books.history.values() if row.entry.name == "deadline-moved")
    assert (told["because"], told["until"]) == ("patience", "2026-02-13T08:00:00Z")


def test_a_time_that_is_found_moved_when_it_comes_is_told_then() -> None:
    """A sweep that looks at what is due does not need the one that looks at everything."""
    city = City()
    city.books.now = THURSDAY
    holiday = SameEverywhere(replace(CALENDAR, closures=(MANDATED,)))
    timekeeper = timekeeper_in_memory(city.due, Journal(city.books, PlainVault(), holiday), holiday)
    assert timekeeper.sweep(500) == (0, 0, 0, 1, 0, 0)
    assert [deadline for _, deadline in city.deadlines()] == ["no-news"]
    assert timekeeper.sweep(500) == (0, 0, 0, 0, 0, 0)


def test_an_event_held_too_long_is_told_once_also_where_nobody_knows_its_application() -> None:
    """The letter goes to the office it names; a deadline of the application itself is not used up by it."""
    city, unknown = City(), uuid4()
    known = city.histories[0]
    for application in (unknown, known.application):
        city.journal.apply(
            [said(application, "blanko-allocated", blanko=f"B{application.int % 10**9}", office="33.74")]
        )
    city.books.now = THURSDAY + timedelta(days=4)
    swept = timekeeper_in_memory(city.due, city.journal).sweep()
    assert swept.held == 2
    names = [letter.routing_key for _, letter in city.books.letters]
    assert names.count("recording-missing.33.74") == 1
    assert all(one.due is None for one in city.books.held.values())
    assert city.books.applications[known.application].timers.passed == 1, "no-news, and not the held one"
    assert timekeeper_in_memory(city.due, city.journal).sweep() == (0, 0, 0, 0, 0, 0)


def test_each_event_of_a_recording_that_is_missing_is_the_next_number_of_what_is_told_of_it() -> None:
    """Those that are told together and those that are told later; one that names no office is told to nobody."""
    city, unknown = City(), uuid4()
    city.journal.apply([said(unknown, "verification-failed", attempt=1, status="SEARCH_FAILURE_AT_CENTRAL")])
    for days, serials in ((0, ("B1", "B2")), (5, ("B3",))):
        city.books.now += timedelta(days=days)
        city.journal.apply(
            [said(unknown, "blanko-allocated", blanko=f"{one}00000001", office="33.74") for one in serials]
        )
        city.books.now += timedelta(days=10)
        timekeeper_in_memory(city.due, city.journal).sweep()
    letters = [json.loads(letter.body) for _, letter in city.books.letters if "missing" in letter.routing_key]
    assert [(letter["subject"], letter["sequence"]) for letter in letters] == [
        (str(unknown), str(number)) for number in (1, 2, 3)
    ]


def test_a_proposal_that_is_not_taken_comes_again_in_an_hour() -> None:
    """It is told as an error, and holds nothing up."""
    city = City()
    city.books.now = THURSDAY
    timekeeper = timekeeper_in_memory(city.due, city.journal)
    city.books.failures = [ValueError("no such row")]
    with structlog.testing.capture_logs() as logs:
        swept = timekeeper.sweep()
    assert (swept.proposed, swept.applied) == (1, 0)
    (line,) = (line for line in logs if line["event"] == "deadline-not-taken")
    assert (line["reason"], line["log_level"]) == (Reason.HANDLER_FAILED, "error")
    assert city.books.applications[city.histories[0].application].due_at == THURSDAY + 60 * MINUTE


def test_a_review_is_owned_by_the_reviewer_and_by_the_next_one_above_after_each_escalation() -> None:
    """Named in the configuration, or by the office; the province is the last."""
    named = Policy(reviewer="Contoh Reviewer", superior="Contoh Superior")
    assert [owner("33.74.10", times, named) for times in range(4)] == [
        "Contoh Reviewer", "Contoh Superior", "reviewer of 33", "reviewer of 33",
    ]  # fmt: skip
    assert [owner("33.74.10", times, Policy()) for times in range(3)] == [
        "reviewer of 33.74.10", "reviewer of 33.74", "reviewer of 33",
    ]  # fmt: skip
    assert [owner("33.74", times, Policy()) for times in range(2)] == ["reviewer of 33.74", "reviewer of 33"]
    assert owner("33", 5, Policy()) == "reviewer of 33"


def test_less_patience_makes_due_at_once_what_would_have_come_in_days() -> None:
    """It passes in the next sweep."""
    city = City()
    timekeeper_in_memory(city.due, city.journal).sweep()
    city.books.now = THURSDAY - timedelta(days=1, minutes=1)
    hasty = SameEverywhere(CALENDAR, Policy(days=(("no-news", 1),)))
    timekeeper = timekeeper_in_memory(city.due, Journal(city.books, PlainVault(), hasty), hasty)
    assert (timekeeper.sweep().moved, timekeeper.sweep().applied) == (1, 1)
