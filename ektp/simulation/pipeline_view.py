"""What the city may see of the pipeline: whether it is done; and the clock both share."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.errors import JournalUnavailable, StoreAway
from consumers.timekeeper import Timekeeper
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import let_steps_follow, set_simulated_now

# Events arrive together with their letters, in one transaction: one snapshot that has the events and no unsent letter
# has seen all letters of these events sent. Steps of an application are due by the shared clock; those of the house
# keep real time and are nobody's concern here.
_QUIET: Final = """
select not exists (select from outbox where sent is null)
and not exists (
    select from steps where application is not null and state in ('waiting', 'running') and due <= ektp_now()
    and due <= step_now(application))
and not exists (
    select from unnest(%(ids)s::uuid[]) as published (id)
    where not exists (select from history where history.id = published.id)
    and not exists (select from held where held.id = published.id)
    and not exists (select from parked where parked.event_id = published.id::text))
"""


# Of what is claimed another sweeper is taking care: it is waited for, not swept again.
_DUE: Final = """
select exists (select from applications where due_at <= ektp_now())
or exists (select from held where due_at <= ektp_now())
"""


class PipelineView:
    """A Pipeline over the store; the city reads nothing else from it."""

    def __init__(self, engine: Engine, timekeeper: Timekeeper) -> None:
        self._engine = engine
        self._timekeeper = timekeeper

    def quiet(self, published: Collection[UUID]) -> bool:
        """Tell whether all these events are in the store, nothing waits to leave and no work is due.

        Deadlines that passed while the events came in are swept here: no slot waits for a periodic step. Steps that
        are due at the same moment come after them, in every run.
        """
        if not self._asked(_QUIET, {"ids": list(published)}):
            return False
        if self._asked(_DUE):
            self._sweep()
            return False
        return not let_steps_follow(self._engine)

    def set_clock(self, moment: datetime) -> None:
        """Let it be *moment* for the pipeline from here on, and let pass what is due by then."""
        set_simulated_now(self._engine, moment)
        self._sweep()

    def _sweep(self) -> None:
        try:
            self._timekeeper.sweep()
        except JournalUnavailable as away:
            raise StoreAway(str(away)) from away

    def _asked(self, question: str, values: Mapping[str, Any] | None = None) -> bool:
        with transaction(self._engine) as connection:
            row = connection.execute(question, values).fetchone()
        return bool(row and row[0])
