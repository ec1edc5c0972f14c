"""The sukets of one batch: which are to be written, which end; their numbers and codes are given when they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consumers.books import Suket
from workflows.card_issuance import END_STATES
from workflows.suket import CAME_IN_PERSON, RENEWED

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from consumers.books import Application, Changes
    from workflows.timers import Timers

SUKET: Final = "suket"  #: The kind of the tallies.
ISSUED: Final = "suket-issued"
WITHDRAWN: Final = "suket-withdrawn"


def suket_news(before: Timers, after: Timers) -> str | None:
    """Return the name of the notice that is due because of the letter, if one is."""
    if before.letter == after.letter:
        return None
    return WITHDRAWN if after.letter is None else ISSUED


def why_withdrawn(after: Application) -> str:
    """Return why the letter of an application that has become so was taken back."""
    return after.state.value if after.state in END_STATES else CAME_IN_PERSON


def follow_suket(changes: Changes, before: Application, after: Application, year: int, now: datetime) -> None:
    """Write down what became of the letter between *before* and *after*; *year* is the office's own."""
    office, until = after.standing.office, after.timers.letter
    if after.timers.withheld > before.timers.withheld:
        changes.tallies[office, SUKET, "withheld"] += 1
    if until == before.timers.letter:
        return
    if before.timers.letter is not None:
        _end(changes, after.id, why_withdrawn(after) if until is None else RENEWED, now)
    if until is not None:
        changes.sukets.append(Suket(after.id, office, year, now, until))


def _end(changes: Changes, application: UUID, because: str, now: datetime) -> None:
    for at, one in enumerate(changes.sukets):
        if one.application == application and one.withdrawn is None:
            changes.sukets[at] = one._replace(withdrawn=now, because=because)
            return
    changes.sukets_ended[application] = because
