"""When the card of one application may be expected, from the store as it is: its place, the stock, what was usual."""

from collections import Counter
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from consumers.clearance import TOOK
from ektp.config.calendars import Calendars
from ektp.reading.clearance import COUNTS
from ektp.reading.forecast import expected_of
from workflows.card_issuance import State
from workflows.outlook import OF_STATE, Certainty, place_between, queued, usual
from workflows.print_queue import Lane
from workflows.timekeeping import Timekeeping
from workflows.working_time import Calendar

_LATELY: Final = 60  # days back from which it is told what is usual
_BEFORE: Final = text("""
select count(*) from applications
where prints_at = :office and lane = :lane and queued is not null and (queued, id) < (:queued, :id)
and (not_before is null or not_before <= :today)
""")
_LANES: Final = text("""
select lane, count(*) from applications
where prints_at = :office and queued is not null and (not_before is null or not_before <= :today) group by lane
""")
_TOOK: Final = text(f"""
select what, sum(count)::int from ({COUNTS}) as counts
where what like 'took-%' and day >= cast(:day as date) - :lately and office = :office group by 1
""")  # noqa: S608 - a constant of ours


class Outlook(NamedTuple):
    """How sure it is; from which day to which; in a shortage in about how many working days, which is a guess.

    `cards` is of how many cards it is told what is usual.
    """

    certainty: Certainty
    first: date | None = None
    last: date | None = None
    days: int | None = None
    cards: int | None = None


def outlook(
    connection: Connection, keeping: Timekeeping, calendars: Calendars, row: Row[Any], now: datetime
) -> Outlook:
    """Return what can be said of an application, given its row and the store's time."""
    state, today = State(row.state), calendars.of(row.office).date_of(now)
    if state in OF_STATE:
        return Outlook(OF_STATE[state])
    if row.not_before is not None and row.not_before > today:
        return Outlook(Certainty.AGE, first=row.not_before)
    # Of an office whose blanko come from elsewhere we know neither the stock nor the order.
    if state is State.VERIFIED and row.queued is not None and keeping.policy(row.prints_at).builtin:
        return _queued(connection, keeping, calendars, row, today)
    return _usual(connection, calendars.of(row.office), row, today)


def _queued(connection: Connection, keeping: Timekeeping, calendars: Calendars, row: Row[Any], today: date) -> Outlook:
    lane, policy = Lane(row.lane), keeping.policy(row.prints_at).queue
    asked = {"office": row.prints_at, "lane": lane.value, "queued": row.queued, "id": row.id, "today": today}
    before = connection.scalars(_BEFORE, asked).one()
    waiting = Counter[str]()
    for name, count in connection.execute(_LANES, asked):
        waiting[name] += count
    stand, ahead = expected_of(connection, keeping, calendars, row.prints_at)
    told = queued(stand, place_between(lane, before, waiting, policy))
    if told.first is not None and told.last is not None:
        return Outlook(told.certainty, ahead.on(told.first), ahead.on(told.last))
    return Outlook(told.certainty, days=told.last)


def _usual(connection: Connection, calendar: Calendar, row: Row[Any], today: date) -> Outlook:
    """Judge by how long the cards of this office took from the recording to the print."""
    took = Counter[int]()
    for what, count in connection.execute(_TOOK, {"day": today, "lately": _LATELY, "office": row.office}):
        took[int(what.removeprefix(TOOK))] += count
    found = usual(took)
    if found is None:
        return Outlook(Certainty.UNKNOWN)
    began = calendar.date_of(row.recorded)
    first, last = (calendar.due(began, number, today) for number in found)
    if last < today:
        return Outlook(Certainty.UNKNOWN)
    return Outlook(Certainty.USUAL, max(first, today), last, cards=took.total())
