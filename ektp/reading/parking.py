"""What is parked: the list, the groups, and one item with its body still sealed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, tuple_

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices, lies_in
from ektp.storage.tables import PARKED, STATIONS

_AT_A_TIME: Final = 500
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parked message as it lies in the store; the vault opens `sealed` with the bytes of `id`."""

    id: UUID
    sender: str
    door: str
    event_id: str | None
    state: str
    sealed: bytes


def parked_items(  # noqa: PLR0913 - each narrows the list
    connection: Connection,
    *,
    closed: bool = False,
    reason: str | None = None,
    after: UUID | None = None,
    most: int | None = None,
    offices: Offices = EVERYWHERE,
) -> Iterator[dict[str, Any]]:
    """Yield the open items, oldest first; `closed` adds those that were repaired or discarded.

    For a page: at most so many, behind the one named `after`; `offices` are the regions of whoever asks. What names no
    office is its station's.
    """
    wanted = select(PARKED).order_by(PARKED.c.received, PARKED.c.id).limit(most)
    if not closed:
        wanted = wanted.where(PARKED.c.state == OPEN)
    if offices:
        wanted = wanted.where(_lies_in(offices))
    if reason is not None:
        wanted = wanted.where(PARKED.c.reason == reason)
    if after is not None:
        place = select(PARKED.c.received, PARKED.c.id).where(PARKED.c.id == after)
        wanted = wanted.where(tuple_(PARKED.c.received, PARKED.c.id) > place.scalar_subquery())
    for row in connection.execute(wanted.execution_options(yield_per=_AT_A_TIME)):
        yield _told(row)


def parked_about(connection: Connection, application: UUID) -> list[dict[str, Any]]:
    """Return what was parked about an application, whatever became of it, the oldest first."""
    asked = select(PARKED).where(PARKED.c.subject == str(application)).order_by(PARKED.c.received, PARKED.c.id)
    return [_told(row) for row in connection.execute(asked.limit(_AT_A_TIME))]


def parked_groups(connection: Connection) -> list[dict[str, Any]]:
    """Return how many are open for each reason, the largest group first."""
    count = func.count()
    rows = connection.execute(
        select(PARKED.c.reason, count, func.min(PARKED.c.received), func.max(PARKED.c.received))
        .where(PARKED.c.state == OPEN)
        .group_by(PARKED.c.reason)
        .order_by(count.desc(), PARKED.c.reason)
    )
    return [
        {"reason": reason, "open": number, "oldest": written(oldest), "newest": written(newest)}
        for reason, number, oldest, newest in rows
    ]


def open_count(connection: Connection, offices: Offices = EVERYWHERE) -> int:
    """Return how many are open, in the regions of whoever asks."""
    wanted = select(func.count()).select_from(PARKED).where(PARKED.c.state == OPEN)
    return connection.scalars(wanted.where(_lies_in(offices)) if offices else wanted).one()


def parked_item(connection: Connection, name: str) -> tuple[dict[str, Any], Sealed]:
    """Return what is known of one item, and its sealed body; raise Unknown."""
    try:
        found = connection.execute(select(PARKED).where(PARKED.c.id == UUID(name))).one_or_none()
    except ValueError:
        found = None
    if found is None:
        raise Unknown("parked item", name)
    sealed = Sealed(found.id, found.sender, found.door, found.event_id, found.state, bytes(found.sealed))
    return _told(found), sealed


def _lies_in(offices: Offices) -> ColumnElement[bool]:
    theirs = select(STATIONS.c.name).where(lies_in(STATIONS.c.office, offices))
    of_station = and_(func.coalesce(PARKED.c.office, "") == "", PARKED.c.sender.in_(theirs))
    return or_(lies_in(PARKED.c.office, offices), of_station)


def _told(row: Row[Any]) -> dict[str, Any]:
    return {
        "parked": str(row.id),
        "reason": row.reason,
        "detail": row.detail,
        "door": row.door,
        "received": written(row.received),
        "office": row.office,
        "station": row.sender or None,
        "event": row.event_id,
        "subject": row.subject,
        "type": row.type,
        "state": row.state,
        "replays": row.replays,
        "resolved": written(row.resolved),
        "by": row.resolved_by,
        "because": row.because,
    }
