"""The one door: every change to an application goes through `Journal.apply`, in one transaction per call."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from consumers.books import Asked
from consumers.entry import Entry, entry_of
from consumers.errors import IntakeHalted, JournalUnavailable, StoreAway, StoreRefused
from consumers.failpoints import failpoint
from consumers.fold import Fold
from consumers.ledger import OF_A_RANGE
from consumers.supplies import DIFFERENCE, OF_SUPPLIES
from consumers.visits import OF_VISITS, PLANNED, concerned, named_in, slot_of
from schemas.reasons import Reason, WaitReason
from schemas.serials import MOST, count
from workflows.facts import OF_A_TURN, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from uuid import UUID

    from consumers.books import Books, Changes
    from consumers.outcome import Outcome
    from consumers.ports import Vault
    from schemas.submission import Submission
    from workflows.timekeeping import Timekeeping

    # A submission with its entry, or with the digest of its body when it could not be read.
    Prepared = tuple[Submission, Entry | bytes]

log = structlog.get_logger()
Result = TypeVar("Result")
_SAME_FAILURES: Final = 5


class Journal:
    """Apply batches of submissions: all of a batch commits, or nothing of it.

    A data error (StoreRefused) halves the batch until the guilty event stands alone and is parked. A store that is
    away (StoreAway) is retried; after `retries` the batch is given back as JournalUnavailable, nothing parked. Any
    other error is halved too, but when five different applications in a row fail alike IntakeHalted is raised.
    """

    def __init__(
        self,
        books: Books,
        vault: Vault,
        keeping: Timekeeping,
        *,
        retries: int = 4,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._books = books
        self._keeping = keeping
        self._vault = vault
        self._retries = retries
        self._pause = pause
        self._failures: list[tuple[str, str]] = []

    def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Apply the batch; return one outcome for each submission, in order, after the commit."""
        return self._apply([(submission, self._prepare(submission)) for submission in submissions])

    def wake(self, freed: Iterable[bytes] | None = None) -> int:
        """Take in what was held for an application that has ended since; return how many were looked at."""
        waiting = self._retried(lambda: self._books.waiting_for_niks(freed))
        for application in waiting:
            self._retried(self._waking(application))
        return len(waiting)

    def _prepare(self, submission: Submission) -> Entry | bytes:
        if submission.event is None:
            return self._vault.digest(submission.body)
        return entry_of(submission, self._vault)

    def _apply(self, batch: Sequence[Prepared], *, again: bool = False) -> list[Outcome]:
        if not batch:
            return []
        if len(batch) > 1 and _serials_told(batch) > MOST:
            return self._apply_halves(batch)  # more serials than one transaction should hold in memory
        try:
            outcomes, freed = self._retried(lambda: self._transact(batch))
        except (JournalUnavailable, IntakeHalted):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: one guilty event must not stop the others
            if len(batch) == 1:
                # Another consumer may have claimed the same id or NIK meanwhile: a second look tells.
                lost_a_race = isinstance(error, StoreRefused) and not again
                return self._apply(batch, again=True) if lost_a_race else [self._park(batch[0], error)]
            return self._apply_halves(batch)
        self._failures.clear()
        _tell_of_early(batch, outcomes)
        if freed:
            self.wake(freed)
        return outcomes

    def _apply_halves(self, batch: Sequence[Prepared]) -> list[Outcome]:
        half = len(batch) // 2
        return self._apply(batch[:half]) + self._apply(batch[half:])

    def _transact(self, batch: Sequence[Prepared], woken: Collection[UUID] = ()) -> tuple[list[Outcome], set[bytes]]:
        """Do the whole batch in one transaction; return the outcomes and the NIKs whose application ended."""
        with self._books.open() as page:
            fold = Fold(page.read(asked_for(batch, woken)), self._keeping)
            outcomes = [
                fold.take(entry) if isinstance(entry, Entry) else fold.refuse(submission, entry)
                for submission, entry in batch
            ]
            for application in woken:
                fold.release(application)
            page.write(fold.changes)
            failpoint("journal-before-commit")
        failpoint("journal-after-commit")
        _tell_of_differences(fold.changes)
        return outcomes, fold.freed

    def _waking(self, application: UUID) -> Callable[[], object]:
        return lambda: self._transact([], [application])

    def _park(self, prepared: Prepared, error: Exception) -> Outcome:
        """Park the one event that could not be written, unless too many fail alike: then it is not the data."""
        submission, entry = prepared
        subject = entry.subject if isinstance(entry, Entry) else ""
        if not isinstance(error, StoreRefused):
            self._count_failure(subject, error)
        log.warning("event-not-applied", error=type(error).__name__, event_id=_id_of(entry))
        reason = Reason.STORE_REFUSED if isinstance(error, StoreRefused) else Reason.HANDLER_FAILED
        # The text of the error may quote the data, so only its kind is kept.
        detail = f"{type(error).__name__} {getattr(error, 'sqlstate', None) or ''}".strip()
        digest = entry.digest if isinstance(entry, Entry) else entry
        return self._retried(lambda: self._park_alone(submission, digest, reason, detail))

    def _park_alone(self, submission: Submission, digest: bytes, reason: Reason, detail: str) -> Outcome:
        with self._books.open() as page:
            fold = Fold(page.read(Asked((), (), [digest], (), (), ())), self._keeping)
            outcome = fold.park(submission, digest, reason, detail)
            page.write(fold.changes)
        return outcome

    def _count_failure(self, subject: str, error: Exception) -> None:
        kind = type(error).__name__
        if self._failures and self._failures[-1][1] != kind:
            self._failures.clear()
        if subject not in {seen for seen, _ in self._failures}:
            self._failures.append((subject, kind))
        if len(self._failures) >= _SAME_FAILURES:
            raise IntakeHalted(kind, len(self._failures)) from error

    def _retried(self, work: Callable[[], Result]) -> Result:
        for attempt in range(self._retries):
            try:
                return work()
            except StoreAway:
                # Full jitter: two consumers that deadlocked must not meet again.
                self._pause(random.uniform(0.01, 0.05 * 2**attempt))  # noqa: S311 - no secret depends on it
        try:
            return work()
        except StoreAway as away:
            raise JournalUnavailable(str(away)) from away


def asked_for(batch: Sequence[Prepared], woken: Collection[UUID]) -> Asked:
    """Return what has to be known to decide a batch, and to release what these applications hold."""
    entries = [entry for _, entry in batch if isinstance(entry, Entry)]
    visits = [entry for entry in entries if entry.name in OF_VISITS]
    return Asked(
        subjects={entry.application for entry in entries if entry.application} | set(woken) | concerned(visits),
        ids=[entry.id for entry in entries],
        digests=[entry.digest if isinstance(entry, Entry) else entry for _, entry in batch],
        repairs=[submission.repairs for submission, _ in batch if submission.repairs],
        serials={entry.fact.blanko for entry in entries if entry.fact.blanko and entry.fact.kind in OF_A_TURN},
        nik_keys={entry.nik_key for entry in entries if entry.nik_key},
        offices={entry.fact.office for entry in entries if entry.fact.kind is Kind.ALLOCATED and entry.fact.office},
        supplied={entry.data["office"] for entry in entries if entry.name in OF_SUPPLIES},
        ranges=[_range_of(entry) for entry in entries if entry.name in OF_A_RANGE],
        visits=named_in(visits),
        slots=[slot_of(entry) for entry in visits if entry.name == PLANNED],
    )


def _range_of(entry: Entry) -> tuple[str, str]:
    data = entry.data
    return data["first"], data["last"]


def _serials_told(batch: Sequence[Prepared]) -> int:
    ranges = [_range_of(entry) for _, entry in batch if isinstance(entry, Entry) and entry.name in OF_A_RANGE]
    return sum(count(first, last) for first, last in ranges)


def _tell_of_early(batch: Sequence[Prepared], outcomes: Sequence[Outcome]) -> None:
    """Say at once who records again before the deletion is confirmed: at the centre that becomes a duplicate."""
    for (_, entry), outcome in zip(batch, outcomes, strict=True):
        if outcome.reason == WaitReason.WAITS_FOR_DELETION and isinstance(entry, Entry) and entry.name == "recorded":
            log.warning("recorded-too-early", application=entry.subject, station=entry.station, event_id=str(entry.id))


def _tell_of_differences(changes: Changes) -> None:
    """Say where more was used than the count of supplies had left: somebody has to count."""
    for (office, kind, key), cards in changes.tallies.items():
        if kind == DIFFERENCE:
            log.warning("supply-count-differs", office=office, supply=key, cards=cards)


def _id_of(entry: Entry | bytes) -> str | None:
    return str(entry.id) if isinstance(entry, Entry) else None
