"""What is tried when something is wrong, cause by cause, the cheapest first; and how long an answer may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workflows.card_issuance import MOST_ATTEMPTS, MOST_RETRIES, ON_THE_WAY, Ask, State


class Then(StrEnum):
    """What the system does by itself when time has passed."""

    TELL = "tell"  #: Say so, to those who must act and to the resident.
    RESEND = "resend"  #: Ask the station for the packet again.
    ASK_AGAIN = "ask-again"  #: Repeat a request that was not answered.
    RE_RECORD = "re-record"  #: Ask the centre to delete the record; the invitation follows its confirmation.
    REVIEW = "review"  #: Put it before a person of the office.
    ESCALATE = "escalate"  #: Put it before that person's superior.
    LETTER = "letter"  #: Issue or renew a suket; in place of a first one raise an alarm where blanko lie free.


@dataclass(frozen=True, slots=True)
class Answer:
    """A request is asked `most` times, each time with `within` working days for the answer; after the last `then`."""

    within: int
    most: int
    then: Then


ANSWERS: Final[Mapping[Ask, Answer]] = MappingProxyType(
    {
        Ask.RESEND_PACKET: Answer(3, 3, Then.TELL),
        Ask.RETRY_SEARCH: Answer(3, 3, Then.RE_RECORD),
        Ask.DELETE_CENTRAL_RECORD: Answer(10, 3, Then.REVIEW),
        Ask.INVITE_RESIDENT: Answer(3, 3, Then.REVIEW),
        Ask.PRINT_CARD: Answer(2, 3, Then.TELL),
        Ask.VOID_PRINT: Answer(2, 3, Then.TELL),
        Ask.DESTROY_CARD: Answer(5, 3, Then.TELL),
    }
)


def after_the_last(ask: Ask, state: State) -> Then:
    """Return what is done when the last of the same requests was not answered, as far as the state allows it."""
    then = ANSWERS[ask].then
    allowed = {Then.REVIEW: (*ON_THE_WAY, State.RE_RECORDING), Then.RE_RECORD: (State.RECORDED, State.FAILED)}
    return then if state in allowed.get(then, ()) else Then.TELL


@dataclass(frozen=True, slots=True)
class Remedy:
    """One cause: what is tried, in this order, and what it must never lead to."""

    cause: str
    tried: tuple[str, ...]
    never: str | None = None


_AGAIN: Final = "delete centrally, and record again when that is confirmed"
_REVIEW: Final = "a person of the office decides"
_IN_THE_END: Final = f"after {MOST_ATTEMPTS} recordings {_REVIEW}"

REMEDIES: Final = (
    Remedy("silence after the recording", ("resend the packet", _AGAIN)),
    Remedy("SENT_FOR_ENROLLMENT, RECEIVED_AT_CENTRAL", ("tell", "resend the packet", _AGAIN)),
    Remedy("SEARCH_FAILURE_AT_CENTRAL", (f"retry the search {MOST_RETRIES} times", _AGAIN)),
    Remedy("ENROLL_FAILURE_AT_REGIONAL", (_AGAIN, _IN_THE_END)),
    Remedy("ENROLL_FAILURE_AT_CENTRAL", (_AGAIN, _IN_THE_END)),
    Remedy("ADJUDICATE_RECORD", (_REVIEW,)),
    Remedy("DUPLICATE_RECORD", ("delete the duplicate", _REVIEW), never="recorded again"),
    Remedy("recovered by hand (an operator's order)", ("wait for the operator", _REVIEW)),
    Remedy("deletion not confirmed", ("ask again", _REVIEW), never="recorded again before it is confirmed"),
    Remedy("invited and did not come", ("remind", _REVIEW)),
    Remedy("print order or blanko not answered", ("ask again", "tell")),
)
