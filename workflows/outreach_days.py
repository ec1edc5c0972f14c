"""The arithmetic of kits and days: whether everybody can still be met in time, and until when a visit can wait.

People of one kecamatan, in the order of their bounds, fill one day of a kit after the other. That needs the fewest days
before each bound, so serving the nearest bound first meets everybody in time wherever any order would.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from workflows.outreach import Outreach, Seat, Slot

_FAR: Final = 250  # working days: a year ahead nobody promises anything


class WorkingDays(Protocol):
    """An office's working days."""

    def due(self, day: date, days: int, known: date) -> date:
        """Return the working day that comes so many after *day*; 0 is *day*, or the first after it."""


class Batch(NamedTuple):
    """What one kit can do in one kecamatan on one day; `seats` by urgency, so the first bound is the batch's."""

    bound: date
    kecamatan: str
    seats: Sequence[Seat]


def free_slots(days: Sequence[date], taken: Iterable[Slot], kits: int) -> list[Slot]:
    """Return the days of each kit on which it goes nowhere yet, the earliest first."""
    gone = set(taken)
    return [slot for day in days for kit in range(1, kits + 1) if (slot := Slot(day, kit)) not in gone]


def batches(waiting: Mapping[str, Sequence[Seat]], policy: Outreach) -> list[Batch]:
    """Return everybody who waits (by kecamatan, by urgency) in as few days as they need, the nearest bound first."""
    most = policy.people_a_day
    found = [
        Batch(seats[start].bound, kecamatan, seats[start : start + most])
        for kecamatan, seats in waiting.items()
        for start in range(0, len(seats), most)
    ]
    return sorted(found, key=lambda batch: (batch.bound, batch.kecamatan))


def late(groups: Sequence[Batch], free: Sequence[Slot]) -> int:
    """Count those who would be met after their bound, or on none of these days, the nearest bound served first."""
    count = 0
    for group, slot in zip_longest(groups, free[: len(groups)]):
        # Within a batch the bounds only grow.
        count += len(group.seats) if slot is None else bisect_right(group.seats, slot.day, key=_before)
    return count


def latest_days(groups: Sequence[Batch], free: Sequence[Slot]) -> list[date | None]:
    """Return the last day on which each batch can be met so that all are in time; None where that has passed."""
    days = [slot.day for slot in free]
    found: list[date | None] = []
    at = len(days)
    for group in reversed(groups):
        at = min(at, bisect_right(days, group.bound)) - 1
        found.append(days[at] if at >= 0 else None)
        at = max(at, 0)
    return found[::-1]


def _before(seat: Seat) -> date:
    return date.fromordinal(seat.bound.toordinal() + 1)


def bound_of(calendar: WorkingDays, since: date, policy: Outreach) -> date:
    """Return the last day on which somebody who waits since then may be visited."""
    return calendar.due(since, policy.bound, since)


def bookable(
    calendar: WorkingDays, today: date, seats: Collection[Seat], taken: Collection[Slot], policy: Outreach
) -> list[date]:
    """Return the working days on which visits can be, as known *today*: enough for everybody and beyond every bound."""
    first = calendar.due(today, policy.lead, today)
    last = max((seat.bound for seat in seats), default=first)
    enough = policy.near + 2 + (len(seats) + len(taken)) // max(1, policy.kits)
    days = [first]
    while days[-1] <= last or len(days) < min(enough, _FAR):
        days.append(calendar.due(days[-1], 1, today))
    return days
