"""What the journal answers for one submission."""

from enum import StrEnum
from typing import NamedTuple


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
