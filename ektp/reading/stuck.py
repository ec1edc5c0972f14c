"""What is stuck: every application and event whose time is over, why, whose move it is, and what happens next."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.clocks import told_due
from ektp.reading.moments import written
from ektp.reading.open_ends import NOT_CALLED_BACK, RECORDED_TOO_EARLY, Missing, held_cause, not_called_back
from ektp.reading.overdue import OVERDUE, working_age
from ektp.storage.journal.books import OUTAGES
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from schemas.reasons import WaitReason
from schemas.upcasting import types_of
from workflows.card_issuance import Party, State, whose_move
from workflows.clock import Keeper
from workflows.deadlines import HELD, PROMISE, Policy, Situation, deadline_at, situation_of
from workflows.owners import owner
from workflows.timekeeping import Timekeeping
from workflows.timers import Due, Outage, Timers, View
from workflows.working_time import working_days

# What is due this very moment and not yet swept is stuck as well.
_APPLICATIONS: Final = text(f"""
select id, state, standing, recorded, timers from applications
where id in (select id from applications where {OVERDUE}
             union select id from applications where due_at <= ektp_now())
and (cast(:office as text) is null or office = :office or office like :office || '.%')
""")  # noqa: S608 - a constant of ours
_HELD: Final = text("""
select held.id, held.application, held.type, held.waits_for, held.received, held.due_at,
    coalesce(known.office, held.data->>'office', '') as office, known.attempt
from held left join applications known on known.id = held.application
where held.due_at is null or held.due_at <= ektp_now()
or (held.type = any(:recorded) and held.waits_for = 'waits-for-deletion')
""")
_NOW: Final = text("select ektp_now()")
CAUSES: Final = (
    *(one.value for one in Situation), *(one.value for one in WaitReason), RECORDED_TOO_EARLY, *NOT_CALLED_BACK
)  # fmt: skip
#: Whose move it is while an event waits for something.
HELD_MOVES: Final = {
    WaitReason.WAITS_FOR_RECORDING: Party.STATION,
    WaitReason.WAITS_FOR_DELETION: Party.CENTRE,
    WaitReason.WAITS_FOR_VERIFICATION: Party.CENTRE,
    WaitReason.WAITS_FOR_ALLOCATION: Party.WAREHOUSE,
    WaitReason.WAITS_FOR_PREVIOUS_TURN: Party.PRINTER,
    WaitReason.WAITS_FOR_PRINT: Party.PRINTER,
    WaitReason.NIK_HAS_OPEN_APPLICATION: Party.OFFICE,
}


def stuck(
    connection: Connection, keeping: Timekeeping, *, office: str | None = None, cause: str | None = None
) -> list[dict[str, Any]]:
    """Return what is overdue, the longest in its situation first; an office stands for its kecamatan too.

    `age` are working days in the situation (of a held event: since it came), `waited` those since the recording,
    `passed` the deadlines that have passed in it. `next` is what the system does by itself; None: nothing more.
    """
    now: datetime = connection.scalars(_NOW).one()
    keeper = Keeper(keeping, [Outage(*row) for row in connection.execute(text(OUTAGES))])
    rows = [_application(row, keeping, keeper, now) for row in connection.execute(_APPLICATIONS, {"office": office})]
    held = connection.execute(_HELD, {"recorded": types_of("recorded")})
    rows += [_held(row, keeping, now) for row in held if _is_of(row.office, office)]
    rows += [_missing(one, keeping, now) for one in not_called_back(connection) if _is_of(one.office, office)]
    found = [row for row in rows if cause is None or row["cause"] == cause]
    return sorted(found, key=lambda row: (-row["age"], row["application"], row["held"] or ""))


def grouped(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows counted by cause, office, whose move it is and who answers; the largest group first."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["cause"], row["office"], row["whose_move"], row["owner"] or "")
        group = groups.setdefault(
            key, {name: row[name] for name in ("cause", "office", "whose_move", "owner")} | {"count": 0, "next": None}
        )
        group["count"] += 1
        group["oldest"] = max(group.get("oldest", 0.0), row["age"])
        group["next"] = min(filter(None, (group["next"], row["next"])), key=lambda one: one["at"], default=None)
    return sorted(groups.values(), key=lambda one: (-one["count"], one["cause"], one["office"]))


def _application(row: Row[Any], keeping: Timekeeping, keeper: Keeper, now: datetime) -> dict[str, Any]:
    view = View(read_standing(row.standing), State(row.state), row.recorded)
    timers, office = read_timers(row.timers), view.standing.office
    situation = situation_of(view.standing, view.state, by_hand=timers.by_hand)
    policy, due = keeping.policy(office), keeper.due(timers, view, now)
    return {
        "application": str(row.id),
        "held": None,
        "cause": situation.value if situation else row.state,
        "office": office,
        "state": row.state,
        "attempt": view.standing.attempt,
        "passed": _passed(situation, timers, view.state, policy),
        "since": written(timers.since),
        "age": working_age(keeping, office, timers.since, now),
        "waited": working_days(keeper.waited(timers, view, now).gross),
        "whose_move": whose_move(view.standing, view.state).value,
        "owner": owner(office, timers.escalated, policy) if view.state is State.UNDER_REVIEW else None,
        "next": told_due(due),
    }


def _passed(situation: Situation | None, timers: Timers, state: State, policy: Policy) -> list[str]:
    names = [PROMISE] if timers.missed and state is not State.PRINTED else []
    if situation:
        passed = (deadline_at(situation, number, policy) for number in range(timers.passed))
        names += dict.fromkeys(one.name for one in passed if one)
    return names


def _held(row: Row[Any], keeping: Timekeeping, now: datetime) -> dict[str, Any]:
    move = HELD_MOVES[WaitReason(row.waits_for)]
    return {
        "application": str(row.application),
        "held": str(row.id),
        "cause": held_cause(row.type, row.waits_for),
        "office": row.office,
        "state": None,
        "attempt": row.attempt,
        "passed": [] if row.due_at else [HELD.name],
        "since": written(row.received),
        "age": working_age(keeping, row.office, row.received, now),
        "waited": None,
        "whose_move": move.value,
        "owner": owner(row.office, 0, keeping.policy(row.office)) if move is Party.OFFICE else None,
        "next": told_due(Due(HELD.name, row.due_at, HELD.then)) if row.due_at else None,
    }


def _missing(missing: Missing, keeping: Timekeeping, now: datetime) -> dict[str, Any]:
    """Return a blanko or card that was called back in vain: nothing more happens by itself, a person has to go there.

    Its application may be over long since.
    """
    return {
        "application": str(missing.application),
        "held": None,
        "cause": missing.cause,
        "office": missing.office,
        "state": missing.state.value,
        "attempt": missing.attempt,
        "passed": [missing.cause],
        "since": written(missing.since),
        "age": working_age(keeping, missing.office, missing.since, now),
        "waited": None,
        "whose_move": Party.OFFICE.value,
        "owner": owner(missing.office, 0, keeping.policy(missing.office)),
        "next": None,
    }


def _is_of(office: str, wanted: str | None) -> bool:
    return wanted is None or office == wanted or office.startswith(f"{wanted}.")
