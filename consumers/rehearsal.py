"""A rehearsal: what would become of submissions, one after the other, each judged by what those before it change.

Nothing is written and nobody is kept waiting: what is known is read in parts, and one fold goes over all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from consumers.books import Known
from consumers.entry import Entry, entry_of, parked_id, submission_id
from consumers.errors import StoreAway
from consumers.fold import Fold
from consumers.journal import asked_for
from consumers.outcome import OutcomeKind
from schemas.reasons import Reason
from workflows.card_issuance import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from consumers.books import Books
    from consumers.ports import Vault
    from schemas.submission import Submission
    from workflows.clock import Timekeeping

_AT_ONCE: Final = 500  # whose subjects are locked for a moment, while they are read


class Foreseen(NamedTuple):
    """What would become of one submission: the journal's answer, and the states of its application around it.

    The states are None for what is about no application; `detail` is there with `parked` only.
    """

    event_id: str | None
    outcome: OutcomeKind
    reason: str | None = None
    detail: str | None = None
    before: str | None = None
    after: str | None = None


class Rehearsal:
    """Foresees; `books` must leave nothing behind. What the database alone would refuse is not foreseen."""

    def __init__(self, books: Books, vault: Vault, keeping: Timekeeping) -> None:
        self._books = books
        self._vault = vault
        self._keeping = keeping

    def foresee(self, submissions: Sequence[Submission]) -> list[Foreseen]:
        """Return what would become of each, in order. Raises StoreAway."""
        prepared = [(one, entry_of(one, self._vault) if one.event else self._vault.digest(one.body))
                    for one in submissions]  # fmt: skip
        if not prepared:
            return []
        known = self._known(prepared)
        fold = Fold(known, self._keeping)
        return [_foreseen(fold, known, submission, entry) for submission, entry in prepared]

    def _known(self, prepared: Sequence[tuple[Submission, Entry | bytes]]) -> Known:
        first, *others = self._parts(prepared)
        known = Known(
            first.now, dict(first.digests), dict(first.parked), dict(first.applications), dict(first.held),
            dict(first.blankos), dict(first.open_niks), first.outages, dict(first.supplies),
        )  # fmt: skip
        for part in others:
            for whole, more in zip(_tables(known), _tables(part), strict=True):
                whole.update(more)
        return known

    def _parts(self, prepared: Sequence[tuple[Submission, Entry | bytes]]) -> Iterator[Known]:
        for first in range(0, len(prepared), _AT_ONCE):
            with self._books.open() as page:
                known = page.read(asked_for(prepared[first : first + _AT_ONCE], ()))
            yield known  # nothing is locked any more


def _tables(known: Known) -> Iterator[dict[Any, Any]]:
    """Yield everything of it that is looked up by a key."""
    tables: tuple[Any, ...] = (known.digests, known.parked, known.applications, known.held)
    yield from (*tables, known.blankos, known.open_niks, known.supplies)


def _foreseen(fold: Fold, known: Known, submission: Submission, entry: Entry | bytes) -> Foreseen:
    event_id = submission_id(submission)
    if not isinstance(entry, Entry):
        refusal = submission.refusal
        assert refusal is not None
        fold.refuse(submission, entry)
        return Foreseen(event_id, OutcomeKind.PARKED, refusal.reason, refusal.detail)
    before = _state(fold, known, entry.application)
    written = len(fold.changes.history)
    try:
        outcome = fold.take(entry)
    except StoreAway:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the journal would park this one for it
        return Foreseen(event_id, OutcomeKind.PARKED, Reason.HANDLER_FAILED, type(error).__name__, before, before)
    parked = fold.changes.parked.get(parked_id(submission, entry.digest))
    detail = parked.detail if parked is not None and outcome.outcome is OutcomeKind.PARKED else None
    own = next((row for row in fold.changes.history[written:] if row.entry.id == entry.id), None)
    after = own.after if own is not None and own.after is not None else before
    return Foreseen(event_id, outcome.outcome, outcome.reason, detail, before, after)


def _state(fold: Fold, known: Known, application: UUID | None) -> str | None:
    if application is None:
        return None
    found = fold.changes.applications.get(application) or known.applications.get(application)
    return str(found.state if found else State.NEW)
