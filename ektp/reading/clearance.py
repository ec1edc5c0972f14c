"""The data clearance: what came in, was finished and failed on each day of the offices, from counts made as it happens.

A day is the office's own: while it is Monday still in Semarang, it may be Tuesday in Ambon.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, text

from consumers.clearance import IN, KEPT, MISSED, OPEN, TOOK
from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from schemas.zones import offset_of

#: What is counted, by what, day and office: as gathered, and what was counted since.
COUNTS: Final = """
select what, day, office, count from office_days union all
select split_part(key, ' ', 2), split_part(key, ' ', 1)::date, office, delta from tallies where kind = 'day'
"""
_DAY: Final = timedelta(days=1)
#: What a day's report names, in its order.
REPORTED: Final = (IN, "verified", "failed", "printed", "collected", "cancelled")
# The index begins with what is counted, so that is named first.
_ON_A_DAY: Final = text(f"""
select what, sum(count)::int from ({COUNTS}) as counts
where what = any(:reported) and day = :day and {LIES_IN} group by what
""")  # noqa: S608 - constants of ours
_LATELY: Final = text(f"""
select left(office, 2), day, what, sum(count)::int from ({COUNTS}) as counts
where (what = any(:reported) and day >= :today or (what in ('kept', 'missed') or what like 'took-%') and day >= :month)
and {LIES_IN} group by 1, 2, 3
""")  # noqa: S608
_CURVE: Final = text(f"""
select day, what, sum(count)::int from ({COUNTS}) as counts
where what in ('open', 'in', 'collected', 'cancelled') and day > :since and {LIES_IN} group by 1, 2
""")  # noqa: S608
_OPEN: Final = text(f"""
select coalesce(sum(delta), 0)::int from tallies
where kind = 'state' and key not in ('collected', 'cancelled') and {LIES_IN}
""")  # noqa: S608
_FIRST: Final = text(f"select min(day) from ({COUNTS}) as counts where what = 'in' and {LIES_IN}")  # noqa: S608


class Point(NamedTuple):
    """The end of one day: who waits still; who came in and whose application ended on it."""

    day: date
    waiting: int
    came: int
    ended: int


def clearance(connection: Connection, day: date, offices: Offices = EVERYWHERE) -> dict[str, int]:
    """Return what was counted on a date, by what a report calls it; each office's own date."""
    asked = {"reported": list(REPORTED), "day": day, **named(offices)}
    found = {what: int(count) for what, count in connection.execute(_ON_A_DAY, asked)}
    return {what: found.get(what, 0) for what in REPORTED}


def lately(connection: Connection, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return today's clearance with its date, and of the first prints of today and of this month whether in time.

    `date` is that of the first of the regions, of western time for all of them. `share` is 0 to 1, `days` the median of
    the working days from the recording to the first print; both None before the first.
    """
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    first = now.date() - _DAY  # no clock of ours is behind UTC
    asked = {"reported": list(REPORTED), "today": first, "month": first.replace(day=1), **named(offices)}
    day, month, today = Counter[str](), Counter[str](), Counter[str]()
    for province, there, what, count in connection.execute(_LATELY, asked):
        own = (now + offset_of(province)).date()
        if there == own:
            (day if what in REPORTED else today)[what] += count
        if there.replace(day=1) == own.replace(day=1):
            month[what] += count
    date_ = (now + offset_of(next(iter(offices), ""))).date()
    return {
        "day": {"date": str(date_), **{what: day[what] for what in REPORTED}},
        "today": _promise(today),
        "month": _promise(month),
    }


def curve(connection: Connection, days: int, offices: Offices = EVERYWHERE) -> list[Point]:
    """Return the last days, the oldest first, from the first on which anything came in."""
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    today = (now + offset_of(next(iter(offices), ""))).date()
    began = connection.scalar(_FIRST, named(offices))
    if began is None:
        return []
    since = max(today - days * _DAY, began - _DAY)
    found = Counter[tuple[date, str]]()
    for day, what, count in connection.execute(_CURVE, {"since": since, **named(offices)}):
        found[min(day, today), what] += count  # where it is tomorrow already it is now all the same
    waiting: int = connection.scalars(_OPEN, named(offices)).one()
    points = []
    while today > since:
        ended = found[today, "collected"] + found[today, "cancelled"]
        points.append(Point(today, waiting, found[today, IN], ended))
        waiting -= found[today, OPEN]
        today -= _DAY
    return points[::-1]


def promise(counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return of all first prints so far (counts of `promise`, by kind and key) how many were in time, and the share."""
    return _kept(counts.get(("promise", KEPT), 0), counts.get(("promise", MISSED), 0))


def _promise(counts: Counter[str]) -> dict[str, Any]:
    took = {int(what.removeprefix(TOOK)): count for what, count in counts.items() if what.startswith(TOOK)}
    return {**_kept(counts[KEPT], counts[MISSED]), "days": _median(took.items())}


def _kept(kept: int, missed: int) -> dict[str, Any]:
    printed = kept + missed
    return {"printed": printed, "kept": kept, "share": round(kept / printed, 4) if printed else None}


def _median(counts: Iterable[tuple[int, int]]) -> int | None:
    """Return the value in the middle of so many of each, the lower of two; None of none."""
    ordered = sorted(counts)
    left = (sum(count for _, count in ordered) + 1) // 2
    for value, count in ordered:
        left -= count
        if left <= 0 and count:
            return value
    return None
