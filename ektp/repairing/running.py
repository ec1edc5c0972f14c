"""The run of a repair: round after round up the ramp, paced, stopped when too much fails, exact after any crash."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Engine

from consumers.errors import IntakeHalted, JournalUnavailable
from consumers.failpoints import failpoint
from consumers.journal import Journal
from ektp.repairing.correction import Unsealed, kept_correction, offered
from ektp.storage.repairs.books import RepairBooks
from ektp.storage.repairs.repairs import RepairRows, Running, Waiting
from ektp.storage.secrets.vault import Vault
from schemas.errors import PatchRefused
from schemas.submission import Submission
from workflows.repairs import Round
from workflows.timekeeping import Timekeeping

log = structlog.get_logger()
AT_ONCE: Final = 250  # items in one transaction
STRETCH: Final = 20.0  # seconds after which others get their turn
_STUMBLES: Final = 5


class Repairer:
    """Runs repairs, as a step does; it may be used from many threads."""

    def __init__(
        self,
        engine: Engine,
        vault: Callable[[], Vault],
        keeping: Timekeeping,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._keeping = keeping
        self._rows = RepairRows(engine)
        self._clock = clock
        self._pause = pause

    def go_on(self, repair: UUID, run: int) -> bool:
        """Work for a stretch of time; tell whether there is more to do. Raises StoreAway."""
        until, stumbles = self._clock() + STRETCH, 0
        while (running := self._rows.running(repair, run)) is not None:
            if self._clock() >= until:
                return True
            try:
                self._look(running)
            except JournalUnavailable:
                # Paused, stopped, or an item was closed by somebody else: the next look tells. Nothing was written.
                stumbles += 1
                if stumbles > _STUMBLES:
                    return True
        return False

    def _look(self, running: Running) -> None:
        going = self._rows.round(running)
        if going.is_too_bad(running.threshold):
            self._halt(running, _too_many(going, running))
        elif not going.left:
            self._rows.go_further(running)
        elif items := self._rows.next(running, min(going.left, AT_ONCE, running.rate)):
            began = self._clock()
            self._offer(running, items)
            failpoint("repair-after-batch")
            self._pause(max(0.0, len(items) / running.rate - (self._clock() - began)))
        elif self._rows.end(running):
            log.info("repair-done", repair=str(running.id))

    def _offer(self, running: Running, items: list[Waiting]) -> None:
        """Offer each item that is still open, as corrected, to the journal."""
        vault = self._vault()
        correction = kept_correction(vault, running.correction, running.sealed, running.id)
        ready, skipped = list[Submission](), list[tuple[UUID, str]]()
        for one in items:
            if one.state != "open":
                skipped.append((one.id, f"it was {one.state} meanwhile"))
                continue
            item = Unsealed(one.id, one.sender, one.door, one.event_id, vault.open(one.sealed, one.id.bytes))
            try:
                ready.append(offered(item, correction.of(item)))
            except PatchRefused as refused:
                skipped.append((one.id, str(refused)))
        if skipped:
            self._rows.skip(running, skipped)
        try:
            Journal(RepairBooks(self._engine, vault, running), vault, self._keeping).apply(ready)
        except IntakeHalted as halted:
            self._halt(running, str(halted))

    def _halt(self, running: Running, why: str) -> None:
        if self._rows.halt(running, why):
            log.warning("repair-stopped-by-itself", repair=str(running.id), because=why)


def _too_many(going: Round, running: Running) -> str:
    return f"{going.failed} of {going.tried} failed again in one round, and {running.threshold:.0%} may"
