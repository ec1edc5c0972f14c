"""What the journal answers for one submission."""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.reasons import Reason
from schemas.violations import DETAILS, Violation


class OutcomeKind(StrEnum):
    """The five things that can become of an event; nothing is ever dropped."""

    APPLIED = "applied"  #: It changed something.
    REPEATED = "repeated"  #: It was seen before; a recorded no-op.
    HELD = "held"  #: True, but its predecessor has not arrived yet.
    SUPERSEDED = "superseded"  #: A late fact about something that is over.
    PARKED = "parked"  #: It cannot be; kept with its cause for a person.


class Outcome(NamedTuple):
    """Tell what became of one submission; `event_id` is None when none could be read, `reason` a reason code."""

    event_id: str | None
    outcome: OutcomeKind
    reason: str | None = None


#: What a station is told of each cause that only the store shows.
DETAIL: Final = {
    Reason.ALLOCATOR_IS_BUILTIN: "the pipeline itself gives out the blanko of this application's office",
    Reason.BLANKO_BELONGS_TO_ANOTHER: "data.blanko is bound to another application in the ledger",
    Reason.BLANKO_NOT_THERE: "by the word of its office data.blanko is elsewhere in the ledger",
    Reason.BLANKO_MISMATCH: "data.blanko and data.turn do not name the same allocation",
    Reason.BLANKO_GIVEN_TWICE: "data.blanko was given to this application in another turn",
    Reason.TURN_ALREADY_ALLOCATED: "data.turn was allocated another blanko; the next allocation is the next turn",
    Reason.NIK_DIFFERS: "data.nik is not the one this application was opened with",
    Reason.NOT_IN_LIFECYCLE: "the life of a card has no row for this change",
    Reason.SENDER_NOT_ALLOWED: DETAILS[Violation.APPLICATION_OF_ANOTHER],
}
