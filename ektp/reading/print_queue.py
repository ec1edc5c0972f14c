"""The queue for print of an office: its lanes, who is next and why, and why nothing is given out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, func, select, text

from ektp.reading.moments import written
from ektp.reading.overdue import tallied
from ektp.reading.scope import EVERYWHERE, Offices, require_inside
from ektp.storage.stock.print_queue import WAITED_AT, desk_of, free_serials, seen
from workflows.blanko import Pick, because, share, why_nothing
from workflows.card_issuance import State
from workflows.permissions import within
from workflows.print_queue import SHARING, Lane
from workflows.timekeeping import Timekeeping

SHOWN: Final = 20  #: Of those who are next.
_OFFICES: Final = text(f"{WAITED_AT} select office from waited_at order by office")  # noqa: S608 - a constant
_LANES: Final = text("""
select lane, count(*) as waiting, min(recorded) as oldest, count(*) filter (where not_before > :today) as young
from applications where prints_at = :office and queued is not null group by lane
""")
_STOCK: Final = text(
    "select sum(delta)::bigint from tallies where office = :office and kind = 'stock' and key = 'in-stock'"
)


def queues(
    connection: Connection, keeping: Timekeeping, office: str | None = None, offices: Offices = EVERYWHERE
) -> list[dict[str, Any]]:
    """Return the queue of the office that prints for *office*, or of every one in which somebody waits.

    A queue belongs to the office that prints, and is told to whoever is there for that one. Raises Unknown.
    """
    if office is not None:
        printing = keeping.policy(office).printing_office(office)
        require_inside(offices, printing, "queue", office)
        return [_queue(connection, keeping, printing)]
    return [_queue(connection, keeping, one) for one in connection.scalars(_OFFICES).all() if within(offices, one)]


def waiting_by_lane(connection: Connection) -> list[tuple[str, str, int]]:
    """Return printing office, lane and number of those who wait."""
    counts = "select prints_at, lane, count(*) from applications where queued is not null group by 1, 2 order by 1, 2"
    return [(office, lane, count) for office, lane, count in connection.execute(text(counts))]


def waiting_by_office(connection: Connection, keeping: Timekeeping) -> Counter[str]:
    """Return how many wait for a card at each office that prints; it costs what the counts cost."""
    found = Counter[str]()
    for office, state, count in tallied(connection, "state"):
        if state == State.VERIFIED:
            found[keeping.policy(office).printing_office(office)] += count
    return +found


def stopped(
    connection: Connection, keeping: Timekeeping, offices: Iterable[str] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield each office, or of those named, in which somebody waits and the pipeline gives out nothing, and why."""
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    driver = _driver(connection)
    for office in connection.scalars(_OFFICES).all() if offices is None else offices:
        policy, day = keeping.policy(office), keeping.calendar(office).working_day(now)
        if policy.builtin:
            desk = desk_of(driver, office, day, len(free_serials(driver, office, 1)))
            if why := why_nothing(desk, policy.printing):
                yield office, why


def _queue(connection: Connection, keeping: Timekeeping, office: str) -> dict[str, Any]:
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    calendar, policy = keeping.calendar(office), keeping.policy(office)
    today, day = calendar.date_of(now), calendar.working_day(now)
    found = seen(_driver(connection), office, today, day, SHOWN)
    rows = {row.lane: row for row in connection.execute(_LANES, {"office": office, "today": today})}
    waiting = sum(row.waiting for row in rows.values())
    stop = why_nothing(found.desk, policy.printing) if policy.builtin else "allocator-is-external"
    heads = {lane: iter(ones) for lane, ones in found.lanes.items()}
    picks, _ = share(found.passes, policy.queue, {lane: len(ones) for lane, ones in found.lanes.items()}, SHOWN)

    def told(pick: Pick) -> dict[str, Any]:
        one = next(heads[pick.lane])
        reason = because(pick, one.reason, calendar.date_of(one.recorded))
        return {"application": str(one.id), "lane": pick.lane.value, "because": reason, "turn": len(one.had) + 1}

    return {
        "office": office,
        "waiting": waiting,
        "too_young": sum(row.young for row in rows.values()),
        "in_stock": connection.scalar(_STOCK, {"office": office}) or 0,
        "given_today": found.desk.given,
        "capacity": policy.printing.capacity,
        "quota": policy.printing.quota,
        "ribbon": found.desk.ribbon,
        "stopped": stop if waiting else None,
        "lanes": [
            {
                "lane": lane.value,
                "waiting": rows[lane].waiting if lane in rows else 0,
                "oldest": written(rows[lane].oldest) if lane in rows else None,
                "weight": policy.queue.weight(lane) if lane in SHARING else None,
            }
            for lane in Lane
        ],
        "next": [told(pick) for pick in picks] if policy.builtin else [],
    }


def _driver(connection: Connection) -> psycopg.Connection:
    """Return the driver's own connection, in the same transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
