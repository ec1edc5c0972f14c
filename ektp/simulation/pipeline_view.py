"""What the city may see of the pipeline: whether it is done; and the clock both share."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import set_simulated_now

# Events arrive together with their letters, in one transaction: one snapshot that has the events and no unsent letter
# has seen all letters of these events sent. Steps of an application are due by the shared clock; those of the house
# keep real time and are nobody's concern here.
_QUIET: Final = """
select not exists (select from outbox where sent is null)
and not exists (
    select from steps where application is not null and state in ('waiting', 'running') and due <= ektp_now())
and not exists (
    select from unnest(%(ids)s::uuid[]) as published (id)
    where not exists (select from history where history.id = published.id)
    and not exists (select from held where held.id = published.id)
    and not exists (select from parked where parked.event_id = published.id::text))
"""


class PipelineView:
    """A Pipeline over the store; the city reads nothing else from it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def quiet(self, published: Collection[UUID]) -> bool:
        """Tell whether all these events are in the store, nothing waits to leave and no work is due."""
        with transaction(self._engine) as connection:
            row = connection.execute(_QUIET, {"ids": list(published)}).fetchone()
        return bool(row and row[0])

    def set_clock(self, moment: datetime) -> None:
        """Let it be *moment* for the pipeline from here on."""
        set_simulated_now(self._engine, moment)
