"""How many applications are in which state, what became of the events, and what waits to leave."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select

from consumers.outcome import OutcomeKind
from ektp.reading.moments import written
from ektp.reading.moves import moves
from ektp.storage.tables import OUTBOX, TALLIES
from workflows.card_issuance import State

if TYPE_CHECKING:
    from ektp.reading.campaigns import Campaigns

STATES: Final = tuple(state.value for state in State if state is not State.NEW)


def summary(connection: Connection, campaigns: "Campaigns | None" = None) -> dict[str, Any]:
    """Return `summary` of the contract, as of the snapshot of *connection*, with the campaigns that have begun."""
    counts = _counts(connection)
    states = {state: counts.get(("state", state), 0) for state in STATES}
    pending = connection.scalar(select(func.count()).select_from(OUTBOX).where(OUTBOX.c.sent.is_(None)))
    begun = campaigns.told(connection) if campaigns else []
    return {
        "applications": sum(states.values()),
        "states": states,
        "waiting": {party.value: count for party, count in moves(connection, states).items()},
        "overdue": sum(total for (kind, _), total in counts.items() if kind == "overdue"),
        "events": {kind.value: counts.get(("event", kind.value), 0) for kind in OutcomeKind},
        "outbox": {"pending": pending or 0},
        "at": written(connection.scalars(select(func.ektp_now())).one()),
        **({"campaigns": begun} if begun else {}),
    }


def overdue_by_state(connection: Connection) -> dict[str, int]:
    """Return of how many applications in each state a deadline has passed, or the promise, while they are there."""
    counts = _counts(connection)
    return {state: counts.get(("overdue", state), 0) for state in STATES}


def _counts(connection: Connection) -> dict[tuple[str, str], int]:
    columns = (TALLIES.c.kind, TALLIES.c.key)
    rows = connection.execute(select(*columns, func.sum(TALLIES.c.delta)).group_by(*columns))
    return {(kind, key): int(total) for kind, key, total in rows}
