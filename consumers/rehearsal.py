"""A rehearsal: what would become of submissions, one after the other, each judged by what those before it change.

Nothing is written, nobody is told and nobody is kept waiting: what is known is read part after part, and one fold goes
over all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from consumers.entry import Entry, entry_of, parked_id, submission_id
from consumers.errors import StoreAway
from consumers.fold import Fold
from consumers.follow_up import FollowUp
from consumers.journal import asked_for
from consumers.outcome import OutcomeKind
from schemas.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consumers.books import Books, Known
    from consumers.ports import Vault
    from schemas.submission import Submission
    from workflows.timekeeping import Timekeeping

#: Ids, keys of NIKs and serials, of the event and of what is written about its application; None: of anything.
About = tuple[int | bytes | str, ...] | None
#: Submissions whose subjects are locked for a moment, while they are read.
AT_ONCE: Final = 1000


class Foreseen(NamedTuple):
    """What would become of one submission: the journal's answer, and the states of its application around it.

    The states are None for what is about no application; `detail` is there with `parked` only. Submissions that share
    nothing of what they are `about` cannot change what becomes of each other; one that is about no application can.
    """

    event_id: str | None
    outcome: OutcomeKind
    reason: str | None = None
    detail: str | None = None
    before: str | None = None
    after: str | None = None
    about: About = ()


class Rehearsal:
    """Foresees; `books` must leave nothing behind. What the database alone would refuse is not foreseen."""

    def __init__(self, books: Books, vault: Vault, keeping: Timekeeping) -> None:
        self._books = books
        self._vault = vault
        self._keeping = keeping
        self._fold: Fold | None = None

    def foresee(self, submissions: Sequence[Submission]) -> Iterator[Foreseen]:
        """Yield what would become of each, in order; those of a further call come after them. Raises StoreAway."""
        for first in range(0, len(submissions), AT_ONCE):
            prepared = [(one, entry_of(one, self._vault) if one.event else self._vault.digest(one.body))
                        for one in submissions[first : first + AT_ONCE]]  # fmt: skip
            fold, known = self._informed(prepared)
            about = [_about(entry, known) if isinstance(entry, Entry) else () for _, entry in prepared]
            for (submission, entry), concerned in zip(prepared, about, strict=True):
                yield _foreseen(fold, submission, entry, concerned)
            fold.changes.forget()

    def _informed(self, prepared: Sequence[tuple[Submission, Entry | bytes]]) -> tuple[Fold, Known]:
        """Return the fold, which knows by now whatever is written about these too, and that."""
        with self._books.open() as page:
            asked = asked_for(prepared, ())
            # Whether what repairs an item lies there too makes no difference, and who is told of it hears nothing.
            own = [entry if isinstance(entry, bytes) else entry.digest for one, entry in prepared if not one.repairs]
            known = page.read(replace(asked, digests=own, repairs=()))
        # Nothing is locked any more.
        if self._fold is None:
            self._fold = Fold(known, self._keeping, _Silent)
        else:
            self._fold.learn(known)
        return self._fold, known


class _Silent(FollowUp):
    """What follows without a word to anybody: the clocks go on."""

    def letters(self, *_: Any, **__: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever it is about
        """Tell nobody."""
        return iter(())

    steps = parked = repaired = missing = letters


def _foreseen(fold: Fold, submission: Submission, entry: Entry | bytes, about: About) -> Foreseen:
    event_id = submission_id(submission)
    if not isinstance(entry, Entry):
        refusal = submission.refusal
        assert refusal is not None
        outcome = fold.refuse(submission, entry)
        detail = refusal.detail if outcome.outcome is OutcomeKind.PARKED else None
        return Foreseen(event_id, outcome.outcome, outcome.reason, detail)
    application = entry.application
    before = None if application is None else str(fold.state_of(application))
    written = len(fold.changes.history)
    try:
        outcome = fold.take(entry)
    except StoreAway:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the journal would park this one for it
        return Foreseen(
            event_id, OutcomeKind.PARKED, Reason.HANDLER_FAILED, type(error).__name__, before, before, about
        )
    detail = None
    if outcome.outcome is OutcomeKind.PARKED:
        parked = fold.changes.parked.get(parked_id(submission, entry.digest))
        detail = parked.detail if parked is not None else None
    own = next((row for row in fold.changes.history[written:] if row.entry is entry), None)
    after = own.after if own is not None and own.after is not None else before
    return Foreseen(event_id, outcome.outcome, outcome.reason, detail, before, after, about)


def _about(entry: Entry, known: Known) -> About:
    """Return all by which judging it, and what its application holds, may look at or change something."""
    application = entry.application
    if application is None:
        return None
    found = [entry.id.int, application.int, entry.nik_key, entry.fact.blanko]
    if (written := known.applications.get(application)) is not None:
        found += [written.nik_key, *(turn.blanko for turn in written.standing.turns)]
    for held in known.held.get(application, ()):
        found += [held.entry.id.int, held.entry.nik_key, held.entry.fact.blanko]
    return tuple([one for one in found if one is not None])
