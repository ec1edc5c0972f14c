"""Who is not yet seventeen waits for the birthday: the clocks say so, nobody is blamed, and marriage ends it."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from consumers.follow_up import view_of
from consumers.journal import Journal
from schemas.recording import Recorded, seventeenth
from schemas.submission import Submission
from tests.histories import History, said
from tests.memory_books import MemoryBooks, PlainVault
from tests.memory_due import MemoryDue, timekeeper_in_memory
from tests.plain_time import PLAIN
from workflows.clock import Keeper
from workflows.print_queue import Place
from workflows.working_time import WHOLE_DAY

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
BORN: Final = "2009-03-02"  # seventeen on a Monday three weeks later
BIRTHDAY: Final = date(2026, 3, 2)
FRIDAY_AFTER: Final = datetime(2026, 3, 6, 8, tzinfo=UTC)


def recording(history: History, **more: Any) -> Submission:
    """Return a recording of that Monday."""
    facts = {"nik": history.nik, "office": "33.74.10", "attempt": 1, "channel": "kecamatan", "enrolment": "E-1"}
    return said(history.application, "recorded", at=MONDAY, **{**facts, "reason": "first", **more})


def marks(**more: Any) -> dict[str, Any]:
    """Return what is written beside the public data of such a recording."""
    event = recording(History(), **more).event
    assert isinstance(event, Recorded)
    _, public = event.written()
    written = json.loads(public)
    assert not {"nik", "birth_date", "urgent"} & set(written)
    return {name: written[name] for name in ("marked_urgent", "not_before") if name in written}


def test_the_marks_tell_what_the_queue_needs_and_nothing_of_who_is_of_age() -> None:
    """The birthday to come of the young, from the date or else the NIK, and that somebody is urgent, not why."""
    urgent = {"because": "operation next week", "approved_by": "Contoh Kepala"}
    assert marks() == {}
    assert marks(birth_date="1990-05-05", urgent=urgent) == {"marked_urgent": True}
    assert marks(birth_date=BORN) == {"not_before": "2026-03-02"}
    assert marks(birth_date=BORN, married=True) == {}
    assert marks(birth_date="2009-02-09") == {}, "it is the birthday"
    assert marks(nik="3374010203099001") == {"not_before": "2026-03-02"}


def test_who_was_born_on_a_leap_day_is_of_age_on_the_first_of_march() -> None:
    """Unless that year has the day too."""
    assert seventeenth(date(2008, 2, 29)) == date(2025, 3, 1)
    assert seventeenth(date(2008, 3, 1)) == date(2025, 3, 1)


@pytest.fixture
def books() -> MemoryBooks:
    """Give books in which somebody too young was recorded on that Monday and verified."""
    made, history = MemoryBooks(), History()
    made.now = MONDAY
    verified = said(history.application, "data-verified", station="centre", at=MONDAY, attempt=1)
    Journal(made, PlainVault(), PLAIN).apply([recording(history, birth_date=BORN), verified])
    return made


def test_the_deadlines_begin_on_the_birthday(books: MemoryBooks) -> None:
    """Nothing passes before; four working days after it the promise and the patience have, and a suket is due."""
    (application,) = books.applications.values()
    assert application.place == Place("33.74", queued=MONDAY - timedelta(days=30), not_before=BIRTHDAY)
    assert application.due_at == FRIDAY_AFTER
    timekeeper = timekeeper_in_memory(MemoryDue(books), Journal(books, PlainVault(), PLAIN))
    books.now = FRIDAY_AFTER - timedelta(seconds=1)
    assert timekeeper.sweep().proposed == 0
    books.now = FRIDAY_AFTER
    assert timekeeper.sweep().applied == 3
    assert {row.entry.fact.deadline for row in books.history.values()} >= {"promise", "waiting-for-blanko"}


def test_the_time_until_the_birthday_is_nobodys_and_stops_the_net_clock(books: MemoryBooks) -> None:
    """Fifteen working days are nobody's, those after the birthday the warehouse's; together they are the whole wait."""
    (application,) = books.applications.values()
    timers = Keeper(PLAIN).waited(application.timers, view_of(application), FRIDAY_AFTER)
    nobody, warehouse = dict(timers.waited)["nobody"], dict(timers.waited)["warehouse"]
    assert (nobody, warehouse) == (15 * WHOLE_DAY - WHOLE_DAY // 7, 5 * WHOLE_DAY)  # it came an hour after the opening
    assert dict(timers.stopped) == {"age": nobody, "no-blanko": warehouse}
    assert timers.gross == nobody + warehouse


def test_who_marries_may_have_a_card_at_once(books: MemoryBooks) -> None:
    """The word of the counter lifts it; the patience begins on that day, and the promise is not broken by it."""
    (application,) = books.applications.values()
    journal = Journal(books, PlainVault(), PLAIN)
    books.now = MONDAY + timedelta(days=7)
    journal.apply([said(application.id, "print-requested", counter="c1")])
    assert books.applications[application.id].place.not_before == BIRTHDAY
    journal.apply([said(application.id, "print-requested", counter="c1", married=True)])
    after = books.applications[application.id]
    assert (after.place.lane, after.place.not_before) == ("in-person", None)
    assert after.timers.since == books.now
    assert after.due_at == datetime(2026, 2, 20, 8, tzinfo=UTC)
