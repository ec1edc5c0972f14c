"""What is parked: the list, the groups, and one item with its body still sealed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, text, tuple_

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices, lies_in
from ektp.storage.tables import PARKED, STATIONS

_AT_A_TIME: Final = 500
OPEN: Final = "open"
#: What a filter names for "could not be read".
UNREAD: Final = "-"
#: Without the body: it may be long.
_SHOWN: Final = [column for column in PARKED.c if column.name not in {"sealed", "digest"}]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parked message as it lies in the store; the vault opens `sealed` with the bytes of `id`."""

    id: UUID
    sender: str
    door: str
    event_id: str | None
    state: str
    reason: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class WantedParked:
    """Which parked messages are wanted; `state` None is any, an office stands for those below it.

    UNREAD as a type or an office is what could not be read.
    """

    state: str | None = OPEN
    reason: str | None = None
    station: str | None = None
    office: str | None = None
    type: str | None = None
    group: str | None = None
    new: bool = False  #: Only what came since the last release was first started.

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what each row has to be."""
        p = PARKED.c
        same = ((p.state, self.state), (p.reason, self.reason), (p.sender, self.station), (p.fingerprint, self.group))
        yield from (column == value for column, value in same if value is not None)
        if self.new:
            yield p.received >= select(text("max(started)")).select_from(text("releases")).scalar_subquery()
        if self.type is not None:
            yield p.type.is_(None) if self.type == UNREAD else p.type == self.type
        if self.office is not None:
            yield p.office.is_(None) if self.office == UNREAD else lies_in(p.office, (self.office,))


ALL_OPEN: Final = WantedParked()


def parked_items(
    connection: Connection,
    wanted: WantedParked = ALL_OPEN,
    *,
    after: UUID | None = None,
    most: int | None = None,
    offices: Offices = EVERYWHERE,
) -> Iterator[dict[str, Any]]:
    """Yield items, the oldest first.

    For a page: at most so many, behind the one named `after`; `offices` are the regions of whoever asks. What names no
    office is its station's.
    """
    found = select(*_SHOWN).where(*wanted.conditions()).order_by(PARKED.c.received, PARKED.c.id).limit(most)
    if offices:
        found = found.where(_lies_in(offices))
    if after is not None:
        place = select(PARKED.c.received, PARKED.c.id).where(PARKED.c.id == after)
        found = found.where(tuple_(PARKED.c.received, PARKED.c.id) > place.scalar_subquery())
    for row in connection.execute(found.execution_options(yield_per=_AT_A_TIME)):
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


def parked_item(connection: Connection, name: str, offices: Offices = EVERYWHERE) -> tuple[dict[str, Any], Sealed]:
    """Return what is known of one item, and its sealed body; raise Unknown, also for one outside of the offices."""
    try:
        wanted = select(PARKED).where(PARKED.c.id == UUID(name))
    except ValueError:
        raise Unknown("parked item", name) from None
    found = connection.execute(wanted.where(_lies_in(offices)) if offices else wanted).one_or_none()
    if found is None:
        raise Unknown("parked item", name)
    sealed = Sealed(found.id, found.sender, found.door, found.event_id, found.state, found.reason, bytes(found.sealed))
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
        "group": row.fingerprint,
        "replays": row.replays,
        "resolved": written(row.resolved),
        "by": row.resolved_by,
        "because": row.because,
    }
