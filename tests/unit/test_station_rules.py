"""The rules of the watch over the stations, each at its edge."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from tests.plain_time import CALENDAR
from workflows.clock import CENTRE
from workflows.stations import (
    BACKLOG,
    GAP,
    SILENT,
    SKEW,
    Finding,
    Gap,
    Thresholds,
    Watched,
    expected_days,
    findings,
    gaps,
)
from workflows.timers import Outage

#: Monday, 12 February 2018, 08:00 in Semarang; the office is open from 8 to 15, Monday to Friday.
MONDAY: Final = datetime(2018, 2, 12, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LIMITS: Final = Thresholds()
HEARD: Final = Watched("st337410", "33.74.10", True, MONDAY - 30 * DAY, last_contact=MONDAY)


def found(station: Watched, now: datetime, *outages: Outage, limits: Thresholds = LIMITS) -> dict[str, Finding]:
    """Return what is found, by rule."""
    return {one.rule: one for one in findings(station, CALENDAR, outages, now, limits)}


def test_silence_is_counted_in_working_hours() -> None:
    """Eight of them: seven on Monday, one on Tuesday; nights and weekends say nothing."""
    assert found(HEARD, MONDAY + DAY + HOUR - timedelta(seconds=1)) == {}
    (silent,) = found(HEARD, MONDAY + DAY + HOUR).values()
    assert (silent.rule, silent.about, silent.detail["working_hours"]) == (SILENT, "st337410", 8)
    friday = HEARD._replace(last_contact=MONDAY + 4 * DAY + 7 * HOUR)
    assert found(friday, MONDAY + 7 * DAY + 6 * HOUR) == {}
    assert SILENT in found(friday, MONDAY + 8 * DAY + 2 * HOUR)


@pytest.mark.parametrize(
    ("station", "silent"),
    [
        (HEARD._replace(silent_after=timedelta()), False),
        (HEARD._replace(silent_after=timedelta(hours=40)), False),
        (HEARD._replace(silent_after=timedelta(hours=2)), True),
        (HEARD._replace(added=None), False),
        (HEARD._replace(last_contact=None), True),
        (HEARD._replace(last_contact=None, added=MONDAY + 2 * DAY), False),
    ],
)
def test_an_account_says_for_how_long_it_may_be_silent(station: Watched, silent: bool) -> None:
    """A van may say never; who was never heard is counted from the making of its account, the revoked not at all."""
    assert (SILENT in found(station, MONDAY + 2 * DAY + 3 * HOUR)) is silent


def test_a_declared_stop_of_its_office_is_no_silence() -> None:
    """That the centre stands still keeps nobody from sending."""
    now = MONDAY + 3 * DAY
    ended = Outage("33.74", MONDAY + HOUR, MONDAY + 2 * DAY + 5 * HOUR)
    assert found(HEARD, now, ended) == {}
    assert found(HEARD, now, ended._replace(ends=None)) == {}
    assert SILENT in found(HEARD, now, ended._replace(subject=CENTRE))
    assert SILENT in found(HEARD, now, ended._replace(subject="33.22"))


def test_numbers_are_missed_an_hour_after_later_ones_came() -> None:
    """Until then they may be on their way; a gap that is filled in part is as old as before."""
    first = gaps([(1, 5), (8, 21)], (), MONDAY)
    assert first == (Gap(5, 7, MONDAY),)
    assert found(HEARD._replace(gaps=first), MONDAY + 59 * timedelta(minutes=1)) == {}
    later = gaps([(1, 5), (6, 7), (8, 21), (22, 23)], first, MONDAY + HOUR)
    assert later == (Gap(5, 5, MONDAY), Gap(7, 7, MONDAY), Gap(21, 21, MONDAY + HOUR))
    missed = found(HEARD._replace(gaps=later), MONDAY + HOUR)[GAP]
    assert (missed.detail["missing"], missed.detail["numbers"]) == (2, ["5", "7"])
    assert gaps([(1, 23)], later, MONDAY + HOUR) == ()
    assert gaps([(400, 500)], (), MONDAY) == (), "what came before the first that was seen is not known"


@pytest.mark.parametrize(
    ("skew", "before", "told"),
    [
        (301, None, 301),
        (300, 300, None),
        (-301, None, None),
        (-400, -302, -302),
        (-3600, 0, None),
        (0, -3600, None),
        (None, -3600, None),
    ],
)
def test_a_clock_that_is_behind_is_told_of_by_two_readings(
    skew: int | None, before: int | None, told: int | None
) -> None:
    """One message may have waited in a queue; none can have been sent in the future."""
    read = [None if one is None else timedelta(seconds=one) for one in (skew, before)]
    said = found(HEARD._replace(skew=read[0], skew_before=read[1]), MONDAY).get(SKEW)
    assert (said and said.detail["seconds"]) == told


def test_a_backlog_is_one_when_it_is_long_or_was_never_sent() -> None:
    """Five hundred may leave within a minute; one that still waits after a working day is stuck."""
    few = HEARD._replace(unsent=500, reported=MONDAY)
    assert found(few, MONDAY + HOUR) == {}
    assert BACKLOG in found(few._replace(unsent=501), MONDAY)
    assert BACKLOG in found(few._replace(unsent=1), MONDAY + 2 * DAY)
    assert BACKLOG not in found(few._replace(unsent=0), MONDAY + 2 * DAY)


def test_a_day_is_missed_when_the_office_has_opened_once_more() -> None:
    """From the day after the account was made; weekends have no closing, nor have days of a declared stop."""
    station = HEARD._replace(added=MONDAY - 5 * DAY)
    assert expected_days(station, CALENDAR, (), MONDAY - timedelta(minutes=1), ()) == [date(2018, 2, 8)]
    assert expected_days(station, CALENDAR, (), MONDAY, ()) == [date(2018, 2, 8), date(2018, 2, 9)]
    stop = Outage("33.74.10", MONDAY - 4 * DAY, MONDAY - 4 * DAY + HOUR)
    assert expected_days(station, CALENDAR, [stop], MONDAY, ()) == [date(2018, 2, 9)]
    for other in (
        station._replace(makes_recordings=False),
        station._replace(added=None),
        station._replace(silent_after=timedelta()),
    ):
        assert expected_days(other, CALENDAR, (), MONDAY, ()) == []


def test_a_day_that_was_missed_stays_missed() -> None:
    """However long ago it is: the alert ends with the closing, and not with time."""
    long_ago = date(2018, 1, 15)
    days = expected_days(HEARD._replace(added=MONDAY - 60 * DAY), CALENDAR, (), MONDAY, [long_ago])
    assert (days[0], len(days)) == (long_ago, 11)
