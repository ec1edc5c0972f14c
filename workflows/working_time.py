"""Working time: which days an office works, when a promise falls due, how much of a wait was working time.

What is asked about a day is answered by what was known of it: for a day that is over on that very day, for one to come
at the moment of asking. So a holiday added in April moves what falls due from then on, and no wait that was measured
before changes.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from typing import Final, NamedTuple

from workflows.office_hours import Campaign, Closure, Hours

__all__ = ["WHOLE_DAY", "Calendar", "Campaign", "Closure", "Hours", "working_days"]

WHOLE_DAY: Final = 1_000_000  #: One working day, as `mark` counts.
_EPOCH: Final = date(2000, 1, 1)
_MONDAY: Final = date(1999, 12, 27)  # that of the epoch's week
_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta()
_WEEK: Final = 7
_MIDNIGHT: Final = 24 * 3600 * 1_000_000
_SPARSE: Final = 4  # days looked at for each working day wanted: an office that opens less is looked at less far back
_REMEMBERED: Final = 4096  # closings of one calendar: some hundred days at a time, a dozen deadlines each


class _Span(NamedTuple):
    """What `mark` needs of one day: the mark at its beginning, when it opens and for how long, in microseconds."""

    begins: int
    opens: int = _MIDNIGHT  # a closed day ends before it opens
    length: int = 1


@dataclass(frozen=True, eq=False)
class Calendar:
    """When one office works: its zone (a fixed offset, Indonesia has no summer time), week, closures and campaigns.

    Where two campaigns meet the first of the list gives the hours. Raises ValueError for a week that never opens.
    """

    offset: timedelta
    week: tuple[Hours | None, ...]  #: Monday to Sunday.
    closures: tuple[Closure, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    final_years: frozenset[int] = frozenset()  #: The years whose holidays are decreed.
    _zone: timezone = field(init=False, repr=False)
    _origin: datetime = field(init=False, repr=False)  # the epoch's midnight: days since are the office's own
    _closures: dict[date, list[Closure]] = field(default_factory=dict, init=False, repr=False)
    _shifts: list[tuple[date, int]] = field(default_factory=list, init=False, repr=False)
    _closings: dict[tuple[int, int, int], datetime] = field(default_factory=dict, init=False, repr=False)
    _spans: dict[int, _Span] = field(default_factory=dict, init=False, repr=False)
    _fingerprints: dict[date, str] = field(default_factory=dict, init=False, repr=False)  # of the last day asked for

    def __post_init__(self) -> None:
        if len(self.week) != _WEEK or not any(self.week):
            raise ValueError("a week has seven days, and an office opens on one of them at least")
        object.__setattr__(self, "_zone", timezone(self.offset))
        object.__setattr__(self, "_origin", datetime.combine(_EPOCH, time(), self._zone))
        for closure in self.closures:
            self._closures.setdefault(closure.day, []).append(closure)
        self._shifts.extend(self._measured_shifts())

    def date_of(self, moment: datetime) -> date:
        """Return the date that the office's own clock shows."""
        return moment.astimezone(self._zone).date()

    def midnight(self, day: date) -> datetime:
        """Return the moment (UTC) at which a day begins at the office."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def working_day(self, moment: datetime) -> date:
        """Return the date at the office if it works on that day, or the first working day after it."""
        today = self.date_of(moment)
        return self.due(today, 0, today)

    def hours_on(self, day: date, known: date) -> Hours | None:
        """Return the hours of *day* by what is known on the day *known*, None where the office stays closed."""
        campaign = next((one for one in self.campaigns if one.covers(day)), None)
        for closure in self.closed_by(day, known):
            if campaign is None or closure.kind in campaign.closed_by:
                return None
        return campaign.hours if campaign else self.week[day.weekday()]

    def closed_by(self, day: date, known: date) -> list[Closure]:
        """Return the closures of *day* that are known on the day *known*; of a past day those known on that day."""
        at = min(day, known)
        return [closure for closure in self._closures.get(day, ()) if closure.is_known(at)]

    def due(self, day: date, days: int, known: date) -> date:
        """Return the working day that comes so many working days after *day*; 0 is *day*, or the first after it."""
        return _counted(day, days, lambda one: self.hours_on(one, known) is not None)

    def closing(self, start: datetime, days: int, now: datetime) -> datetime:
        """Return the moment (UTC) at which the office closes so many working days after *start*, as known *now*."""
        asked = ((start - self._origin).days, days, (now - self._origin).days)
        found = self._closings.get(asked)
        if found is None:
            known = self.date_of(now)
            found = self._open(self.due(self.date_of(start), days, known), known)[1]
            if len(self._closings) >= _REMEMBERED:
                self._closings.clear()
            self._closings[asked] = found
        return found

    def closing_without(
        self, start: datetime, days: int, now: datetime, stopped: Sequence[tuple[datetime, datetime]]
    ) -> datetime:
        """Return the same, not counting the days of which half or more lies inside a declared stop.

        A stop (from, until) may overlap another; one that still goes on ends where its caller wants to count again.
        """
        stops = _joined(stopped) if stopped else ()
        if not stops:
            return self.closing(start, days, now)
        known = self.date_of(now)

        def counts(day: date) -> bool:
            if self.hours_on(day, known) is None:
                return False
            opens, closes = self._open(day, known)
            lost = sum((max(min(until, closes) - max(since, opens), _NOTHING) for since, until in stops), _NOTHING)
            return 2 * lost < closes - opens

        return self._open(_counted(self.date_of(start), days, counts), known)[1]

    def mark(self, moment: datetime) -> int:
        """Return the office's working time since the year 2000, in millionths of a working day.

        It stands still while the office is closed, and never goes back. The difference of two marks is a duration.
        """
        since = moment - self._origin
        span = self._spans.get(since.days) or self._measured(since.days)
        gone = since.seconds * 1_000_000 + since.microseconds - span.opens
        if gone <= 0:
            return span.begins
        return span.begins + (WHOLE_DAY if gone >= span.length else gone * WHOLE_DAY // span.length)

    def opened(self, start: datetime, end: datetime, most: timedelta) -> timedelta:
        """Return for how long the office was open between two moments, up to *most*, where counting ends."""
        day, last, found = self.date_of(start), self.date_of(end), _NOTHING
        while day <= last and found < most:
            if self.hours_on(day, last) is not None:
                opens, closes = self._open(day, last)
                found += max(min(closes, end) - max(opens, start), _NOTHING)
            day += _DAY
        return min(found, most)

    def days_over(self, now: datetime, most: int) -> list[date]:
        """Return the last working days after which the office has opened once more, the newest first."""
        known, found = self.date_of(now), list[date]()
        for back in range(most * _SPARSE + _WEEK):
            day = known - back * _DAY
            if self.hours_on(day, known) is not None and (back or now >= self._open(day, known)[0]):
                found.append(day)
            if len(found) > most:
                break
        return found[1:]

    def fingerprint(self, now: datetime) -> str:
        """Return a digest of the office's hours and of every closure that is known now."""
        known = self.date_of(now)
        if known not in self._fingerprints:
            self._fingerprints.clear()
            self._fingerprints[known] = self._fingerprint(known)
        return self._fingerprints[known]

    def _fingerprint(self, known: date) -> str:
        closed = sorted(
            (day, one.kind) for day, closures in self._closures.items() for one in closures if one.is_known(known)
        )
        campaigns = [(one.first, one.last, one.hours, sorted(one.weekdays), sorted(one.closed_by))
                     for one in self.campaigns]  # fmt: skip
        return sha256(repr((self.offset, self.week, closed, campaigns)).encode()).hexdigest()

    def is_final(self, year: int) -> bool:
        """Tell whether the holidays of a year are decreed, so that only an amendment can still move its due dates."""
        return year in self.final_years

    def _open(self, day: date, known: date) -> tuple[datetime, datetime]:
        """Return the moments (UTC) at which a working day begins and ends."""
        hours = self.hours_on(day, known)
        assert hours is not None, day
        opens, closes = (datetime.combine(day, clock, self._zone) for clock in (hours.opens, hours.closes))
        return opens.astimezone(UTC), closes.astimezone(UTC)

    def _measured(self, number: int) -> _Span:
        """Measure the day that comes so many days after the epoch, and keep it."""
        if number < 0:
            return _Span(0)
        day = _EPOCH + number * _DAY
        at = bisect_right(self._shifts, day, key=lambda shift: shift[0] + _DAY)
        mark = (self._usual(day) - self._usual(_EPOCH) + (self._shifts[at - 1][1] if at else 0)) * WHOLE_DAY
        hours = self.hours_on(day, day)
        span = _Span(mark)
        if hours is not None:
            opens, closes = _microseconds(hours.opens), _microseconds(hours.closes)
            span = _Span(mark, opens, closes - opens)
        self._spans[number] = span
        return span

    def _usual(self, day: date) -> int:
        """Return how many days before this one would be working days if every week were as usual."""
        weeks, rest = divmod((day - _MONDAY).days, _WEEK)
        opens = [hours is not None for hours in self.week]
        return weeks * sum(opens) + sum(opens[:rest])

    def _measured_shifts(self) -> Iterator[tuple[date, int]]:
        """Yield each day that is not as usual, with the working days won or lost from the epoch until its end."""
        days = {
            one.first + number * _DAY for one in self.campaigns for number in range((one.last - one.first).days + 1)
        }
        shift = 0
        for day in sorted(days.union(self._closures)):
            moved = (self.hours_on(day, day) is not None) - (self.week[day.weekday()] is not None)
            if moved and day >= _EPOCH:
                shift += moved
                yield day, shift


def working_days(millionths: int) -> float:
    """Return a difference of marks in working days, to show it: two decimals."""
    return round(millionths / WHOLE_DAY, 2)


def _counted(day: date, days: int, counts: Callable[[date], bool]) -> date:
    if days == 0:
        day, days = day - _DAY, 1
    while days > 0:
        day += _DAY
        days -= counts(day)
    return day


def _microseconds(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def _joined(stopped: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the stops in order, those that overlap as one."""
    joined: list[tuple[datetime, datetime]] = []
    for since, until in sorted(stopped):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined
