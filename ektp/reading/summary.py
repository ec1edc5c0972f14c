"""How many applications are in which state, what became of the events, and what waits to leave."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select, text

from consumers.outcome import OutcomeKind
from ektp.reading.moments import written
from ektp.reading.moves import moves
from ektp.reading.open_ends import held_by_state
from ektp.reading.parking import open_count
from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from workflows.card_issuance import State
from workflows.permissions import within

if TYPE_CHECKING:
    from ektp.reading.campaigns import Campaigns

STATES: Final = tuple(state.value for state in State if state is not State.NEW)
#: The office of a letter's routing key, `<name>.<office>`.
LETTERS_OFFICE: Final = "substr(routing_key, strpos(routing_key, '.') + 1)"
_COUNTS: Final = text(f"""
select kind, key, sum(delta)::bigint from tallies
where kind in ('state', 'overdue', 'event', 'promise') and {LIES_IN} group by kind, key
""")  # noqa: S608 - constants of ours
_PENDING: Final = text(f"""
select count(*) from (select {LETTERS_OFFICE} as office from outbox where sent is null) as letters where {LIES_IN}
""")  # noqa: S608


def summary(
    connection: Connection, campaigns: "Campaigns | None" = None, offices: Offices = EVERYWHERE
) -> dict[str, Any]:
    """Return `summary` of the contract, as of the snapshot of *connection*, with the campaigns that have begun.

    `offices` are the regions of whoever asks. Of events only what waits for somebody is known by office: for those who
    are there for some the other outcomes are None.
    """
    return summed(connection, counted(connection, offices), campaigns, offices)


def counted(connection: Connection, offices: Offices = EVERYWHERE) -> dict[tuple[str, str], int]:
    """Return the counts of applications by state, of the overdue, of events and of promises, by kind and key."""
    return {(kind, key): int(total) for kind, key, total in connection.execute(_COUNTS, named(offices))}


def summed(
    connection: Connection, counts: dict[tuple[str, str], int], campaigns: "Campaigns | None", offices: Offices
) -> dict[str, Any]:
    """Return the summary of these counts."""
    states = {state: counts.get(("state", state), 0) for state in STATES}
    begun = campaigns.told(connection) if campaigns else []
    begun = [one for one in begun if within(offices, one["office"])]
    return {
        "applications": sum(states.values()),
        "states": states,
        "waiting": {party.value: count for party, count in moves(connection, states, offices).items()},
        "overdue": sum(total for (kind, _), total in counts.items() if kind == "overdue"),
        "events": _events(connection, counts, offices),
        "outbox": {"pending": connection.scalar(_PENDING, named(offices)) or 0},
        "at": written(connection.scalars(select(func.ektp_now())).one()),
        **({"campaigns": begun} if begun else {}),
    }


def overdue_by_state(counts: dict[tuple[str, str], int]) -> dict[str, int]:
    """Return of how many applications in each state a deadline has passed, or the promise, while they are there."""
    return {state: counts.get(("overdue", state), 0) for state in STATES}


def _events(connection: Connection, counts: dict[tuple[str, str], int], offices: Offices) -> dict[str, int | None]:
    if not offices:
        return {kind.value: counts.get(("event", kind.value), 0) for kind in OutcomeKind}
    waiting = {
        OutcomeKind.HELD: sum(held_by_state(connection, offices).values()),
        OutcomeKind.PARKED: open_count(connection, offices),
    }
    return {kind.value: waiting.get(kind) for kind in OutcomeKind}
