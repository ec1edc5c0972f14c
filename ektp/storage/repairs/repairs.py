"""The rows of repairs: made, approved, set going, paused, stopped; and the items that still wait."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.copy_text import copy_rows
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from workflows.repairs import RepairState, Round

_MADE: Final = """
insert into repairs (id, made_by, because, selection, correction, sealed, second_person, threshold, rate, foreseen)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_COPY_ITEMS: Final = "copy repair_items (repair, number, parked, foreseen) from stdin"
_LOCKED: Final = """
select state, made_by, second_person, run, round, ramp, halted, ended is not null as ended,
    exists (select from repair_items where repair = repairs.id and state = 'waiting') as waiting,
    coalesce((select state in ('waiting', 'running') from steps where key = 'repair:' || repairs.id || ':' || run),
             false) as stepping
from repairs where id = %s for update
"""
_CHANGED: Final = "update repairs set state = %s, changed = ektp_now(), changed_by = %s where id = %s"
_APPROVED: Final = "update repairs set approved = ektp_now(), approved_by = %s where id = %s"
# After a stop for too many failures the ramp begins again, in a round of its own.
_SET_GOING: Final = """
update repairs set run = run + 1, halted = null,
    ramp = case when halted is null then ramp else 0 end,
    round = case when halted is null then round else round + 1 end
where id = %s returning run
"""
_STEP: Final = """
insert into steps (kind, key, data, due, created)
values ('repair', %s, %s, now(), now()) on conflict (key) do nothing
"""
_ENDED: Final = "update repairs set ended = ektp_now() where id = %s"
_SKIP_ALL: Final = """
update repair_items set state = 'skipped', why = %s, at = ektp_now() where repair = %s and state = 'waiting'
"""
_RUNNING: Final = """
select id, run, round, ramp, threshold, rate, coalesce(approved_by, made_by), because, correction, sealed
from repairs where id = %s and run = %s and state = 'running'
"""
_ROUND: Final = """
select count(*) filter (where state <> 'skipped'), count(*) filter (where state like 'failed%%')
from repair_items where repair = %s and round = %s
"""
_NEXT: Final = """
select parked.id, parked.sender, parked.door, parked.event_id, parked.state, parked.sealed
from repair_items join parked on parked.id = repair_items.parked
where repair_items.repair = %s and repair_items.state = 'waiting' order by repair_items.number limit %s
"""
_SKIP: Final = """
update repair_items set state = 'skipped', why = %s, round = %s, at = ektp_now()
where repair = %s and parked = %s and state = 'waiting'
"""
_FURTHER: Final = """
update repairs set round = round + 1, ramp = ramp + 1 where id = %s and run = %s and round = %s and state = 'running'
"""
_HALT: Final = """
update repairs set state = 'stopped', halted = %s, changed = ektp_now() where id = %s and run = %s and state = 'running'
"""
_DONE: Final = """
update repairs set state = 'done', changed = ektp_now(), ended = ektp_now()
where id = %s and run = %s and state = 'running'
and not exists (select from repair_items where repair = repairs.id and state = 'waiting')
"""


class NewRepair(NamedTuple):
    """A repair before it is written; `sealed` is the correction, `second_person` why one person is not enough.

    `foreseen` is what is foreseen of its items, put together.
    """

    id: UUID
    by: str
    because: str
    selection: dict[str, Any]
    correction: str | None
    sealed: bytes | None
    second_person: Sequence[str]
    threshold: float
    rate: int
    foreseen: list[dict[str, Any]]


class Standing(NamedTuple):
    """A repair's row, locked; `stepping` tells whether a step of it will still be run."""

    state: RepairState
    made_by: str
    second_person: list[str]
    run: int
    round: int
    ramp: int
    halted: str | None
    ended: bool
    waiting: bool
    stepping: bool


class Running(NamedTuple):
    """A repair while it runs; `by` is who answers for it."""

    id: UUID
    run: int
    round: int
    ramp: int
    threshold: float
    rate: int
    by: str
    because: str
    correction: str | None
    sealed: bytes | None


class Waiting(NamedTuple):
    """An item that waits, and the message as it lies in the parking lot."""

    id: UUID
    sender: str
    door: str
    event_id: str | None
    state: str
    sealed: bytes


def add_repair(engine: Engine, chain: Chain, new: NewRepair, items: Sequence[tuple[UUID, str]]) -> None:
    """Write a repair with its items, each with what is foreseen as JSON; noted in the chain. Raises StoreAway."""
    with transaction(engine) as connection:
        values = [new.id, new.by, new.because, json.dumps(new.selection), new.correction, new.sealed]
        rest = [list(new.second_person), new.threshold, new.rate, json.dumps(new.foreseen)]
        connection.execute(_MADE, [*values, *rest])
        rows = ((new.id, number, parked, told) for number, (parked, told) in enumerate(items, 1))
        copy_rows(connection, _COPY_ITEMS, rows, items)
        counted: dict[str, str | int | None] = {
            "items": len(items),
            "correction": new.correction,
            "because": new.because,
        }
        chain.append(connection, Act(new.by, "repair-planned", str(new.id), counted))


def locked(connection: psycopg.Connection, repair: UUID) -> Standing | None:
    """Return how it stands, and keep everybody else from changing it until the transaction ends."""
    row = connection.execute(_LOCKED, [repair]).fetchone()
    return Standing(RepairState(row[0]), *row[1:]) if row else None


def approve(connection: psycopg.Connection, repair: UUID, by: str) -> None:
    """Write down who approved it."""
    connection.execute(_APPROVED, [by, repair])
    change(connection, repair, RepairState.APPROVED, by)


def change(connection: psycopg.Connection, repair: UUID, state: RepairState, by: str) -> None:
    """Write down its new state, and whose doing it is."""
    connection.execute(_CHANGED, [state.value, by, repair])


def set_going(connection: psycopg.Connection, repair: UUID, by: str) -> None:
    """Begin a run of it: a step that some worker takes up."""
    change(connection, repair, RepairState.RUNNING, by)
    row = connection.execute(_SET_GOING, [repair]).fetchone()
    assert row is not None
    run: int = row[0]
    connection.execute(_STEP, [f"repair:{repair}:{run}", json.dumps({"repair": str(repair), "run": run})])


def give_up_items(connection: psycopg.Connection, repair: UUID, why: str) -> int:
    """Skip everything that still waits, and end it; return how many items."""
    connection.execute(_ENDED, [repair])
    return connection.execute(_SKIP_ALL, [why, repair]).rowcount


class RepairRows:
    """What a run reads and writes between two batches. Raises StoreAway."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def running(self, repair: UUID, run: int) -> Running | None:
        """Return it, None where this run of it is over."""
        with transaction(self._engine) as connection:
            row = connection.execute(_RUNNING, [repair, run]).fetchone()
        return Running(*row) if row else None

    def round(self, running: Running) -> Round:
        """Count how its round goes."""
        with transaction(self._engine) as connection:
            row = connection.execute(_ROUND, [running.id, running.round]).fetchone()
        assert row is not None
        return Round(running.ramp, *row)

    def next(self, running: Running, most: int) -> list[Waiting]:
        """Return the items that come next."""
        with transaction(self._engine) as connection:
            return [Waiting(*row) for row in connection.execute(_NEXT, [running.id, most])]

    def skip(self, running: Running, items: Sequence[tuple[UUID, str]]) -> None:
        """Write down of each item why it is left alone."""
        with transaction(self._engine) as connection, connection.cursor() as cursor:
            cursor.executemany(_SKIP, [(why, running.round, running.id, parked) for parked, why in items])

    def go_further(self, running: Running) -> None:
        """Begin the next round."""
        with transaction(self._engine) as connection:
            connection.execute(_FURTHER, [running.id, running.run, running.round])

    def halt(self, running: Running, why: str) -> bool:
        """Stop it by itself; a person may let it go on. Return whether it ran."""
        with transaction(self._engine) as connection:
            return connection.execute(_HALT, [why, running.id, running.run]).rowcount == 1

    def end(self, running: Running) -> bool:
        """End it when nothing waits any more; return whether it has ended so."""
        with transaction(self._engine) as connection:
            return connection.execute(_DONE, [running.id, running.run]).rowcount == 1
