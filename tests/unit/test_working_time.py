"""Working time: the days that count, what is known when, and the measure of a wait."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.office_hours import ClosureKind
from workflows.working_time import Calendar, Campaign, Closure, Hours, working_days

WIB = timedelta(hours=7)
DAYTIME = Hours(time(8), time(15))
WEEK = (DAYTIME,) * 5 + (None, None)
EVERY: frozenset[ClosureKind] = frozenset(get_args(ClosureKind))
DECREED, AMENDED = date(2017, 9, 22), date(2018, 4, 18)
LEBARAN = (
    *(Closure(date(2018, 6, day), "Idul Fitri", "public") for day in (15, 16)),
    *(Closure(date(2018, 6, day), "cuti bersama", "cuti-bersama", DECREED) for day in (13, 14, 18, 19)),
    *(Closure(date(2018, 6, day), "cuti bersama", "cuti-bersama", AMENDED) for day in (11, 12, 20)),
)


def office(*closures: Closure, campaigns: Sequence[Campaign] = (), offset: timedelta = WIB) -> Calendar:
    """Make the calendar of an office that works from Monday to Friday, 08:00 to 15:00."""
    return Calendar(offset, WEEK, closures, tuple(campaigns))


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a moment as the clocks in Semarang show it."""
    return datetime(year, month, day, hour, minute, tzinfo=timezone(WIB))


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (date(2017, 9, 21), date(2018, 6, 14)),
        (date(2017, 9, 22), date(2018, 6, 21)),
        (date(2018, 4, 17), date(2018, 6, 21)),
        (date(2018, 4, 18), date(2018, 6, 26)),
        (date(2019, 1, 1), date(2018, 6, 26)),
    ],
)
def test_a_due_date_is_that_of_the_decrees_known_when_it_is_asked_for(known: date, due: date) -> None:
    """Friday 8 June 2018 and four working days, before and after each of the two decrees."""
    assert office(*LEBARAN).due(date(2018, 6, 8), 4, known) == due


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        (date(2018, 2, 12), 0, date(2018, 2, 12)),
        (date(2018, 2, 12), 1, date(2018, 2, 13)),
        (date(2018, 2, 12), 4, date(2018, 2, 19)),
        (date(2018, 2, 17), 0, date(2018, 2, 19)),
        (date(2018, 2, 17), 1, date(2018, 2, 19)),
        (date(2018, 2, 16), 0, date(2018, 2, 19)),
    ],
)
def test_the_day_after_is_the_first(day: date, days: int, due: date) -> None:
    """Over a weekend and a new year; no days at all is the day itself, where the office works on it."""
    imlek = Closure(date(2018, 2, 16), "Imlek", "public")
    assert office(imlek).due(day, days, day) == due


def test_a_revoked_closure_counts_until_it_is_revoked() -> None:
    """Until then people were told the later date."""
    day = date(2018, 6, 20)
    calendar = office(Closure(day, "cuti bersama", "cuti-bersama", AMENDED, revoked=date(2018, 5, 7)))
    known = (date(2018, 4, 17), AMENDED, date(2018, 5, 6), date(2018, 5, 7))
    assert [calendar.hours_on(day, one) is None for one in known] == [False, True, True, False]


def test_a_campaign_gives_its_hours_to_holidays_too_unless_it_is_closed_by_them() -> None:
    """Kudus recorded on Sundays and holidays; a flood closed it all the same."""
    long = Hours(time(8), time(21))
    holiday = Closure(date(2016, 8, 17), "Hari Kemerdekaan", "public")
    flood = Closure(date(2016, 8, 18), "banjir", "local")
    ramadan = Campaign(
        "Ramadan", date(2016, 8, 1), date(2016, 8, 31), Hours(time(8), time(14)), frozenset(range(5)), None
    )
    open_always = Campaign("rekam massal", date(2016, 5, 1), date(2016, 9, 30), long, target=601_696)
    yields = Campaign("short", ramadan.first, ramadan.last, ramadan.hours, ramadan.weekdays, closed_by=EVERY)
    sunday = date(2016, 8, 21)

    kudus = office(holiday, flood, campaigns=[open_always, ramadan])
    assert [kudus.hours_on(day, day) for day in (holiday.day, flood.day, sunday)] == [long, None, long]
    assert kudus.hours_on(date(2016, 10, 2), sunday) is None

    elsewhere = office(holiday, flood, campaigns=[yields])
    days = (holiday.day, flood.day, sunday, date(2016, 8, 22))
    assert [elsewhere.hours_on(day, day) for day in days] == [None, None, None, ramadan.hours]


@pytest.mark.parametrize(("hours", "utc"), [(7, 8), (8, 7), (9, 6)])
def test_an_office_closes_by_its_own_clock(hours: int, utc: int) -> None:
    """Three in the afternoon comes two hours earlier in Jayapura than in Semarang."""
    calendar = office(offset=timedelta(hours=hours))
    noon = datetime(2018, 2, 5, 4, tzinfo=UTC)
    assert calendar.closing(noon, 2, noon) == datetime(2018, 2, 7, utc, tzinfo=UTC)
    assert calendar.closing(noon, 2, noon).utcoffset() == timedelta()


def test_late_in_the_evening_in_utc_is_already_tomorrow_at_the_office() -> None:
    """The day after is counted from the local date."""
    calendar = office()
    start = datetime(2018, 2, 5, 17, 30, tzinfo=UTC)
    assert calendar.date_of(start) == date(2018, 2, 6)
    assert calendar.closing(start, 1, start) == local(2018, 2, 7, 15)


def test_a_day_lost_by_half_to_stops_does_not_count() -> None:
    """Two overlapping stops are one; three hours and a half of seven are half."""
    calendar = office()
    start = local(2018, 2, 5, 9)

    def closing(*stops: tuple[datetime, datetime]) -> datetime:
        return calendar.closing_without(start, 1, start, stops)

    assert closing() == local(2018, 2, 6, 15)
    assert closing((local(2018, 2, 6, 8), local(2018, 2, 6, 11, 29))) == local(2018, 2, 6, 15)
    assert closing((local(2018, 2, 6, 8), local(2018, 2, 6, 11, 30))) == local(2018, 2, 7, 15)
    twice = (local(2018, 2, 6, 8), local(2018, 2, 6, 10)), (local(2018, 2, 6, 9), local(2018, 2, 6, 11))
    assert closing(*twice) == local(2018, 2, 6, 15)
    assert closing((local(2018, 2, 5), local(2018, 2, 9, 12))) == local(2018, 2, 12, 15)
    assert calendar.closing_without(start, 0, start, [(start, local(2018, 2, 5, 20))]) == local(2018, 2, 6, 15)


def test_a_mark_moves_with_the_opening_hours_only() -> None:
    """From Friday's noon to Monday's opening half a day passes, wherever in the world the moment was written."""
    calendar = office()
    before = calendar.mark(local(2018, 2, 9, 11, 30))
    assert before % 1_000_000 == 500_000
    assert calendar.mark(local(2018, 2, 9, 15)) - before == 500_000
    assert calendar.mark(local(2018, 2, 12, 8)) - before == 500_000
    assert calendar.mark(local(2018, 2, 12, 8).astimezone(UTC)) - before == 500_000
    assert calendar.mark(local(2018, 2, 13, 23)) - before == 2_500_000
    assert calendar.mark(local(2000, 1, 1, 12)) == calendar.mark(local(1999, 12, 31, 12)) == 0
    assert calendar.mark(local(2000, 1, 3, 22)) == 1_000_000
    assert working_days(2_345_678) == 2.35


@pytest.mark.parametrize("opens", [time(15), time(16)])
def test_hours_that_end_before_they_begin_are_refused(opens: time) -> None:
    """As is a week on which no day is open: nothing would ever fall due."""
    with pytest.raises(ValueError, match="cannot close"):
        Hours(opens, time(15))
    with pytest.raises(ValueError, match="a week has seven days"):
        Calendar(WIB, (None,) * 7)
    with pytest.raises(ValueError, match="a week has seven days"):
        Calendar(WIB, (DAYTIME,))


hours = st.tuples(st.integers(0, 11), st.integers(12, 23)).map(lambda pair: Hours(time(pair[0]), time(pair[1], 59)))
closures = st.builds(
    Closure,
    st.dates(date(2018, 1, 1), date(2018, 3, 31)),
    st.just("a day"),
    st.sampled_from(["public", "cuti-bersama", "local"]),
    st.none() | st.dates(date(2017, 12, 1), date(2018, 3, 31)),
    st.none() | st.dates(date(2017, 12, 1), date(2018, 3, 31)),
)
campaigns = st.builds(
    lambda first, days, hours: Campaign("a campaign", first, first + timedelta(days), hours),
    st.dates(date(2018, 1, 1), date(2018, 3, 31)),
    st.integers(0, 40),
    hours,
)
calendars = st.builds(
    lambda offset, closures, campaigns: office(*closures, campaigns=campaigns, offset=timedelta(hours=offset)),
    st.integers(7, 9),
    st.lists(closures, max_size=30),
    st.lists(campaigns, max_size=2),
)
spring_dates = st.dates(date(2017, 12, 25), date(2018, 4, 10))
spring = st.builds(datetime.combine, spring_dates, st.times(timezones=st.just(UTC)))


@given(calendars, st.lists(spring, min_size=2, max_size=6))
def test_marks_never_go_back_and_parts_sum_to_the_whole(calendar: Calendar, asked: list[datetime]) -> None:
    """However a wait is cut into parts, the parts are as long as the wait."""
    marks = [calendar.mark(moment) for moment in sorted(asked)]
    assert marks == sorted(marks)
    parts = [later - earlier for earlier, later in pairwise(marks)]
    assert sum(parts) == marks[-1] - marks[0]
    for moment in asked:
        days = sum(calendar.hours_on(day, day) is not None for day in _days(date(2018, 1, 1), calendar.date_of(moment)))
        start = calendar.mark(datetime.combine(date(2018, 1, 1), time(), timezone(calendar.offset)))
        if calendar.date_of(moment) >= date(2018, 1, 1):
            assert 0 <= calendar.mark(moment) - start - days * 1_000_000 <= 1_000_000


@given(calendars, spring_dates, st.integers(1, 40), spring_dates)
def test_counting_the_days_until_the_due_date_gives_their_number(
    calendar: Calendar, day: date, days: int, known: date
) -> None:
    """And the due date is itself a working day."""
    due = calendar.due(day, days, known)
    assert calendar.hours_on(due, known)
    assert sum(calendar.hours_on(one, known) is not None for one in _days(day, due)) == days - 1 + bool(
        calendar.hours_on(day, known)
    )


@given(calendars, st.lists(closures, min_size=1, max_size=5), spring, spring_dates)
def test_a_closure_that_is_announced_later_leaves_the_past_as_it_was(
    calendar: Calendar, added: list[Closure], moment: datetime, told: date
) -> None:
    """Marks and due dates before the announcement are those of the calendar that knew nothing of it."""
    late = [Closure(one.day, one.name, one.kind, told) for one in added]
    wiser = Calendar(calendar.offset, WEEK, (*calendar.closures, *late), calendar.campaigns)
    known = calendar.date_of(moment)
    if known < told:
        assert wiser.mark(moment) == calendar.mark(moment)
        assert wiser.due(known, 4, known) == calendar.due(known, 4, known)
        assert wiser.closing(moment, 4, moment) == calendar.closing(moment, 4, moment)
    for day in _days(date(2017, 12, 25), told):
        assert wiser.hours_on(day, date(2020, 1, 1)) == calendar.hours_on(day, date(2020, 1, 1))


@given(calendars, spring, st.integers(0, 10), spring, st.lists(st.tuples(spring, spring).map(sorted), max_size=3))
def test_stops_only_ever_put_a_closing_off(
    calendar: Calendar, start: datetime, days: int, now: datetime, stops: list[list[datetime]]
) -> None:
    """And the office works at the day on which it then closes."""
    stopped = [(since, until) for since, until in stops]
    without = calendar.closing_without(start, days, now, stopped)
    assert without >= calendar.closing(start, days, now)
    hours = calendar.hours_on(calendar.date_of(without), calendar.date_of(now))
    assert hours is not None
    assert without == datetime.combine(calendar.date_of(without), hours.closes, timezone(calendar.offset))


@given(calendars, spring, st.integers(0, 10), spring)
def test_a_closing_is_that_of_the_due_date(calendar: Calendar, start: datetime, days: int, now: datetime) -> None:
    """Asked for the first time and again."""
    known = calendar.date_of(now)
    due = calendar.due(calendar.date_of(start), days, known)
    assert [calendar.date_of(calendar.closing(start, days, now)) for _ in range(2)] == [due, due]


def _days(first: date, until: date) -> list[date]:
    """Return the days from the first on, without the last."""
    return [first + timedelta(one) for one in range((until - first).days)]
