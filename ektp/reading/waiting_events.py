"""Events that were held for too long, and blanko that nobody gave back: in groups, and the events one by one."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.reading.deadlines import MOST, Asked
from ektp.reading.moments import written
from ektp.reading.open_ends import RECORDED_TOO_EARLY, not_called_back
from ektp.reading.overdue import working_age
from ektp.reading.stuck import HELD_MOVES
from schemas.reasons import WAITS, WaitReason
from schemas.upcasting import types_of
from workflows.card_issuance import Party
from workflows.owners import owner
from workflows.timekeeping import Timekeeping

# Told already, or a recording that came before the deletion was confirmed: sent on, it would become a duplicate.
_LATE: Final = f"""
with late as (
    select held.id, held.application, held.type, held.waits_for, held.received, held.station,
        coalesce(known.office, held.data->>'office', '') as office,
        case when held.type = any(:recorded) and held.waits_for = 'waits-for-deletion'
            then '{RECORDED_TOO_EARLY}' else held.waits_for end as cause
    from held left join applications known on known.id = held.application
    where held.due_at is null or (held.type = any(:recorded) and held.waits_for = 'waits-for-deletion')
)
"""  # noqa: S608 - constants of ours
_GROUPS: Final = text(f"""
{_LATE} select cause, waits_for, office, count(*) as number, min(received) as oldest from late group by 1, 2, 3
""")  # noqa: S608 - as above
_EVENTS: Final = text(f"""
{_LATE} select * from late
where (received, id) > (:received, :id) and (cast(:cause as text) is null or cause = :cause)
    and (cast(:office as text) is null or office = :office or starts_with(office, :office || '.'))
    and (:everywhere or exists (
        select from unnest(cast(:regions as text[])) as region
        where late.office = region or starts_with(late.office, region || '.')))
order by received, id limit :most
""")  # noqa: S608 - as above
_NOW: Final = text("select ektp_now()")
_BEGIN: Final = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def waiting_groups(connection: Connection, keeping: Timekeeping, asked: Asked) -> list[dict[str, Any]]:
    """Return how many events wait too long, and how much nobody gave back, by cause and office; the largest first.

    In the shape of `overdue_groups`; for all of it somebody of the office answers where it is the office's move.
    """
    now: datetime = connection.scalars(_NOW).one()
    counted: dict[tuple[str, str, Party], tuple[int, datetime]] = {}
    rows = [(row.cause, row.office, HELD_MOVES[WaitReason(row.waits_for)], row.number, row.oldest)
            for row in connection.execute(_GROUPS, {"recorded": types_of("recorded")})]  # fmt: skip
    rows += [(one.cause, one.office, Party.OFFICE, 1, one.since) for one in not_called_back(connection)]
    for cause, office, move, number, oldest in rows:
        if asked.takes(cause, office):
            known, since = counted.get((cause, office, move), (0, oldest))
            counted[cause, office, move] = (known + number, min(since, oldest))
    found = [
        {
            "cause": cause,
            "office": office,
            "whose_move": move.value,
            "owner": owner(office, 0, keeping.policy(office)) if move is Party.OFFICE else None,
            "count": number,
            "oldest": written(oldest),
            "age": working_age(keeping, office, oldest, now),
        }
        for (cause, office, move), (number, oldest) in counted.items()
    ]
    return sorted(found, key=lambda one: (-one["count"], one["cause"], one["office"]))


def waiting_events(
    connection: Connection, asked: Asked, after: tuple[datetime, UUID] | None = None
) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
    """Return a page of the events that wait too long, the oldest first, and where the next begins (None: nowhere)."""
    received, id_ = after or _BEGIN
    values = {"received": received, "id": id_, "cause": asked.cause, "office": asked.office, "most": MOST + 1}
    values |= {"recorded": types_of("recorded"), "everywhere": not asked.offices, "regions": list(asked.offices)}
    rows = connection.execute(_EVENTS, values).all()
    page = [
        {
            "id": str(row.id),
            "application": str(row.application),
            "type": row.type,
            "cause": row.cause,
            "office": row.office or None,
            "by": row.station,
            "since": written(row.received),
            "remedy": WAITS[WaitReason(row.waits_for)].remedy,
        }
        for row in rows[:MOST]
    ]
    last = rows[MOST - 1] if len(rows) > MOST else None
    return page, (last.received, last.id) if last else None
