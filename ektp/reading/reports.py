"""The daily data clearance of a span of days: what came in, was finished and failed, who waits at the end of each.

Of every office and its own days; a day without anything has a row while somebody waits. Rows are read as they are
wanted, some days at a time: the longest report takes no more memory than its offices.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, text

from consumers.clearance import KEPT, MISSED, OPEN, QUEUE
from ektp.reading.clearance import COUNTS, REPORTED
from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from schemas.places import place
from schemas.zones import offset_of
from workflows.permissions import within

MOST: Final = 366  #: Days of one report.
USUAL: Final = 31  #: Days where nobody says how many.
COLUMNS: Final = ("day", "office", *REPORTED, "waiting", "queue", KEPT, MISSED, "share")
_AT_ONCE: Final = 2000  # rows read in one snapshot: nobody's slow line keeps a connection
_WRITTEN_AT_ONCE: Final = 500
_DAY: Final = timedelta(days=1)
_SUMS: Final = (*REPORTED, KEPT, MISSED)
_LEVELS: Final = {"waiting": OPEN, "queue": QUEUE}
_COUNTED: Final = text(f"""
select day, office, jsonb_object_agg(what, count) from (
    select day, office, what, sum(count)::int as count from ({COUNTS}) as counts
    where what = any(:counted) and day between :first and :last and {LIES_IN} group by 1, 2, 3
) as sums group by 1, 2
""")  # noqa: S608 - constants of ours
# Who waits now, less who came since, waited at the end of the day before.
_BEFORE: Final = text(f"""
select office, sum(waiting)::int as waiting, sum(queue)::int as queue from (
    select office, case when key not in ('collected', 'cancelled') then delta else 0 end as waiting,
        case when key = 'verified' then delta else 0 end as queue
    from tallies where kind = 'state'
    union all
    select office, case what when '{OPEN}' then -count else 0 end, case what when '{QUEUE}' then -count else 0 end
    from ({COUNTS}) as counts where what in ('{OPEN}', '{QUEUE}') and day >= :first
) as levels where {LIES_IN} group by office
""")  # noqa: S608
_NOTHING: Final[Counter[str]] = Counter()
Reading = Callable[[], AbstractContextManager[Connection]]


class Span(NamedTuple):
    """The days of a report, both included, and of which region's offices; "" is everybody's."""

    since: date
    until: date
    region: str = ""


class Report:
    """The clearance of a span of days: rows to be gone through once, and the sums of those that were.

    A row has the columns COLUMNS; in a sum over days `waiting` and `queue` are those of its last day. `share` is of the
    first prints how many were in time, 0 to 1, None of none.
    """

    def __init__(self, span: Span, rows: Iterable[dict[str, Any]]) -> None:
        self.span, self._rows = span, rows
        self._days = defaultdict[str, dict[str, int]](_nothing)
        self._offices = defaultdict[str, dict[str, int]](_nothing)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows by day and office, the latest last. Raises StoreAway."""
        for row in self._rows:
            _add(self._days[row["day"]], row)
            _add(self._offices[row["office"]], row, is_later=True)
            yield row

    def summed(self) -> "Report":
        """Return it with the sums of all rows. Raises StoreAway."""
        for _ in self.rows():
            pass
        return self

    def json(self) -> Iterator[str]:
        """Yield it as parts of a JSON text: its rows, then the sums. Raises StoreAway."""
        since, until, region = self.span
        yield json.dumps({"from": str(since), "to": str(until), "office": region or None})[:-1] + ', "rows": ['
        rows, between = self.rows(), ""
        while some := list(islice(rows, _WRITTEN_AT_ONCE)):
            yield between + ", ".join(map(json.dumps, some))
            between = ", "
        sums = {"days": self.days, "months": self.months, "offices": self.offices, "total": self.total}
        yield "], " + json.dumps(sums)[1:]

    @property
    def days(self) -> list[dict[str, Any]]:
        """The sums of each day, of all offices."""
        return [_row(sums, day=day) for day, sums in self._days.items()]

    @property
    def months(self) -> list[dict[str, Any]]:
        """The sums of each month, of all offices; one that the report does not hold whole is of the days it has."""
        months = defaultdict[str, dict[str, int]](_nothing)
        for day, sums in self._days.items():
            _add(months[day[:7]], sums, is_later=True)
        return [_row(sums, month=month) for month, sums in months.items()]

    @property
    def offices(self) -> list[dict[str, Any]]:
        """The sums of each office, of all days."""
        return [_row(sums, office=office) for office, sums in sorted(self._offices.items())]

    @property
    def total(self) -> dict[str, Any]:
        """The sum of everything."""
        total = _nothing()
        for sums in self._days.values():
            _add(total, sums, is_later=True)
        return _row(total)


def clearance_report(reading: Reading, span: Span, offices: Offices = EVERYWHERE) -> Report:
    """Return the report; *offices* are the regions of whoever asks, and only what lies in them is told.

    *reading* gives a snapshot of the store, for a while and more than once; the past is the same in each.
    """
    inside = [span.region] if span.region and within(offices, span.region) else list(offices)
    if span.region and not within(offices, span.region):
        inside = [one for one in offices if one.startswith(f"{span.region}.")]
        if not inside:
            return Report(span, ())
    return Report(span, _rows(reading, span, inside))


def span_of(since: str, until: str, region: str, today: date) -> Span:
    """Return the days that somebody named; left out they are the last month up to today. Raises ValueError with why."""
    try:
        last = date.fromisoformat(until) if until else today
        first = date.fromisoformat(since) if since else last - (USUAL - 1) * _DAY
    except ValueError:
        raise ValueError("a day is written as 2026-02-13") from None
    if first > last:
        raise ValueError("the first day of a report is not after its last")
    if (last - first).days >= MOST:
        raise ValueError(f"a report has {MOST} days at most")
    if region and place(region) is None:
        raise ValueError("office is the code of a region: 33, 33.74, 33.74.10")
    return Span(first, last, region)


def today_of(now: datetime, office: str) -> date:
    """Return the date that it is at an office."""
    return (now + offset_of(office)).date()


def _rows(reading: Reading, span: Span, inside: Offices) -> Iterator[dict[str, Any]]:
    """Yield each day of each office that has something to tell: who waited before, and what came on it."""
    with reading() as connection:
        now: datetime = connection.scalars(select(func.ektp_now())).one()
        before = connection.execute(_BEFORE, {"first": span.since, **named(inside)}).all()
    levels = defaultdict[str, Counter[str]](Counter)
    levels.update((office, Counter(waiting=waiting, queue=queue)) for office, waiting, queue in before)
    first, until = span.since, min(span.until, max((today_of(now, one) for one in levels), default=span.until))
    while first <= until:
        last = first + max(1, _AT_ONCE // max(1, len(levels))) * _DAY
        last = until if last >= until - _DAY else last
        yield from _of_days(reading, first, last, levels, now=now, inside=inside)
        first = last + _DAY


def _of_days(  # noqa: PLR0913 - what it reads, and from where on
    reading: Reading, first: date, last: date, levels: dict[str, Counter[str]], *, now: datetime, inside: Offices
) -> Iterator[dict[str, Any]]:
    """Yield the rows of some days that are read together, and bring the levels from before them to their end."""
    with reading() as connection:
        counts = _counts(connection, first, last, now, inside)
    levels.update((office, Counter()) for _, office in counts if office not in levels)
    while first <= last:
        yield from _of_day(first, counts, levels, now)
        first += _DAY


def _counts(
    connection: Connection, first: date, last: date, now: datetime, inside: Offices
) -> Mapping[tuple[date, str], Counter[str]]:
    """Return what was counted by day and office; where it is tomorrow already it is now all the same."""
    ahead = date.max if last >= now.date() else last  # no clock of ours is behind UTC
    asked = {"counted": [*_SUMS, *_LEVELS.values()], "first": first, "last": ahead, **named(inside)}
    counts = defaultdict[tuple[date, str], Counter[str]](Counter)
    for day, office, sums in connection.execute(_COUNTED, asked):
        counts[min(day, today_of(now, office)), office].update(sums)
    return counts


def _of_day(
    day: date, counts: Mapping[tuple[date, str], Counter[str]], levels: Mapping[str, Counter[str]], now: datetime
) -> Iterator[dict[str, Any]]:
    for office, waiting in sorted(levels.items()):
        came = counts.get((day, office), _NOTHING)
        for name, what in _LEVELS.items():
            waiting[name] += came.get(what, 0)
        sums = {what: came.get(what, 0) for what in _SUMS}
        if (any(sums.values()) or any(waiting.values())) and day <= today_of(now, office):
            yield _row({**sums, **waiting}, day=str(day), office=office)


def _row(sums: Mapping[str, int], **names: str) -> dict[str, Any]:
    printed = sums[KEPT] + sums[MISSED]
    share = round(sums[KEPT] / printed, 4) if printed else None
    return {**names, **{what: sums[what] for what in (*REPORTED, *_LEVELS, KEPT, MISSED)}, "share": share}


def _nothing() -> dict[str, int]:
    return dict.fromkeys((*_SUMS, *_LEVELS), 0)


def _add(sums: dict[str, int], row: Mapping[str, int], *, is_later: bool = False) -> None:
    """Add up rows of one day; or of many days, where those who wait are the ones of the last."""
    for name in _SUMS:
        sums[name] += row[name]
    for name in _LEVELS:
        sums[name] = row[name] if is_later else sums[name] + row[name]
