"""A few journals for many requests: one for each thread that applies, and no more threads than that."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from consumers.errors import IntakeHalted
from consumers.outcome import Outcome
from schemas.submission import Submission

if TYPE_CHECKING:
    from consumers.journal import Journal

Read = Callable[[], Sequence[Submission]]
THREADS: Final = 4
_AT_ONCE: Final = 250  # submissions in one transaction


_OF_ONE: Final = 2  # requests of one station at once; half of the threads are always for others


class Journals:
    """Apply submissions in one of a few threads; after an IntakeHalted nothing is taken in by this process any more."""

    def __init__(self, make: "Callable[[], Journal]") -> None:
        self._make = make
        self._idle: LifoQueue[Journal] = LifoQueue()
        self._threads: anyio.CapacityLimiter | None = None
        self._turns: dict[str, anyio.Semaphore] = {}
        self.halted: IntakeHalted | None = None

    async def apply(
        self, read: Read, note: Callable[[Sequence[Submission]], None], station: str | None
    ) -> tuple[Sequence[Submission], list[Outcome]]:
        """Read, apply and note in a thread; return after the commit.

        Raises JournalUnavailable, IntakeHalted, and what `read` and `note` raise.
        """
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(THREADS)
        async with nullcontext() if station is None else self._turns.setdefault(station, anyio.Semaphore(_OF_ONE)):
            submissions, outcomes = await anyio.to_thread.run_sync(self._work, read, note, limiter=self._threads)
        return submissions, outcomes

    def _work(
        self, read: Read, note: Callable[[Sequence[Submission]], None]
    ) -> tuple[Sequence[Submission], list[Outcome]]:
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
        note(submissions)
        return submissions, outcomes

    def _taken(self) -> "Journal":
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._make()
