"""What the city may see of the pipeline: whether it is done; and the clock both share."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.errors import JournalUnavailable, StoreAway
from consumers.timekeeper import Timekeeper
from ektp.allocation import CityAllocations
from ektp.outreach import VisitPlanner
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import let_steps_follow, set_simulated_now
from workflows.visits import Booked

# Events arrive together with their letters, in one transaction: one snapshot that has the events and no unsent letter
# has seen all letters of these events sent. Steps of an application are due by the shared clock; those of the house
# keep real time and are nobody's concern here.
# Of what is due and claimed another sweeper is taking care: it is waited for.
_HOW_IT_STANDS: Final = """
select not exists (select from outbox where sent is null)
and not exists (
    select from steps where application is not null and state in ('waiting', 'running') and due <= ektp_now()
    and due <= step_now(application))
and not exists (
    select from unnest(%(ids)s::uuid[]) as published (id)
    where not exists (select from history where history.id = published.id)
    and not exists (select from held where held.id = published.id)
    and not exists (select from parked where parked.event_id = published.id::text)),
exists (select from applications where due_at <= ektp_now()) or exists (select from held where due_at <= ektp_now()),
exists (select from simulated_clock where steps is distinct from moment)
"""


class PipelineView:
    """A Pipeline over the store; the city reads nothing else from it."""

    def __init__(
        self,
        engine: Engine,
        timekeeper: Timekeeper,
        visits: VisitPlanner,
        allocations: CityAllocations | None = None,
        plan_messages: Callable[[], int] = lambda: 0,
    ) -> None:
        """Without *allocations* no office's blanko are given out by the pipeline itself.

        *plan_messages* writes what residents are to be told of the slot, and returns how many messages that is.
        """
        self._engine = engine
        self._timekeeper = timekeeper
        self._visits = visits
        self._allocations = allocations
        self._plan_messages = plan_messages

    def quiet(self, published: Collection[UUID]) -> bool:
        """Tell whether all these events are in the store, nothing waits to leave and no work is due.

        Deadlines that passed while the events came in are swept here: no slot waits for a periodic step. Steps that
        are due at the same moment come after them, in every run, and blanko are given out when all of that is done.
        """
        if self._allocations is not None:
            self._allocations.reserve()
        done, due, steps_wait = self._asked(published)
        if done and not due and steps_wait:
            let_steps_follow(self._engine)
            done, due, _ = self._asked(published)
        if done and due:
            self._sweep()
        if not done or due:
            return False
        given_out = self._allocations is None or self._has_given_out(self._allocations)
        # What residents are told of a slot leaves in it: no slot waits for a periodic step.
        return given_out and not self._plan_messages()

    def set_clock(self, moment: datetime) -> None:
        """Let it be *moment* for the pipeline from here on, and let pass what is due by then."""
        set_simulated_now(self._engine, moment)
        self._sweep()

    def visits(self, regency: str) -> Sequence[Booked]:
        """Return the visits of a regency that are promised, and those that are proposed now."""
        return self._visits.visits(regency)

    @staticmethod
    def _has_given_out(allocations: CityAllocations) -> bool:
        try:
            return allocations.rest()
        except JournalUnavailable as away:
            raise StoreAway(str(away)) from away

    def _sweep(self) -> None:
        try:
            self._timekeeper.sweep()
        except JournalUnavailable as away:
            raise StoreAway(str(away)) from away

    def _asked(self, published: Collection[UUID]) -> tuple[bool, bool, bool]:
        """Return whether all is done, whether a deadline is due, whether the steps wait for the deadlines."""
        with transaction(self._engine) as connection:
            row = connection.execute(_HOW_IT_STANDS, {"ids": list(published)}).fetchone()
        assert row is not None, "a question without a table has one answer"
        return row[0], row[1], row[2]
