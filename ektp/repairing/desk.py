"""Where people decide about a repair that is planned: approve it, set it going, pause it, stop it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.reading.errors import Unknown
from ektp.repairing.errors import NotInThisState, SecondPersonNeeded
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.repairs import repairs
from ektp.storage.repairs.repairs import Standing
from schemas.nik import mask_niks
from workflows.repairs import RepairState

S: Final = RepairState
#: What is decided about a repair once it may be run.
Decision = Literal["run", "pause", "stop"]
_GOING: Final = frozenset({S.PROPOSED, S.APPROVED, S.PAUSED, S.STOPPED, S.RUNNING})


class RepairDesk:
    """Decisions about repairs, each by somebody and in the audit. All raise Unknown, NotInThisState and StoreAway."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine, self._chain = engine, chain

    def approve(self, repair: UUID, by: str) -> None:
        """Let it be set going. Raises SecondPersonNeeded for whoever planned it."""
        with self._deciding(repair, by, "approved") as (connection, standing):
            if standing.state is not S.PROPOSED:
                raise NotInThisState("approved", standing.state)
            if is_same_person(standing.made_by, by):
                raise SecondPersonNeeded("; ".join(standing.second_person) or "whoever planned it cannot approve it")
            repairs.approve(connection, repair, mask_niks(by))

    def run(self, repair: UUID, by: str) -> None:
        """Set it going, for the first time or again. Raises SecondPersonNeeded for one that nobody has approved."""
        with self._deciding(repair, by, "set-going") as (connection, standing):
            if standing.state is S.PROPOSED and standing.second_person:
                raise SecondPersonNeeded("; ".join(standing.second_person))
            if standing.state is S.DONE or standing.ended or (standing.state is S.RUNNING and standing.stepping):
                raise NotInThisState("run", "stopped for good" if standing.ended else standing.state)
            repairs.set_going(connection, repair, mask_niks(by))

    def pause(self, repair: UUID, by: str) -> None:
        """Let it rest: after this no further item is tried."""
        with self._deciding(repair, by, "paused") as (connection, standing):
            if standing.state is not S.RUNNING:
                raise NotInThisState("paused", standing.state)
            repairs.change(connection, repair, S.PAUSED, mask_niks(by))

    def stop(self, repair: UUID, by: str) -> int:
        """End it: what was not tried is skipped; return how many items."""
        with self._deciding(repair, by, "stopped") as (connection, standing):
            if standing.state not in _GOING or standing.ended:
                raise NotInThisState("stopped", standing.state)
            repairs.change(connection, repair, S.STOPPED, mask_niks(by))
            return repairs.give_up_items(connection, repair, f"stopped by {mask_niks(by)}")

    def decide(self, decision: Decision, repair: UUID, by: str) -> None:
        """Run, pause or stop it. Raises as these."""
        match decision:
            case "run":
                self.run(repair, by)
            case "pause":
                self.pause(repair, by)
            case "stop":
                self.stop(repair, by)

    @contextmanager
    def _deciding(self, repair: UUID, by: str, what: str) -> Iterator[tuple[psycopg.Connection, Standing]]:
        with transaction(self._engine) as connection:
            standing = repairs.locked(connection, repair)
            if standing is None:
                raise Unknown("repair", str(repair))
            yield connection, standing
            self._chain.append(connection, Act(by, f"repair-{what}", str(repair)))


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two names are those of one person: only another one is a second."""
    return one.strip().casefold() == mask_niks(other).strip().casefold()
