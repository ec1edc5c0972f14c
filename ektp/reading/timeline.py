"""The life of one application as a line of time: every event, and between them who had the move for how long."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, select

from ektp.reading.moments import written
from ektp.storage.tables import APPLICATIONS, HISTORY
from schemas.events import SYSTEM_EVENTS
from schemas.nik import mask_niks
from schemas.submission import Door
from schemas.upcasting import name_of
from workflows.application import Fate, receive
from workflows.card_issuance import END_STATES, Party, State, state_of, whose_move
from workflows.coming_of_age import parted
from workflows.deadlines import cause_at
from workflows.errors import NotInLifecycle
from workflows.facts import Kind
from workflows.standing import Standing
from workflows.stored import stored
from workflows.timekeeping import Timekeeping
from workflows.working_time import working_days

#: The fields of an event that say why, in the order in which they are told.
_WHY: Final = ("status", "remedy", "deadline", "then", "cause", "ask", "reason", "because", "detail", "until", "blanko")


class Wait(NamedTuple):
    """Working time between two events: whose move it was, why, and from when until when."""

    party: Party
    cause: str
    elapsed: int  #: In millionths of a working day of the office.
    since: datetime
    until: datetime

    def told(self) -> dict[str, Any]:
        """Return it as JSON values, in working days."""
        return {
            "party": self.party.value,
            "cause": self.cause,
            "days": working_days(self.elapsed),
            "since": written(self.since),
            "until": written(self.until),
        }


def events(connection: Connection, application: object) -> Sequence[Row[Any]]:
    """Return the history of an application, the first event first."""
    asked = select(HISTORY).where(HISTORY.c.application == application).order_by(HISTORY.c.version)
    return connection.execute(asked).all()


def timeline(connection: Connection, application: object, keeping: Timekeeping) -> list[dict[str, Any]]:
    """Return the events of an application that is there, each with the `waits` before it; the last is the wait so far.

    The waits of each party sum up to what `waited` of `show` says, unless a calendar was changed on the way.
    """
    recorded, now = connection.execute(
        select(APPLICATIONS.c.recorded, func.ektp_now()).where(APPLICATIONS.c.id == application)
    ).one()
    found, standing, since = list[dict[str, Any]](), Standing(), recorded
    for row in events(connection, application):
        after = retold(standing, row)
        waits = list(_waits(keeping, standing, after.office, since, row.received))
        found.append({"waits": [wait.told() for wait in waits], "event": _told(row)})
        standing, since = after, row.received
    last = list(_waits(keeping, standing, standing.office, since, now))
    return [*found, {"waits": [wait.told() for wait in last], "event": None}]


def retold(standing: Standing, row: Row[Any]) -> Standing:
    """Return the standing after an event of the history; what the rules of today cannot take in changes nothing."""
    try:
        event = stored(row.id, row.type, row.data, row.station)
        return standing if was_overtaken(standing, event.name, row) else receive(standing, event.fact).standing
    except (NotInLifecycle, LookupError, TypeError):
        return standing


def was_overtaken(standing: Standing, name: str, row: Row[Any]) -> bool:
    """Tell whether an event was decided on what was no more so, which the journal judged by the clock then."""
    proposed = name in SYSTEM_EVENTS or (name == Kind.ALLOCATED and row.door == Door.SYSTEM)
    return bool(proposed and row.outcome == Fate.SUPERSEDED and row.before == row.after == state_of(standing))


def _waits(keeping: Timekeeping, standing: Standing, office: str, since: datetime, until: datetime) -> Iterator[Wait]:
    """Yield who had the move, as the clocks of `workflows/clock.py` count it."""
    state = state_of(standing)
    calendar = keeping.calendar(standing.office or office)
    elapsed = calendar.mark(until) - calendar.mark(since)
    if state in END_STATES or elapsed <= 0:
        return
    party, cause = whose_move(standing, state), cause_at(standing, state)
    parts = parted(calendar, since, elapsed, standing.of_age) if party is Party.WAREHOUSE else ((party, elapsed),)
    for whose, gone in parts:
        yield Wait(whose, cause, gone, since, until)


def event_told(row: Row[Any]) -> dict[str, Any]:
    """Return what is told of one event of the history, without its data."""
    return {
        "id": str(row.id),
        "type": row.type,
        "outcome": row.outcome,
        "time": written(row.time),
        "received": written(row.received),
        "from": None if row.before == State.NEW else row.before,
        "to": row.after,
        "by": row.station,
    }


def _told(row: Row[Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(mask_niks(json.dumps(row.data)))
    return {
        **event_told(row),
        "name": name_of(row.type),
        "door": row.door,
        "source": row.source,
        "why": [f"{name}: {data[name]}" for name in _WHY if data.get(name) is not None],
        "data": data,
    }
