"""Which parked items a repair is about: named one by one, a group with one cause, or all that a filter finds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, select

from ektp.reading.errors import Unknown
from ektp.reading.parking import OPEN
from ektp.reading.snapshot import snapshot
from ektp.repairing.errors import NothingSelected
from ektp.storage.tables import PARKED
from workflows.repairs import MOST

_AT_A_TIME: Final = 5000
_READ: Final = [
    PARKED.c[name] for name in ("id", "sender", "door", "event_id", "subject", "reason", "detail", "sealed")
]


@dataclass(frozen=True, slots=True)
class Selection:
    """Named items, a fingerprint, or a filter; what is open of it when the repair is planned, the oldest first."""

    ids: tuple[UUID, ...] = ()
    group: str | None = None
    reason: str | None = None
    station: str | None = None
    office: str | None = None
    type: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is selected by it."""
        return self == Selection()

    def told(self) -> dict[str, Any]:
        """Return it as it is written down."""
        said = {**asdict(self), "ids": [str(one) for one in self.ids]}
        return {name: value for name, value in said.items() if value}


class Chosen(NamedTuple):
    """An item that was selected, with its body still sealed."""

    id: UUID
    sender: str
    door: str
    event_id: str | None
    subject: str | None
    reason: str
    detail: str
    sealed: bytes


def choose(engine: Engine, selection: Selection) -> Sequence[Chosen]:
    """Return the open items of a selection. Raises Unknown for a named one that is not there, and NothingSelected."""
    found = []
    with snapshot(engine) as connection:
        rows = connection.execute(_wanted(selection).execution_options(yield_per=_AT_A_TIME))
        for row in rows:
            found.append(Chosen._make(row))
            if len(found) > MOST:
                raise NothingSelected(f"more than {MOST:,} items are selected, select fewer")
        _check_named(connection, selection.ids)
    if not found:
        raise NothingSelected("nothing that is open is selected")
    return found


def _wanted(selection: Selection) -> Select[Any]:
    wanted = select(*_READ).where(PARKED.c.state == OPEN).order_by(PARKED.c.received, PARKED.c.id)
    if selection.ids:
        wanted = wanted.where(PARKED.c.id.in_(selection.ids))
    for column, value in (
        (PARKED.c.fingerprint, selection.group),
        (PARKED.c.reason, selection.reason),
        (PARKED.c.sender, selection.station),
        (PARKED.c.office, selection.office),
        (PARKED.c.type, selection.type),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def _check_named(connection: Connection, ids: Sequence[UUID]) -> None:
    """Raise Unknown for one that is not there, and NothingSelected for one that is closed."""
    rows = connection.execute(select(PARKED.c.id, PARKED.c.state).where(PARKED.c.id.in_(ids)))
    states = {row.id: row.state for row in rows}
    for one in ids:
        if one not in states:
            raise Unknown("parked item", str(one))
        if states[one] != OPEN:
            raise NothingSelected(f"parked item {one} is already {states[one]}")
