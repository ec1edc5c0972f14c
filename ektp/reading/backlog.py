"""How a backlog was paid off, week by week, and whether those who came later were served in time: told by the store."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, text

from workflows.working_time import Calendar, working_days

if TYPE_CHECKING:
    from ektp.config.calendars import Calendars
    from workflows.timekeeping import Timekeeping

_DAY: Final = timedelta(days=1)
_OF: Final = "(office = :regency or starts_with(office, :regency || '.'))"
# Of each application the moment of its first print, and that of an end without one.
_PEOPLE: Final = text(f"""
select office, recorded, printed, gone from applications left join (
    select application, min(received) filter (where after = 'printed') as printed,
        min(received) filter (where after = 'cancelled') as gone
    from history where outcome = 'applied' and after in ('printed', 'cancelled') and before <> after
    group by application
) as ends on application = id where {_OF}
""")  # noqa: S608 - a constant
# By the ledger: what came into stock, and what left it.
_STOCK: Final = text("""
select moved, sum(came) from (
    select moved, (to_office = :regency and to_place = 'in-stock')::int
        - coalesce(from_office = :regency and from_place = 'in-stock', false)::int as came
    from movements
) as moves where came <> 0 group by moved order by moved
""")
_SUKET: Final = text(f"""
select issued, least(withdrawn, valid_until) from suket where {_OF}
""")  # noqa: S608 - a constant


class Week(NamedTuple):
    """The end of one Monday: who waits for a card (of the backlog, of the new ones), blanko in stock, suket in force.

    `printed` are the first prints since the Monday before, `days` the median of the working days that those of them
    who are new had waited, None where none was printed.
    """

    monday: date
    backlog: int
    new: int
    stock: int
    printed: int
    suket: int
    days: float | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """The weeks, and what became of the new ones: all that were recorded from `new_from` on.

    `due` are those whose promise has passed or whose card is printed, `kept` those of them printed in time.
    """

    regency: str
    new_from: date
    promise: int
    recorded: int
    weeks: Sequence[Week]
    new: int
    due: int
    kept: int
    days: float | None

    def told(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "regency": self.regency,
            "new_from": str(self.new_from),
            "promise": self.promise,
            "recorded": self.recorded,
            "left": self.weeks[-1].backlog if self.weeks else self.recorded,
            "new": {
                "recorded": self.new,
                "due": self.due,
                "kept": self.kept,
                "share": round(self.kept / self.due, 4) if self.due else None,
                "median_working_days": self.days,
            },
            "weeks": [{**week._asdict(), "monday": str(week.monday)} for week in self.weeks],
        }


class _Person(NamedTuple):
    """One application: its office, when it was recorded, first printed, and ended without a print."""

    office: str
    recorded: datetime
    printed: datetime | None
    gone: datetime | None


def backlog(
    connection: Connection, keeping: "Timekeeping", calendars: "Calendars", regency: str, new_from: date
) -> Backlog:
    """Return how the backlog of a regency went: of those recorded before *new_from*, by its calendar."""
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    calendar, asked = calendars.of(regency), {"regency": regency}
    since = datetime.combine(new_from, time(), timezone(calendar.offset))
    people = [_Person(*row) for row in connection.execute(_PEOPLE, asked)]
    old = [one for one in people if one.recorded < since]
    new = [one for one in people if one.recorded >= since]
    marks = _mondays(calendar, min((one.recorded for one in people), default=now), now)
    waiting = [_at(marks, *_spans((one.recorded, one.printed or one.gone) for one in group)) for group in (old, new)]
    printed = sorted(one.printed for one in people if one.printed)
    suket = _at(marks, *_spans(tuple(row) for row in connection.execute(_SUKET, asked)))
    rows = zip(marks, *waiting, _stock(connection, asked, marks), _since_the_last(marks, printed), suket,
               _medians(calendars, marks, new), strict=True)  # fmt: skip
    weeks = [Week(calendar.date_of(mark) - _DAY, *row) for mark, *row in rows]
    promise = keeping.policy(regency).promise
    due = list(_in_time(calendars, promise, new, now))
    took = [_took(calendars, one) for one in new if one.printed]
    days = round(median(took), 1) if took else None
    return Backlog(regency, new_from, promise, len(old), weeks, len(new), len(due), sum(due), days)


def _mondays(calendar: Calendar, first: datetime, last: datetime) -> list[datetime]:
    """Return the ends of the Mondays from one moment to another."""
    day = calendar.date_of(first)
    day += (-day.weekday() % 7) * _DAY
    marks = []
    while (mark := datetime.combine(day + _DAY, time(), timezone(calendar.offset))) <= last:
        marks.append(mark)
        day += 7 * _DAY
    return marks


def _spans(pairs: Iterable[tuple[datetime, datetime | None]]) -> tuple[list[datetime], list[datetime]]:
    """Return the beginnings and the ends of what has both, each in order; None is no end."""
    begins, ends = [], []
    for begin, end in pairs:
        begins.append(begin)
        if end is not None:
            ends.append(end)
    return sorted(begins), sorted(ends)


def _at(marks: Sequence[datetime], begins: Sequence[datetime], ends: Sequence[datetime]) -> list[int]:
    """Return how many had begun and not ended at each mark."""
    return [bisect_right(begins, mark) - bisect_right(ends, mark) for mark in marks]


def _stock(connection: Connection, asked: dict[str, str], marks: Sequence[datetime]) -> list[int]:
    """Return what lay in stock at each mark."""
    moves = [(moment, int(came)) for moment, came in connection.execute(_STOCK, asked)]
    moments = [moment for moment, _ in moves]
    stock = [0, *accumulate(came for _, came in moves)]
    return [stock[bisect_right(moments, mark)] for mark in marks]


def _since_the_last(marks: Sequence[datetime], moments: Sequence[datetime]) -> list[int]:
    """Return how many of the moments lie between each mark and the one before."""
    until = [bisect_right(moments, mark) for mark in marks]
    return [here - before for here, before in zip(until, [0, *until], strict=False)]


def _medians(calendars: "Calendars", marks: Sequence[datetime], new: Iterable[_Person]) -> Iterator[float | None]:
    """Yield for each mark the median wait of the new ones first printed since the one before."""
    waits = sorted((one.printed, _took(calendars, one)) for one in new if one.printed)
    moments = [moment for moment, _ in waits]
    at = 0
    for mark in marks:
        until = bisect_right(moments, mark)
        yield round(median(days for _, days in waits[at:until]), 1) if until > at else None
        at = until


def _took(calendars: "Calendars", one: _Person) -> float:
    calendar = calendars.of(one.office)
    assert one.printed is not None
    return working_days(max(calendar.mark(one.printed) - calendar.mark(one.recorded), 0))


def _in_time(calendars: "Calendars", promise: int, new: Iterable[_Person], now: datetime) -> Iterator[bool]:
    """Yield of everybody who is printed or should be whether the promise was kept."""
    for one in new:
        until = calendars.of(one.office).closing(one.recorded, promise, one.printed or now)
        if one.printed is not None:
            yield one.printed <= until
        elif one.gone is None and until <= now:
            yield False
