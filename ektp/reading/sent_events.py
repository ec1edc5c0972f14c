"""What became of an event, told to the station that sent it and to nobody else; and what it is asked to send again."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.storage.tables import HELD, HISTORY, PARKED
from schemas.reasons import REASONS, Reason

_WANTED: Final = text("select id, since, asked from events_wanted where station = :station")


def events_wanted(connection: Connection, station: str) -> dict[str, Any] | None:
    """Return from when on everything of this station is wanted again (id, since, asked), None where nothing is."""
    row = connection.execute(_WANTED, {"station": station}).one_or_none()
    return None if row is None else {"id": str(row.id), "since": written(row.since), "asked": written(row.asked)}


def sent_event(connection: Connection, station: str, name: str) -> dict[str, Any]:
    """Return the outcome of a station's event by its id, and of each try of it that was parked; raise Unknown."""
    try:
        event = UUID(name)
    except ValueError:
        raise Unknown("event", "") from None
    taken_in = _taken_in(connection, station, event)
    tries = _parked(connection, station, event)
    if taken_in is None and not tries:
        raise Unknown("event", "")
    last = {"outcome": "parked", "reason": tries[-1]["reason"], "received": tries[-1]["received"]} if tries else {}
    return {"id": str(event), **(taken_in or last), "parked": tries}


def _taken_in(connection: Connection, station: str, event: UUID) -> dict[str, Any] | None:
    for table, columns in ((HISTORY, (HISTORY.c.outcome,)), (HELD, (HELD.c.waits_for,))):
        wanted = select(table.c.received, *columns).where(table.c.id == event, table.c.station == station)
        if (row := connection.execute(wanted).one_or_none()) is not None:
            received, said = row
            outcome, reason = (said, None) if table is HISTORY else ("held", said)
            return {"outcome": outcome, "reason": reason, "received": written(received)}
    return None


def _parked(connection: Connection, station: str, event: UUID) -> list[dict[str, Any]]:
    wanted = (
        select(PARKED)
        .where(PARKED.c.event_id == str(event), PARKED.c.sender == station)
        .order_by(PARKED.c.received, PARKED.c.id)
    )
    return [
        {
            "parked": str(row.id),
            "reason": row.reason,
            "detail": row.detail,
            "remedy": REASONS[Reason(row.reason)].remedy,
            "received": written(row.received),
            "state": row.state,
        }
        for row in connection.execute(wanted)
    ]
