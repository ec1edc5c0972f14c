"""The daily data clearance of a span of days: what came in, was finished and failed, who waits at the end of each.

Of every office and its own days; a day without anything has a row while somebody waits.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
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
_DAY: Final = timedelta(days=1)
_SUMS: Final = (*REPORTED, KEPT, MISSED)
_LEVELS: Final = {"waiting": OPEN, "queue": QUEUE}
_COUNTED: Final = text(f"""
select office, day, what, sum(count)::int from ({COUNTS}) as counts
where what = any(:counted) and day >= :since and {LIES_IN} group by 1, 2, 3
""")  # noqa: S608 - constants of ours
_NOW: Final = text(f"""
select office, coalesce(sum(delta) filter (where key not in ('collected', 'cancelled')), 0)::int as waiting,
    coalesce(sum(delta) filter (where key = 'verified'), 0)::int as queue
from tallies where kind = 'state' and {LIES_IN} group by office
""")  # noqa: S608


class Span(NamedTuple):
    """The days of a report, both included, and of which region's offices; "" is everybody's."""

    since: date
    until: date
    region: str = ""


class Report(NamedTuple):
    """What was counted: `rows` by day and office, the latest last, and their sums; `at` is the moment of it.

    A row has the columns COLUMNS; in a sum over days `waiting` and `queue` are those of its last day. `share` is of the
    first prints how many were in time, 0 to 1, None of none.
    """

    span: Span
    at: datetime
    rows: list[dict[str, Any]]

    @property
    def days(self) -> list[dict[str, Any]]:
        """The sums of each day, of all offices."""
        return [_summed(rows, day=day) for day, rows in _grouped(self.rows, lambda row: row["day"])]

    @property
    def months(self) -> list[dict[str, Any]]:
        """The sums of each month, of all offices; one that the report does not hold whole is of the days it has."""
        return [_over_days(days, month=month) for month, days in _grouped(self.days, lambda row: row["day"][:7])]

    @property
    def offices(self) -> list[dict[str, Any]]:
        """The sums of each office, of all days."""
        return sorted(
            (_over_days(rows, office=office) for office, rows in _grouped(self.rows, lambda row: row["office"])),
            key=lambda row: str(row["office"]),
        )

    @property
    def total(self) -> dict[str, Any]:
        """The sum of everything."""
        return _over_days(self.days)

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        since, until, region = self.span
        sums = {"days": self.days, "months": self.months, "offices": self.offices, "total": self.total}
        return {"from": str(since), "to": str(until), "office": region or None, **sums, "rows": self.rows}


def clearance_report(connection: Connection, span: Span, offices: Offices = EVERYWHERE) -> Report:
    """Return the report; *offices* are the regions of whoever asks, and only what lies in them is told."""
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    inside = [span.region] if span.region and within(offices, span.region) else list(offices)
    if span.region and not within(offices, span.region):
        inside = [one for one in offices if one.startswith(f"{span.region}.")]
        if not inside:
            return Report(span, now, [])
    asked = {"counted": [*_SUMS, *_LEVELS.values()], "since": span.since, **named(inside)}
    counts = defaultdict[str, Counter[tuple[date, str]]](Counter)
    for office, day, what, count in connection.execute(_COUNTED, asked):
        counts[office][min(day, today_of(now, office)), what] += count
    levels = {
        office: {"waiting": waiting, "queue": queue} for office, waiting, queue in connection.execute(_NOW, asked)
    }
    rows = [
        row
        for office in {*counts, *levels}
        for row in _of_office(office, counts[office], levels.get(office, {}), span, today_of(now, office))
    ]
    return Report(span, now, sorted(rows, key=lambda row: (row["day"], row["office"])))


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


def _of_office(
    office: str, counts: Counter[tuple[date, str]], levels: Mapping[str, int], span: Span, today: date
) -> Iterator[dict[str, Any]]:
    """Yield its days, the latest first: who waits now, less who came since, waited then."""
    standing = {name: levels.get(name, 0) for name in _LEVELS}
    day = today
    while day >= span.since:
        sums = {what: counts[day, what] for what in _SUMS}
        if day <= span.until and (any(sums.values()) or any(standing.values())):
            yield _row(sums, standing, day=str(day), office=office)
        for name, what in _LEVELS.items():
            standing[name] -= counts[day, what]
        day -= _DAY


def _row(sums: Mapping[str, int], standing: Mapping[str, int], **names: str) -> dict[str, Any]:
    printed = sums[KEPT] + sums[MISSED]
    share = round(sums[KEPT] / printed, 4) if printed else None
    reported = {what: sums[what] for what in REPORTED}
    return {**names, **reported, **standing, KEPT: sums[KEPT], MISSED: sums[MISSED], "share": share}


def _summed(rows: Iterable[Mapping[str, Any]], **names: str) -> dict[str, Any]:
    """Add up rows of one day."""
    added = Counter[str]()
    for row in rows:
        added.update({name: row[name] for name in (*_SUMS, *_LEVELS)})
    return _row(added, {name: added[name] for name in _LEVELS}, **names)


def _over_days(rows: list[dict[str, Any]], **names: str) -> dict[str, Any]:
    """Add up rows of many days; who waits is of the last."""
    last = rows[-1] if rows else dict.fromkeys(_LEVELS, 0)
    return {**_summed(rows, **names), **{name: last[name] for name in _LEVELS}}


def _grouped(rows: Iterable[dict[str, Any]], key: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:  # noqa: ANN401 - a function
    found = defaultdict[str, list[dict[str, Any]]](list)
    for row in rows:
        found[key(row)].append(row)
    yield from found.items()
