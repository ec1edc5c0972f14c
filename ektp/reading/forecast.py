"""The forecast of each printing office, from the store as it is at one moment."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, text

from ektp.reading.moments import written
from ektp.reading.overdue import tallied
from ektp.reading.print_queue import waiting_by_office
from workflows.forecast import MONTH, WINDOW, Stand, forecast
from workflows.ledger import Place

if TYPE_CHECKING:
    from ektp.calendars import Calendars
    from workflows.clock import Timekeeping
    from workflows.print_queue import Printing
    from workflows.working_time import Calendar

_DAY: Final = timedelta(days=1)
_REMEMBERED: Final = 16
_RATES: Final = text("""
select applications.office, history.type, count(*) from history join applications on applications.id = application
where history.received >= :since and history.received < :until and outcome = 'applied'
and type in ('id.ektp.data-verified.v1', 'id.ektp.printed.v1') group by 1, 2
""")
# In a store that is younger than the window the rates are those of its own days.
_BEGAN: Final = text("""
select case when exists (select from applications where recorded < :since) then :since
else (select min(recorded) from applications) end
""")


class _Span(NamedTuple):
    """The working days from which the rates are taken, all of which have ended."""

    since: datetime
    until: datetime
    days: int


class Pace:
    """What came in and was printed in working days that have ended: counted once, as it does not change any more."""

    def __init__(self) -> None:
        self._began: dict[datetime, datetime] = {}
        self._rates: dict[_Span, Mapping[tuple[str, str], int]] = {}

    def span(self, connection: Connection, ahead: "_Ahead") -> _Span:
        """Return the last working days that have ended, as many as the window has or the store has seen."""
        calendar, last = ahead.calendar, ahead.last
        zone, first = timezone(calendar.offset), _back(calendar, last, WINDOW)
        began = self._began_by(connection, datetime.combine(first, time(), zone))
        since = max(first, calendar.date_of(began)) if began else first
        between = (since + number * _DAY for number in range((last - since).days + 1))
        days = sum(calendar.hours_on(day, day) is not None for day in between)
        return _Span(datetime.combine(since, time(), zone), datetime.combine(last + _DAY, time(), zone), max(days, 1))

    def rates(self, connection: Connection, keeping: "Timekeeping", span: _Span) -> Mapping[tuple[str, str], int]:
        """Return what was verified and printed in it, by printing office and event."""
        if span not in self._rates:
            found = Counter[tuple[str, str]]()
            for office, kind, count in connection.execute(_RATES, {"since": span.since, "until": span.until}):
                found[_prints_at(keeping, office), kind.split(".")[2]] += count
            self._forget()
            self._rates[span] = found
        return self._rates[span]

    def _began_by(self, connection: Connection, since: datetime) -> datetime | None:
        if since not in self._began:
            began: datetime | None = connection.scalar(_BEGAN, {"since": since})
            if began is None:
                return None
            self._began[since] = began
        return self._began[since]

    def _forget(self) -> None:
        """Keep what the zones and calendars of one day need; those of other days are not asked for again."""
        if len(self._rates) >= _REMEMBERED:
            self._rates.clear()
            self._began.clear()


class _Ahead:
    """The working days to come of an office; the one after `last` is the first."""

    def __init__(self, now: datetime, calendar: "Calendar") -> None:
        self.now, self.calendar = now, calendar
        today = calendar.date_of(now)
        hours = calendar.hours_on(today, today)
        ended = hours is None or now >= datetime.combine(today, hours.closes, timezone(calendar.offset))
        self.last = _back(calendar, today if ended else today - _DAY, 1)

    def day(self, number: int | None) -> dict[str, Any] | None:
        """Return a day of a forecast with its date."""
        if number is None:
            return None
        at = self.calendar.due(self.last, number, self.last) if number else self.calendar.date_of(self.now)
        return {"working_days": number, "date": str(at)}

    def numbered(self, incoming: Mapping[date, int]) -> Mapping[int, int]:
        """Return deliveries by the number of the working day on which they can first be printed."""
        found = Counter[int]()
        for day, count in incoming.items():
            number = 1
            while self.calendar.due(self.last, number, self.last) < day:
                number += 1
            found[number] += count
        return found


def forecasts(  # noqa: PLR0913 - of what, by which rules, and what else is known
    connection: Connection,
    keeping: "Timekeeping",
    calendars: "Calendars",
    *,
    office: str | None = None,
    incoming: Mapping[date, int] | None = None,
    pace: Pace | None = None,
) -> list[dict[str, Any]]:
    """Return the forecast of every printing office with a queue or a stock, or of *office* alone.

    *incoming* are deliveries to it that are promised, by day; *pace* is what somebody who asks often keeps.
    """
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    waiting, stock, pace = waiting_by_office(connection, keeping), Counter[str](), pace or Pace()
    for place, where, count in tallied(connection, "stock"):
        if where == Place.IN_STOCK:
            stock[place] += count
    known = sorted(place for place in {*waiting, *stock} if waiting[place] or stock[place])
    told = list[dict[str, Any]]()
    for place in [office] if office else known:
        ahead = _Ahead(now, calendars.of(place))
        span = pace.span(connection, ahead)
        rates = pace.rates(connection, keeping, span)
        verified, printed = (rates.get((place, name), 0) for name in ("data-verified", "printed"))
        coming = ahead.numbered(incoming or {})
        capacity = _capacity(keeping.policy(place).printing)
        stand = Stand(waiting[place], stock[place], capacity, verified, printed, span.days, coming)
        told.append(_told(place, stand, ahead))
    return told


def _prints_at(keeping: "Timekeeping", office: str) -> str:
    return keeping.policy(office).printing_office(office)


def _capacity(printing: "Printing") -> int | None:
    """Return the cards a day that an office may print: what its printers can, or less in a shortage."""
    limits = [limit for limit in (printing.capacity, printing.quota) if limit is not None]
    return min(limits) if limits else None


def _back(calendar: "Calendar", day: date, days: int) -> date:
    """Return the first of so many working days that end with *day*, or with the last one before it."""
    while True:
        days -= calendar.hours_on(day, day) is not None
        if days <= 0:
            return day
        day -= _DAY


def _told(office: str, stand: Stand, ahead: _Ahead) -> dict[str, Any]:
    """Return it as JSON values; `order` with its reasons are the figures of the letter to the ministry."""
    expected = forecast(stand)
    return {
        "office": office,
        "at": written(ahead.now),
        "waiting": stand.waiting,
        "stock": stand.stock,
        "incoming": sum(stand.incoming.values()),
        "capacity_a_day": stand.capacity,
        "verified_a_day": round(stand.verified / stand.window, 1),
        "printed_a_day": round(stand.printed / stand.window, 1),
        "window_days": stand.window,
        "backlog_ends": ahead.day(expected.backlog_ends),
        "stock_ends": ahead.day(expected.stock_ends),
        "need": expected.need,
        "capability": expected.capability,
        "order": expected.order,
        "order_days": MONTH,
    }
