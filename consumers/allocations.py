"""The journal's side of allocating: where an application waits, and what becomes of an allocation.

The allocator's own is done if it still can be; for its offices no other is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.reasons import Reason
from schemas.submission import Door
from workflows.application import Fate, overtaken
from workflows.card_issuance import State
from workflows.facts import Kind
from workflows.print_queue import Place, place_of

if TYPE_CHECKING:
    from datetime import datetime

    from consumers.books import Application
    from consumers.entry import Entry
    from workflows.application import Receipt
    from workflows.ledger import Blanko
    from workflows.standing import Standing
    from workflows.timekeeping import Timekeeping
    from workflows.timers import Timers

GIVEN: Final = "given"  #: The kind of the count of what the pipeline itself has given out.
FAILED_PRINTS: Final = "print-failed"  #: And of the prints that failed.


def place(keeping: Timekeeping, standing: Standing, state: State, recorded: datetime, timers: Timers) -> Place:
    """Return where an application waits for a blanko; *recorded* is when it was first."""
    policy = keeping.policy(standing.office)
    nowhere = Place(policy.printing_office(standing.office))
    if state is not State.VERIFIED:
        return nowhere
    day = keeping.calendar(standing.office).date_of(recorded)
    return place_of(nowhere, standing, recorded, day, policy.queue, suket=timers.letter is not None)


def judged(
    entry: Entry, application: Application, blanko: Blanko | None, keeping: Timekeeping
) -> Receipt | Reason | None:
    """Return what becomes of an allocation; None leaves it, and every other fact, to the rules."""
    if entry.fact.kind is not Kind.ALLOCATED:
        return None
    if not _is_ours(entry):
        builtin = keeping.policy(application.standing.office).builtin
        return Reason.ALLOCATOR_IS_BUILTIN if builtin else None
    return None if _can_be(entry, application, blanko) else overtaken(application.standing)


def counted_by_day(entry: Entry, receipt: Receipt, keeping: Timekeeping, now: datetime) -> tuple[str, str, str] | None:
    """Return under what to count that the pipeline has given out a blanko, or that a print failed: office, kind, key.

    The key is the working day, and the printer behind it.
    """
    kind = entry.fact.kind
    if receipt.fate is not Fate.APPLIED or (kind is not Kind.PRINT_FAILED and not _is_ours(entry)):
        return None
    office = keeping.policy(receipt.standing.office).printing_office(receipt.standing.office)
    day = keeping.calendar(office).working_day(now).isoformat()
    return (office, GIVEN, day) if _is_ours(entry) else (office, FAILED_PRINTS, f"{day} {entry.data['printer']}")


def _is_ours(entry: Entry) -> bool:
    return entry.fact.kind is Kind.ALLOCATED and entry.door is Door.SYSTEM


def _can_be(entry: Entry, application: Application, blanko: Blanko | None) -> bool:
    """Tell whether the application still waits as it was seen, and the blanko is free and was never given to it."""
    if blanko is None or not blanko.is_free or blanko.office != entry.fact.office:
        return False
    waits = application.state is State.VERIFIED and application.version == entry.fact.version
    return waits and application.standing.turn_of(blanko.serial) is None
