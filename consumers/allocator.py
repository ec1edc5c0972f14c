"""The allocator: gives out blanko by the order of the queue, as proposals that the journal judges again."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from consumers.failpoints import failpoint
from consumers.outcome import OutcomeKind
from workflows.blanko import because, most_today, share
from workflows.proposals import allocated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from consumers.places import PlaceChanges
    from consumers.ports import Journal
    from consumers.waiting import PrintQueue, Waiting
    from schemas.submission import Submission
    from workflows.blanko import Pick
    from workflows.print_queue import Lane
    from workflows.timekeeping import Timekeeping

log = structlog.get_logger()
_BATCH: Final = 500  # allocations in one transaction of the journal
_MOST: Final = 4 * _BATCH  # decided on in one go
_AT_ONCE: Final = 2  # transactions: while the store writes one, the next is worked out


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

    def __init__(
        self, queue: PrintQueue, journal: Callable[[], Journal], keeping: Timekeeping, places: PlaceChanges
    ) -> None:
        self._places = places
        self._queue = queue
        self._journal = journal
        self._keeping = keeping

    def allocate(self, most: int | None = None) -> Allocated:
        """Give out what lies ready, up to so many; return what was done. Raises StoreAway, JournalUnavailable."""
        self._places.settle()
        counts = Counter[str]()
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
                    left = _MOST if most is None else min(most - counts["proposed"], _MOST)
                    if not self._serve(office, word, left, counts):
                        break
            finally:
                self._queue.release(office, word)
        done = Allocated(*(counts[name] for name in Allocated._fields))
        if done.proposed:
            log.info("allocated", **done._asdict())
        return done

    def _serve(self, office: str, word: str, most: int, counts: Counter[str]) -> bool:
        """Give out up to so many; return whether there may be more to give."""
        now, calendar, policy = self._queue.moment(), self._keeping.calendar(office), self._keeping.policy(office)
        seen = self._queue.read(office, calendar.date_of(now), calendar.working_day(now), most)
        lanes = {lane: _can_take(found, seen.serials) for lane, found in seen.lanes.items()}
        waiting = {lane: len(found) for lane, found in lanes.items()}
        picks, passes = share(seen.passes, policy.queue, waiting, min(most_today(seen.desk, policy.printing), most))
        proposed = self._paired(office, picks, lanes, seen.serials, now)
        if not proposed or not self._queue.save(office, word, passes):
            return False
        failpoint("allocator-after-save")
        became = self._apply(proposed)
        counts["proposed"] += len(proposed)
        counts["applied"] += became[OutcomeKind.APPLIED]
        counts["superseded"] += became[OutcomeKind.SUPERSEDED]
        if became[OutcomeKind.PARKED]:
            log.error("allocation-not-taken", office=office, allocations=became[OutcomeKind.PARKED])
        # Where nothing was taken in, the next look may find the same for ever.
        return became[OutcomeKind.APPLIED] > 0

    def _apply(self, proposed: Sequence[Submission]) -> Counter[OutcomeKind]:
        """Let the journal judge: no two of them are about the same application or blanko, so their order is free."""
        batches = [proposed[at : at + _BATCH] for at in range(0, len(proposed), _BATCH)]
        if len(batches) == 1:
            outcomes = [self._journal().apply(batches[0])]
        else:
            with ThreadPoolExecutor(_AT_ONCE, "allocator") as pool:
                outcomes = list(pool.map(lambda batch: self._journal().apply(batch), batches))
        return Counter(outcome.outcome for part in outcomes for outcome in part)

    def _paired(
        self,
        office: str,
        picks: Sequence[Pick],
        lanes: Mapping[Lane, Sequence[Waiting]],
        serials: Sequence[str],
        now: datetime,
    ) -> list[Submission]:
        """Give each lane's next the next serial that it never had."""
        heads = {lane: iter(found) for lane, found in lanes.items()}
        free, day = list(reversed(serials)), self._keeping.calendar(office).date_of
        proposed: list[Submission] = []
        for pick in picks:
            one = next(heads[pick.lane])
            serial = _taken(free, one.had)
            if serial is not None:
                words = because(pick, one.reason, day(one.recorded))
                proposed.append(allocated(one.id, one.version, serial, office, len(one.had) + 1, words, now))
        return proposed


def _can_take(found: Sequence[Waiting], serials: Sequence[str]) -> list[Waiting]:
    """Leave out who has had each of these before."""
    free = set(serials)
    return [one for one in found if not one.had or not free.issubset(one.had)]


def _taken(free: list[str], had: Sequence[str]) -> str | None:
    """Take the last serial that is not among those it had."""
    for at in range(len(free) - 1, -1, -1):
        if free[at] not in had:
            return free.pop(at)
    return None
