"""The allocator: gives out blanko by the order of the queue, as proposals that the journal judges again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from consumers.failpoints import failpoint
from consumers.outcome import OutcomeKind
from workflows.blanko import because, most_today, share
from workflows.proposals import allocated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from consumers.ports import Journal
    from consumers.waiting import PrintQueue, Seen
    from schemas.submission import Submission
    from workflows.blanko import Pick
    from workflows.clock import Timekeeping

log = structlog.get_logger()
_BATCH: Final = 500  # allocations in one transaction of the journal


class Allocated(NamedTuple):
    """What was done: blanko proposed, and what became of them; `busy` are offices that another allocator had."""

    proposed: int = 0
    applied: int = 0
    superseded: int = 0
    busy: int = 0


class Allocator:
    """Gives out blanko; any number may run at once, one at a time for an office, and be killed anywhere.

    Whoever is killed after it has written how far the lanes have come has lost at most these turns, and no blanko.
    """

    def __init__(self, queue: PrintQueue, journal: Callable[[], Journal], keeping: Timekeeping) -> None:
        self._queue = queue
        self._journal = journal
        self._keeping = keeping

    def allocate(self, most: int | None = None) -> Allocated:
        """Give out what lies ready, up to so many; return what was done. Raises StoreAway, JournalUnavailable."""
        counts, journal = Counter[str](), self._journal()
        for office in self._queue.offices():
            policy = self._keeping.policy(office)
            if not policy.builtin or policy.printing_office(office) != office:
                continue
            word = self._queue.claim(office)
            if word is None:
                counts["busy"] += 1
                continue
            try:
                while most is None or counts["proposed"] < most:
                    left = _BATCH if most is None else min(most - counts["proposed"], _BATCH)
                    if not self._serve(office, word, journal, left, counts):
                        break
            finally:
                self._queue.release(office, word)
        done = Allocated(*(counts[name] for name in Allocated._fields))
        if done.proposed:
            log.info("allocated", **done._asdict())
        return done

    def _serve(self, office: str, word: str, journal: Journal, most: int, counts: Counter[str]) -> bool:
        """Give out one batch; return whether there may be more to give."""
        now, calendar, policy = self._queue.moment(), self._keeping.calendar(office), self._keeping.policy(office)
        seen = self._queue.read(office, calendar.date_of(now), calendar.working_day(now), most)
        waiting = {lane: len(found) for lane, found in seen.lanes.items()}
        picks, passes = share(seen.passes, policy.queue, waiting, min(most_today(seen.desk, policy.printing), most))
        proposed = self._paired(office, picks, seen, now)
        if not proposed or not self._queue.save(office, word, passes):
            return False
        failpoint("allocator-after-save")
        became = Counter(outcome.outcome for outcome in journal.apply(proposed))
        counts["proposed"] += len(proposed)
        counts["applied"] += became[OutcomeKind.APPLIED]
        counts["superseded"] += became[OutcomeKind.SUPERSEDED]
        if became[OutcomeKind.PARKED]:
            log.error("allocation-not-taken", office=office, allocations=became[OutcomeKind.PARKED])
        # Where nothing was taken in, the next look may find the same for ever.
        return became[OutcomeKind.APPLIED] > 0

    def _paired(self, office: str, picks: Sequence[Pick], seen: Seen, now: datetime) -> list[Submission]:
        """Give each lane's next the next serial that it never had."""
        heads = {lane: iter(found) for lane, found in seen.lanes.items()}
        free, day = list(reversed(seen.serials)), self._keeping.calendar(office).date_of
        proposed: list[Submission] = []
        for pick in picks:
            one = next(heads[pick.lane])
            serial = _taken(free, one.had)
            if serial is not None:
                words = because(pick, one.reason, day(one.recorded))
                proposed.append(allocated(one.id, one.version, serial, office, len(one.had) + 1, words, now))
        return proposed


def _taken(free: list[str], had: Sequence[str]) -> str | None:
    """Take the last serial that is not among those it had."""
    for at in range(len(free) - 1, -1, -1):
        if free[at] not in had:
            return free.pop(at)
    return None
