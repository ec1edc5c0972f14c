"""Everything known of one application, without its person."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, func, select

from ektp.reading.clocks import Clocks
from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices, require_inside
from ektp.reading.suket import suket_in_force
from ektp.reading.timeline import event_told, events
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from ektp.storage.tables import APPLICATIONS, HELD
from schemas.reasons import WAITS, WaitReason
from schemas.upcasting import name_today
from workflows.application import because
from workflows.card_issuance import State, whose_move
from workflows.owners import owner
from workflows.standing import Standing, Turn
from workflows.timekeeping import Timekeeping


def show(connection: Connection, name: str, keeping: Timekeeping, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return `show` of the contract for a UUID or resi, in the offices of whoever asks; raise Unknown."""
    row = connection.execute(select(APPLICATIONS).where(named(name))).one_or_none()
    if row is None:
        raise Unknown("application", name, "" if offices else _only_held(connection, name))
    require_inside(offices, row.office, "application", name)
    standing = read_standing(row.standing)
    turn = _turn_shown(standing)
    reviewed = row.state == State.UNDER_REVIEW
    return {
        "application": str(row.id),
        "state": row.state,
        "cause": row.situation,
        "whose_move": whose_move(standing).value,
        "because": because(standing),
        "owner": owner(row.office, read_timers(row.timers).escalated, keeping.policy(row.office)) if reviewed else None,
        "since": written(row.since),
        "attempt": row.attempt,
        "office": row.office,
        "resi": row.resi,
        "recorded": written(row.recorded),
        "blanko": turn.blanko if turn else None,
        "version": row.version,
        "suket": _suket(connection, row.id),
        **Clocks(connection, keeping).told(row),
        "history": _history(connection, row.id),
        "held": _held(connection, row.id),
    }


def require_application(connection: Connection, name: str, offices: Offices) -> Row[Any]:
    """Return the application's row; raise Unknown unless it lies in the offices of whoever asks."""
    row = connection.execute(select(APPLICATIONS).where(named(name))).one_or_none()
    if row is None:
        raise Unknown("application", name)
    require_inside(offices, row.office, "application", name)
    return row


def named(name: str) -> ColumnElement[bool]:
    """Return the condition that finds an application by its UUID or the code of its resi."""
    try:
        return APPLICATIONS.c.id == UUID(name)
    except ValueError:
        return APPLICATIONS.c.resi == name.strip().upper()


def _suket(connection: Connection, application: UUID) -> dict[str, Any] | None:
    found = suket_in_force(connection, application)
    return {"number": found.number, "until": written(found.valid_until)} if found else None


def _turn_shown(standing: Standing) -> Turn | None:
    """Return the turn whose blanko the resident has, or waits for."""
    collected = next((turn for turn in standing.turns if turn.collected), None)
    current = standing.turn
    return collected or (current if current and (current.is_card or current.in_print) else None)


def _history(connection: Connection, application: UUID) -> list[dict[str, Any]]:
    return [{**event_told(row), **_because(row)} for row in events(connection, application)]


def _because(row: Row[Any]) -> dict[str, str]:
    """Return why it was this application's turn, where the pipeline itself gave out the blanko."""
    if name_today(row.type) != "blanko-allocated" or "because" not in row.data:
        return {}
    return {"because": row.data["because"]}


def _held(connection: Connection, application: UUID) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(HELD).where(HELD.c.application == application).order_by(HELD.c.received, HELD.c.id)
    )
    return [_held_row(row) for row in rows]


def _held_row(row: Row[Any]) -> dict[str, Any]:
    explanation = WAITS[WaitReason(row.waits_for)]
    return {
        "id": str(row.id),
        "type": row.type,
        "waits_for": row.waits_for,
        "time": written(row.time),
        "since": written(row.received),
        "until": written(row.due_at),
        "by": row.station,
        "meaning": explanation.meaning,
        "remedy": explanation.remedy,
    }


def _only_held(connection: Connection, name: str) -> str:
    """Say so when events of an application came whose recording has not."""
    try:
        application = UUID(name)
    except ValueError:
        return ""
    rows = connection.execute(
        select(HELD.c.waits_for, func.count()).where(HELD.c.application == application).group_by(HELD.c.waits_for)
    ).all()
    return ", ".join(f"{count} of its events {'is' if count == 1 else 'are'} held ({waits})" for waits, count in rows)
