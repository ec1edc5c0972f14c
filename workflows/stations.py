"""The watch over the stations: what their silence, their numbers, their clocks and their days tell.

Everything comes in as data: what was seen of a station, its account, its office's calendar, the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from workflows.clock import CENTRE
from workflows.timekeeping import Calendar
from workflows.timers import Outage

#: The rules of the watch; of each there is at most one open alert about one thing.
SILENT: Final = "station-silent"
GAP: Final = "sequence-gap"
SKEW: Final = "clock-skew"
BACKLOG: Final = "backlog"
DIFFERS: Final = "day-differs"
MISSING: Final = "recording-missing"
NOT_CLOSED: Final = "day-not-closed"
NEVER_ARRIVED: Final = "never-arrived"
SECURITY: Final = "security"
ALL_RULES: Final = (SILENT, GAP, SKEW, BACKLOG, DIFFERS, MISSING, NOT_CLOSED, NEVER_ARRIVED, SECURITY)

TOLD: Final = 100  #: Of so many missing numbers each is named; of the others there is a count.
LOOKED_BACK: Final = 10  #: Working days of which a closing is missed.
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Thresholds(NamedTuple):
    """From when on something is worth an alert.

    `silent_after` is working time; `patience` how long numbers and recordings may be on their way; `unsent` how many
    events a station may say to have waiting.
    """

    silent_after: timedelta = timedelta(hours=8)
    patience: timedelta = timedelta(minutes=60)
    skew: timedelta = timedelta(minutes=5)
    unsent: int = 500


class Gap(NamedTuple):
    """Running numbers, first to last, that have not arrived, and since when later ones are there."""

    first: int
    last: int
    since: datetime

    @property
    def size(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


class Watched(NamedTuple):
    """What is known of a station: its account, if it has one, and what was seen of it, if anything.

    `added` is None without an account, or when it may send no more; `silent_after` None for the usual, zero for never.
    `skew` is by how much its clock was ahead, `skew_before` by the reading a minute or more earlier.
    """

    name: str
    office: str
    makes_recordings: bool = False
    added: datetime | None = None
    silent_after: timedelta | None = None
    last_contact: datetime | None = None
    skew: timedelta | None = None
    skew_before: timedelta | None = None
    unsent: int | None = None
    reported: datetime | None = None
    gaps: tuple[Gap, ...] = ()


class Finding(NamedTuple):
    """One thing that a rule has found: about what, of which station and office, and the facts a person needs."""

    rule: str
    about: str
    station: str
    office: str
    detail: Mapping[str, Any] = _NOTHING


def gaps(arrived: Sequence[tuple[int, int]], before: Sequence[Gap], now: datetime) -> tuple[Gap, ...]:
    """Return what is missing between the runs that *arrived* (first, and the one after the last, in order).

    A gap that lies in one seen *before* is as old as that one. What came before the first number ever seen is not
    known, and not missed.
    """
    found = []
    for (_, first), (after, _) in pairwise(arrived):
        since = next((one.since for one in before if one.first <= first and after - 1 <= one.last), now)
        found.append(Gap(first, after - 1, since))
    return tuple(found)


def findings(
    station: Watched, calendar: Calendar, outages: Sequence[Outage], now: datetime, limits: Thresholds
) -> Iterator[Finding]:
    """Yield what the rules find about one station."""
    name, office = station.name, station.office
    if detail := _silence(station, calendar, outages, now, limits):
        yield Finding(SILENT, name, name, office, detail)
    if missing := [gap for gap in station.gaps if gap.since + limits.patience <= now]:
        yield Finding(GAP, name, name, office, _numbers(missing))
    if (skew := _skew(station, limits.skew)) is not None:
        yield Finding(SKEW, name, name, office, {"seconds": int(skew.total_seconds())})
    if detail := _backlog(station, calendar, now, limits):
        yield Finding(BACKLOG, name, name, office, detail)


def expected_days(
    station: Watched, calendar: Calendar, outages: Sequence[Outage], now: datetime, open_since: Sequence[date]
) -> list[date]:
    """Return the days that a station should have closed by now; *open_since* are those already missed.

    Checked once the office has opened again, for recording stations with an account, from the day after it was made.
    """
    if station.added is None or not station.makes_recordings or station.silent_after == timedelta():
        return []
    since, stopped = calendar.date_of(station.added), _stopped(station.office, outages)
    days = {*calendar.days_over(now, LOOKED_BACK), *open_since}
    return sorted(day for day in days if day > since and not any(
        calendar.date_of(begins) <= day <= calendar.date_of(ends or now) for begins, ends in stopped
    ))  # fmt: skip


def _silence(
    station: Watched, calendar: Calendar, outages: Sequence[Outage], now: datetime, limits: Thresholds
) -> Mapping[str, Any]:
    """Tell of a station with an account that nothing came for so many working hours, declared stops not counted."""
    patience = limits.silent_after if station.silent_after is None else station.silent_after
    if station.added is None or not patience:
        return _NOTHING
    since = max(station.added, station.last_contact or station.added)
    for begins, ends in _stopped(station.office, outages):
        if begins <= now and (ends or now) > since:
            since = min(ends or now, now)
    if calendar.opened(since, now, patience) < patience:
        return _NOTHING
    contact = station.last_contact.isoformat() if station.last_contact else None
    return {"last_contact": contact, "working_hours": int(patience.total_seconds() // 3600)}


def _skew(station: Watched, most: timedelta) -> timedelta | None:
    """Return by how much the clock is wrong.

    One message proves that it is ahead. That it is behind two readings must agree on: a message may have waited.
    """
    skew, before = station.skew, station.skew_before
    if skew is None:
        return None
    if skew > most:
        return skew
    return max(skew, before) if before is not None and max(skew, before) < -most else None


def _backlog(station: Watched, calendar: Calendar, now: datetime, limits: Thresholds) -> Mapping[str, Any]:
    """Tell of events that wait on the device: very many, or some of which nothing more was heard for a working day."""
    if not station.unsent or station.reported is None:
        return _NOTHING
    patience = limits.silent_after
    stale = not patience or calendar.opened(station.reported, now, patience) >= patience
    if station.unsent <= limits.unsent and not stale:
        return _NOTHING
    return {"unsent": station.unsent, "reported": station.reported.isoformat()}


def _numbers(missing: Sequence[Gap]) -> Mapping[str, Any]:
    spans = [str(gap.first) if gap.size == 1 else f"{gap.first}-{gap.last}" for gap in missing[:TOLD]]
    return {"missing": sum(gap.size for gap in missing), "numbers": spans,
            "since": min(gap.since for gap in missing).isoformat()}  # fmt: skip


def _stopped(office: str, outages: Sequence[Outage]) -> list[tuple[datetime, datetime | None]]:
    """Return the declared stops of an office; that the centre stands still keeps no station from sending."""
    return sorted(
        ((one.begins, one.ends) for one in outages
         if one.subject != CENTRE and (office == one.subject or office.startswith(f"{one.subject}."))),
        key=lambda stop: stop[0],
    )  # fmt: skip
