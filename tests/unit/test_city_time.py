"""The city's time: working days, slots, the agenda, and chance that no order can change."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest

from ektp.simulation.agenda import Agenda
from ektp.simulation.chance import Chance
from ektp.simulation.scenarios import CITY
from ektp.simulation.working_days import WIB, WorkingDays

DAYS = WorkingDays(CITY.holidays)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of February 2018 in Semarang."""
    return datetime(2018, 2, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("moment", "minutes", "later"),
    [
        (at(5, 8), 0, at(5, 8)),
        (at(5, 8), 419, at(5, 14, 59)),
        (at(5, 8), 420, at(6, 8)),
        (at(5, 14, 50), 20, at(6, 8, 10)),
        (at(5, 15), 1, at(6, 8, 1)),
        (at(5, 20), 1, at(6, 8, 1)),
        (at(6, 5), 5, at(6, 8, 5)),
        (at(10, 12), 5, at(12, 8, 5)),  # Saturday
        (at(15, 14, 59), 2, at(19, 8, 1)),  # before Chinese New Year and a weekend
        (at(5, 9), 3 * 420, at(8, 9)),
    ],
)
def test_working_minutes_pass_only_while_the_offices_are_open(moment: datetime, minutes: int, later: datetime) -> None:
    """Nights, weekends and holidays have none."""
    assert DAYS.later(moment, minutes) == later


def test_working_days_are_counted_without_holidays() -> None:
    """Four working days after Monday 12 February 2018 is Monday the 19th."""
    assert DAYS.after(date(2018, 2, 12), 4) == date(2018, 2, 19)
    assert DAYS.after(date(2018, 2, 10), 0) == date(2018, 2, 12)


@pytest.mark.parametrize(("moment", "end"), [(at(5, 8), at(5, 8)), (at(5, 8, 1), at(5, 9)), (at(5, 9), at(5, 9))])
def test_a_slot_ends_with_its_last_moment(moment: datetime, end: datetime) -> None:
    """So no event of a slot is later than its end."""
    assert DAYS.slot_of(moment, 60) == end


def test_the_last_slot_of_a_day_ends_before_the_closing() -> None:
    """What happens on a day comes before what falls due on it."""
    assert DAYS.slot_of(at(5, 14, 59), 60) == at(5, 14, 59)


@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        (at(5, 7), at(5, 8)),
        (at(5, 8), at(5, 15)),
        (at(5, 14, 59), at(5, 15)),
        (at(5, 15), at(6, 8)),
        (at(9, 15), at(12, 8)),
        (at(15, 15), at(19, 8)),  # before Chinese New Year and a weekend
    ],
)
def test_the_next_opening_or_closing_comes_after_a_moment(moment: datetime, turn: datetime) -> None:
    """Nights, weekends and holidays have none."""
    assert DAYS.turn_after(moment) == turn


@pytest.mark.parametrize(
    ("first", "last", "minutes"),
    [(at(5, 8), at(5, 9), 60), (at(5, 14), at(6, 9), 120), (at(5, 18), at(6, 7), 0), (at(9, 14), at(12, 9), 120)],
)
def test_working_minutes_between_two_moments(first: datetime, last: datetime, minutes: int) -> None:
    """Those in which the offices were open."""
    assert DAYS.between(first, last) == minutes


def test_the_agenda_gives_acts_by_moment_subject_and_planning() -> None:
    """In whatever order the subjects were planned."""
    done: list[str] = []

    def note(name: str, _moment: datetime) -> None:
        done.append(name)

    agenda = Agenda()
    for name, moment in [("b 1", at(5, 9)), ("c", at(5, 8)), ("a", at(5, 9)), ("b 2", at(5, 9)), ("d", at(5, 10))]:
        agenda.plan(moment, name.split()[0], partial(note, name))
    assert (len(agenda), agenda.next) == (5, at(5, 8))
    while (act := agenda.take(at(5, 9))) is not None:
        act.work(act.moment)
    assert done == ["c", "a", "b 1", "b 2"]
    assert agenda.next == at(5, 10)


def test_a_draw_depends_on_its_question_alone() -> None:
    """Not on what was asked before; seed, run and every word of the question count."""
    chance = Chance(1, 0)
    first = chance.draw("somebody", "collects", 1)
    chance.draw("somebody", "else")
    assert chance.draw("somebody", "collects", 1) == first
    others = [Chance(2, 0).draw("somebody", "collects", 1), Chance(1, 1).draw("somebody", "collects", 1)]
    others += [chance.draw("somebody", "collects", 2), chance.draw("somebody", "pays", 1)]
    assert len({first, *others}) == 5


def test_draws_are_spread_as_they_should_be() -> None:
    """Within one percent of what was asked for, over ten thousand of them."""
    chance, many = Chance(1, 0), range(10_000)
    assert sum(chance.happens(0.2, number) for number in many) == pytest.approx(2_000, abs=100)
    assert {chance.between(3, 5, number) for number in many} == {3, 4, 5}
    kinds = [chance.one_of({"often": 3, "seldom": 1, "never": 0}, number) for number in many]
    assert kinds.count("seldom") == pytest.approx(2_500, abs=120)
    assert "never" not in kinds
    assert not chance.happens(0, "never")
    assert chance.happens(1, "always")
    assert chance.identity("a", 1) == Chance(1, 0).identity("a", 1) != chance.identity("a", 2)
    assert timedelta(0) == at(5, 8) - DAYS.at(date(2018, 2, 5))
