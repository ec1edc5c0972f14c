"""A few journals for many requests: one for each thread that applies, and no more threads than that."""

from collections.abc import Callable, Sequence
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from consumers.errors import IntakeHalted
from consumers.outcome import Outcome
from schemas.submission import Submission

if TYPE_CHECKING:
    from consumers.journal import Journal

THREADS: Final = 4
_AT_ONCE: Final = 250  # submissions in one transaction


class Journals:
    """Apply submissions in one of a few threads; after an IntakeHalted nothing is taken in by this process any more."""

    def __init__(self, make: "Callable[[], Journal]") -> None:
        self._make = make
        self._idle: LifoQueue[Journal] = LifoQueue()
        self._threads: anyio.CapacityLimiter | None = None
        self.halted: IntakeHalted | None = None

    async def apply(self, read: Callable[[], Sequence[Submission]]) -> tuple[Sequence[Submission], list[Outcome]]:
        """Read and apply in a thread; return after the commit. Raises JournalUnavailable and IntakeHalted."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(THREADS)
        return await anyio.to_thread.run_sync(self._work, read, limiter=self._threads)

    def _work(self, read: Callable[[], Sequence[Submission]]) -> tuple[Sequence[Submission], list[Outcome]]:
        if self.halted is not None:
            raise self.halted
        submissions = read()
        journal = self._taken()
        try:
            outcomes = list[Outcome]()
            for at in range(0, len(submissions), _AT_ONCE):
                outcomes += journal.apply(submissions[at : at + _AT_ONCE])
        except IntakeHalted as halted:
            self.halted = halted
            raise
        finally:
            self._idle.put(journal)
        return submissions, outcomes

    def _taken(self) -> "Journal":
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._make()
