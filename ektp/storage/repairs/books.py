"""The journal's books for a repair: what becomes of an item is written in the transaction that makes it so.

So there is no moment between an effect and its count: whatever a crash leaves behind, both are there or neither.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from consumers.books import Changes
from consumers.errors import JournalUnavailable
from consumers.outcome import OutcomeKind
from consumers.ports import Vault
from ektp.storage.copy_text import array, uuid_text
from ektp.storage.engine import transaction
from ektp.storage.journal.books import PostgresBooks, PostgresPage
from ektp.storage.repairs.repairs import Running
from workflows.repairs import became

# Whoever pauses or stops it waits for this transaction, and the next one finds that it is over.
_STILL_RUNS: Final = "select from repairs where id = %s and state = 'running' and run = %s for share"
_ITEMS: Final = """
select parked.id, parked.reason, parked.detail from parked
join repair_items on repair_items.parked = parked.id
where repair_items.repair = %s and repair_items.state = 'waiting' and parked.state = 'open'
and parked.id = any(%s::uuid[]) order by parked.id for update
"""
_SETTLE: Final = """
update repair_items set state = new.state, outcome = new.outcome, reason = new.reason, why = new.why, round = %s,
    at = ektp_now()
from (select %s::uuid as repair) as this,
    unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) as new (parked, state, outcome, reason, why)
where repair_items.repair = this.repair and repair_items.parked = new.parked
"""
_CREDIT: Final = "update parked set resolved_by = %s, because = %s where id = any(%s::uuid[]) and state = 'repaired'"


class RepairBooks(PostgresBooks):
    """Where one run of a repair applies; anything else may only be taken in by the journal's own books."""

    def __init__(self, engine: Engine, vault: Vault, running: Running) -> None:
        super().__init__(engine, vault)
        self._running = running

    @contextmanager
    def open(self) -> "Iterator[RepairPage]":
        """Begin a transaction; leaving the block commits it."""
        with transaction(self._engine) as connection:
            yield RepairPage(connection, self._vault, self._running)


class RepairPage(PostgresPage):
    """One open transaction of a repair."""

    def __init__(self, connection: psycopg.Connection, vault: Vault, running: Running) -> None:
        super().__init__(connection, vault)
        self._running = running

    def write(self, changes: Changes) -> None:
        """Write all of it, and what has become of the items.

        Raises JournalUnavailable when the repair runs no longer, or one of the items is not open any more: then nothing
        is written, and whoever runs it looks again.
        """
        became_of = _outcomes(changes)
        failed = {row.submission.repairs: row for row in changes.parked.values() if row.submission.repairs is not None}
        before = self._locked({*became_of, *failed})
        super().write(changes)
        running = self._running
        settled = [
            (uuid_text(parked), became(outcome, before[parked], None).value, str(outcome), None, None)
            for parked, outcome in became_of.items()
        ] + [
            (
                uuid_text(parked),
                became(OutcomeKind.PARKED, before[parked], (row.reason, row.detail)).value,
                OutcomeKind.PARKED.value,
                str(row.reason),
                row.detail,
            )
            for parked, row in failed.items()
        ]
        if settled:
            columns = [list(column) for column in zip(*settled, strict=True)]
            self._connection.execute(_SETTLE, [running.round, running.id, *columns])
        if became_of:
            ids = array(map(uuid_text, became_of))
            self._connection.execute(_CREDIT, [running.by, running.because, ids])

    def _locked(self, items: set[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """Return reason and detail of the items, which nobody else can close from here on."""
        if not items:
            return {}
        running = self._running
        if self._connection.execute(_STILL_RUNS, [running.id, running.run]).fetchone() is None:
            raise JournalUnavailable("the repair was paused or stopped")
        rows = self._connection.execute(_ITEMS, [running.id, array(map(uuid_text, items))])
        found = {parked: (reason, detail) for parked, reason, detail in rows}
        if found.keys() != items:
            raise JournalUnavailable("an item was closed by somebody else")
        return found


def _outcomes(changes: Changes) -> dict[UUID, str]:
    """Return what became of each item that is closed now: what is neither written nor held was there before."""
    found = dict.fromkeys(changes.repaired, OutcomeKind.REPEATED.value)
    for held in changes.held.values():
        if held.entry.repairs is not None:
            found[held.entry.repairs] = OutcomeKind.HELD.value
    for row in changes.history:
        if row.entry.repairs is not None:
            found[row.entry.repairs] = str(row.outcome)
    return found
