"""The forecast of each printing office, from the store as it is at one moment."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, text

from ektp.reading.clearance import COUNTS
from ektp.reading.moments import written
from ektp.reading.overdue import tallied
from ektp.reading.print_queue import waiting_by_office
from ektp.reading.scope import EVERYWHERE, Offices
from workflows.forecast import MONTH, WINDOW, Stand, forecast
from workflows.ledger import Place
from workflows.permissions import within

if TYPE_CHECKING:
    from ektp.config.calendars import Calendars
    from workflows.print_queue import Printing
    from workflows.timekeeping import Timekeeping
    from workflows.working_time import Calendar

_DAY: Final = timedelta(days=1)
_RATES: Final = text(f"""
select office, what, sum(count)::int from ({COUNTS}) as counts
where what in ('verified', 'printed') and day >= :since and day < :until group by 1, 2
""")  # noqa: S608 - constants of ours
# In a store that is younger than the window the rates are those of its own days.
_BEGAN: Final = text(f"select min(day) from ({COUNTS}) as counts where what = 'in'")  # noqa: S608


class _Span(NamedTuple):
    """The working days from which the rates are taken, all of which have ended."""

    since: date
    until: date
    days: int


class Ahead:
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
        return {"working_days": number, "date": str(self.on(number))}

    def on(self, number: int) -> date:
        """Return the date of a day of a forecast; 0 is today."""
        return self.calendar.due(self.last, number, self.last) if number else self.calendar.date_of(self.now)

    def numbered(self, incoming: Mapping[date, int]) -> Mapping[int, int]:
        """Return deliveries by the number of the working day on which they can first be printed."""
        found = Counter[int]()
        for day, count in incoming.items():
            number = 1
            while self.calendar.due(self.last, number, self.last) < day:
                number += 1
            found[number] += count
        return found


def forecasts(  # noqa: PLR0913 - what it reads, and what narrows it
    connection: Connection,
    keeping: "Timekeeping",
    calendars: "Calendars",
    *,
    office: str | None = None,
    incoming: Mapping[date, int] | None = None,
    offices: Offices = EVERYWHERE,
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the forecast of every printing office with a queue or a stock, or of *office* alone.

    *incoming* are deliveries to it that are promised, by day. `offices` are the regions of whoever asks; of more than
    `most` those that lack most for their queues.
    """
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    waiting, stock = waiting_by_office(connection, keeping), stock_by_office(connection)
    known = sorted(one for one in {*waiting, *stock} if (waiting[one] or stock[one]) and within(offices, one))
    if most is not None and len(known) > most:
        known = sorted(known, key=lambda one: stock[one] - waiting[one])[:most]
    rates, told = dict[_Span, Mapping[tuple[str, str], int]](), list[dict[str, Any]]()
    for place in [office] if office else known:
        ahead = Ahead(now, calendars.of(place))
        span = _span(connection, ahead)
        if span not in rates:
            rates[span] = _rates(connection, keeping, span)
        verified, printed = (rates[span].get((place, name), 0) for name in ("verified", "printed"))
        coming = ahead.numbered(incoming or {})
        capacity = _capacity(keeping.policy(place).printing)
        stand = Stand(waiting[place], stock[place], capacity, verified, printed, span.days, coming)
        told.append(_told(place, stand, ahead))
    return told


def expected_of(
    connection: Connection, keeping: "Timekeeping", calendars: "Calendars", office: str
) -> tuple[Stand, Ahead]:
    """Return how one printing office stands now, without deliveries, and its working days to come."""
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    ahead = Ahead(now, calendars.of(office))
    span = _span(connection, ahead)
    rates = _rates(connection, keeping, span)
    verified, printed = (rates.get((office, name), 0) for name in ("verified", "printed"))
    waiting, stock = waiting_by_office(connection, keeping)[office], stock_by_office(connection)[office]
    return Stand(waiting, stock, _capacity(keeping.policy(office).printing), verified, printed, span.days), ahead


def stock_by_office(connection: Connection) -> Counter[str]:
    """Return how many blanko each office has in stock; it costs what the counts cost."""
    stock = Counter[str]()
    for place, where, count in tallied(connection, "stock"):
        if where == Place.IN_STOCK:
            stock[place] += count
    return stock


def _prints_at(keeping: "Timekeeping", office: str) -> str:
    return keeping.policy(office).printing_office(office)


def _capacity(printing: "Printing") -> int | None:
    """Return the cards a day that an office may print: what its printers can, or less in a shortage."""
    limits = [limit for limit in (printing.capacity, printing.quota) if limit is not None]
    return min(limits) if limits else None


def _span(connection: Connection, ahead: Ahead) -> _Span:
    """Return the last working days that have ended, as many as the window has or the store has seen."""
    calendar, last = ahead.calendar, ahead.last
    first = _back(calendar, last, WINDOW)
    since = max(first, connection.scalar(_BEGAN) or first)
    between = (since + number * _DAY for number in range((last - since).days + 1))
    days = sum(calendar.hours_on(day, day) is not None for day in between)
    return _Span(since, last + _DAY, max(days, 1))


def _back(calendar: "Calendar", day: date, days: int) -> date:
    """Return the first of so many working days that end with *day*, or with the last one before it."""
    while True:
        days -= calendar.hours_on(day, day) is not None
        if days <= 0:
            return day
        day -= _DAY


def _rates(connection: Connection, keeping: "Timekeeping", span: _Span) -> Mapping[tuple[str, str], int]:
    """Count what was verified and printed, by printing office and event."""
    found = Counter[tuple[str, str]]()
    for office, what, count in connection.execute(_RATES, {"since": span.since, "until": span.until}):
        found[_prints_at(keeping, office), what] += count
    return found


def _told(office: str, stand: Stand, ahead: Ahead) -> dict[str, Any]:
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
