"""How a backlog was paid off, as the store tells it: each number of a few weeks that can be counted by hand."""

from datetime import date, datetime
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.reading.backlog import Backlog, Week, backlog
from ektp.reading.snapshot import snapshot
from ektp.simulation.working_days import WIB
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from schemas.submission import Submission
from tests.histories import History, said
from tests.simulated import journal_on

RULES: Final = Config()
CALENDARS: Final = Calendars(RULES)
KEEPING: Final = OfficeTimekeeping(RULES, CALENDARS)
NEW: Final = date(2018, 1, 1)


def at(month: int, day: int, hour: int = 9) -> datetime:
    """Return a moment of December 2017 to February 2018 in Semarang."""
    return datetime(2017 if month == 12 else 2018, month, day, hour, tzinfo=WIB)


class Office:
    """An office whose days are lived one after the other."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now = engine, at(12, 4)
        self.old, self.new = [History(number) for number in (1, 2, 3)], [History(number) for number in (4, 5)]
        self.journal = journal_on(engine, KEEPING)
        begin_simulation(engine, self.now)

    def on(self, moment: datetime) -> "Office":
        """Let it be that moment."""
        self.now = moment
        set_simulated_now(self.engine, moment)
        return self

    def tell(self, person: History, name: str, **data: Any) -> None:
        """Let something be said about somebody, now."""
        self.apply(said(person.application, name, station="st337410", at=self.now, **data))

    def apply(self, *submissions: Submission) -> None:
        """Let it be taken in."""
        outcomes = self.journal.apply(submissions)
        assert {outcome.outcome for outcome in outcomes} <= {"applied"}, outcomes

    def record(self, *people: History) -> None:
        """Record them, and let the centre find nobody like them."""
        for one in people:
            facts = {"nik": one.nik, "office": "33.74.10", "attempt": 1, "channel": "kecamatan", "reason": "first"}
            self.tell(one, "recorded", enrolment="E-1", **facts)
            self.tell(one, "data-verified", attempt=1)

    def give(self, *people: History) -> None:
        """Give each a blanko, the one of its number."""
        for one in people:
            self.tell(one, "blanko-allocated", blanko=f"W-{one.number:03}", office="33.74")

    def print(self, *people: History) -> None:
        """Print their cards."""
        for one in people:
            self.tell(one, "printed", blanko=f"W-{one.number:03}", printer="one")

    def told(self) -> Backlog:
        """Read how it went."""
        with snapshot(self.engine) as connection:
            return backlog(connection, KEEPING, CALENDARS, "33.74", NEW)


@pytest.fixture
def office(engine: Engine) -> Office:
    """Three recorded in December, two in January; four blanko come on the 2nd of January."""
    made = Office(engine)
    old, new = made.old, made.new
    made.record(*old[:2])
    made.on(at(12, 12)).record(old[2])
    made.on(at(1, 2))
    made.apply(said("33.74", "blanko-received", station="warehouse", office="33.74", first="W-001", last="W-004",
                    delivery_note="BA-1"))  # fmt: skip
    made.on(at(1, 3)).give(old[0])
    made.on(at(1, 4)).print(old[0])
    made.on(at(1, 8)).record(*new)
    made.give(new[0])
    made.on(at(1, 10)).print(new[0])
    made.tell(old[1], "application-cancelled", because="moved-away")
    return made.on(at(1, 17))


def test_every_week_can_be_counted_by_hand(office: Office) -> None:
    """Mondays at midnight: who waited, what lay in stock, what was printed since the Monday before."""
    assert office.told().weeks == [
        Week(date(2017, 12, 4), backlog=2, new=0, stock=0, printed=0, suket=0, days=None),
        Week(date(2017, 12, 11), backlog=2, new=0, stock=0, printed=0, suket=0, days=None),
        Week(date(2017, 12, 18), backlog=3, new=0, stock=0, printed=0, suket=0, days=None),
        Week(date(2017, 12, 25), backlog=3, new=0, stock=0, printed=0, suket=0, days=None),
        Week(date(2018, 1, 1), backlog=3, new=0, stock=0, printed=0, suket=0, days=None),
        Week(date(2018, 1, 8), backlog=2, new=2, stock=2, printed=1, suket=0, days=None),
        Week(date(2018, 1, 15), backlog=1, new=1, stock=2, printed=1, suket=0, days=2.0),
    ]


def test_the_promise_of_the_new_ones_is_counted_when_it_is_due(office: Office) -> None:
    """Recorded on Monday the 8th: by Friday the 12th; one was printed on the 10th, the other not yet on the 17th."""
    told = office.told()
    assert (told.recorded, told.new, told.due, told.kept, told.days) == (3, 2, 2, 1, 2.0)
    assert told.told()["new"]["share"] == 0.5
    office.on(at(1, 18)).record(History(6))
    told = office.told()
    assert (told.new, told.due, told.kept) == (3, 2, 1), "whose promise runs still is neither kept nor missed"


def test_a_failed_print_is_no_print_and_a_second_blanko_is_one_less(office: Office) -> None:
    """And a card that is printed again is not printed for the first time."""
    third = office.old[2]
    office.on(at(1, 18)).give(third)
    office.tell(third, "print-failed", blanko="W-003", printer="one", cause="bent")
    office.on(at(1, 19)).tell(third, "blanko-allocated", blanko="W-002", office="33.74", turn=2)
    office.tell(third, "printed", blanko="W-002", printer="one", turn=2)
    last = office.on(at(1, 23)).told().weeks[-1]
    assert (last.monday, last.backlog, last.stock, last.printed) == (date(2018, 1, 22), 0, 0, 1)


def test_sukets_are_in_force_from_their_day_until_they_are_withdrawn(office: Office) -> None:
    """Of a store that was swept: one after four working days, taken back with the card."""
    with office.engine.begin() as connection:
        for number, (issued, valid, withdrawn) in enumerate((
            (at(12, 12), at(1, 30), at(1, 4)),
            (at(12, 12), at(12, 20), None),
            (at(1, 10), at(6, 10), None),
        )):  # fmt: skip
            connection.exec_driver_sql(
                "insert into suket (number, code, application, office, issued, valid_until, withdrawn)"
                " select %s, %s, id, '33.74.10', %s, %s, %s from applications order by id offset %s limit 1",
                (f"471.13/{number:06}/33.74.10/2018", f"code{number}", issued, valid, withdrawn, number),
            )
    assert [week.suket for week in office.told().weeks] == [0, 0, 2, 1, 1, 0, 1]


def test_a_store_without_anybody_has_no_weeks(engine: Engine) -> None:
    """And no share of a promise."""
    begin_simulation(engine, at(1, 2))
    with snapshot(engine) as connection:
        told = backlog(connection, KEEPING, CALENDARS, "33.74", NEW)
    assert (told.weeks, told.recorded, told.new, told.told()["new"]["share"]) == ([], 0, 0, None)


def test_another_regency_is_another_backlog(office: Office) -> None:
    """Its people and blanko are not counted here."""
    with snapshot(office.engine) as connection:
        other = backlog(connection, KEEPING, CALENDARS, "33.19", NEW)
    assert (other.recorded, other.new) == (0, 0)
    assert all(week[1:6] == (0, 0, 0, 0, 0) for week in other.weeks)
