"""How an application becomes an identity card: one table, read row by row.

Each row of LIFECYCLE is a sentence: *while* the application is ..., it is somebody's *move*; *when* ... is known, it
*becomes* ..., and *then we ask for* .... A pair (while, when) may lead to two ends: the ladders of `standing` decide
which one, from all that is known, so that every order of the same facts ends alike. A change without a row is refused.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workflows.errors import NotInLifecycle
from workflows.facts import Kind, Rung
from workflows.standing import Standing


class State(StrEnum):
    """The ten states of the contract, and the one before the first recording."""

    NEW = "new"
    RECORDED = "recorded"
    FAILED = "failed"
    VERIFIED = "verified"
    ALLOCATED = "allocated"
    PRINTED = "printed"
    COLLECTED = "collected"
    DELETION_REQUESTED = "deletion-requested"
    RE_RECORDING = "re-recording"
    UNDER_REVIEW = "under-review"
    CANCELLED = "cancelled"


class Party(StrEnum):
    """Who has to act before anything can go on."""

    STATION = "station"
    CENTRE = "centre"
    WAREHOUSE = "warehouse"
    PRINTER = "printer"
    RESIDENT = "resident"
    OFFICE = "office"
    NOBODY = "nobody"


class Ask(StrEnum):
    """The requests that a row can send."""

    RETRY_SEARCH = "retry-search"
    DELETE_CENTRAL_RECORD = "delete-central-record"
    INVITE_RESIDENT = "invite-resident"
    PRINT_CARD = "print-card"
    VOID_PRINT = "void-print"
    DESTROY_CARD = "destroy-card"
    RESEND_PACKET = "resend-packet"


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of the table, for each state of `while_`; `asks` are the requests that it may send."""

    while_: tuple[State, ...]
    when: Kind
    becomes: State
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose move it is in a state, and what is told on entering it."""

    move: Party
    notice: str | None


S, K, A = State, Kind, Ask
MOST_RETRIES: Final = 3  # searches that failed and were tried again; the next failure means a new recording
MOST_ATTEMPTS: Final = 3  # recordings; then a person decides

WAITING: Final = {
    S.NEW: Waiting(Party.STATION, None),
    S.RECORDED: Waiting(Party.CENTRE, "application-recorded"),
    S.FAILED: Waiting(Party.CENTRE, "application-failed"),
    S.VERIFIED: Waiting(Party.WAREHOUSE, "application-verified"),
    S.ALLOCATED: Waiting(Party.PRINTER, "application-allocated"),
    S.PRINTED: Waiting(Party.RESIDENT, "application-printed"),
    S.COLLECTED: Waiting(Party.NOBODY, "application-collected"),
    S.DELETION_REQUESTED: Waiting(Party.CENTRE, "application-failed"),
    S.RE_RECORDING: Waiting(Party.RESIDENT, "re-recording-required"),
    S.UNDER_REVIEW: Waiting(Party.OFFICE, "review-opened"),
    S.CANCELLED: Waiting(Party.NOBODY, "application-cancelled"),
}
END_STATES: Final = frozenset({S.COLLECTED, S.CANCELLED})

ON_THE_WAY: Final = (S.RECORDED, S.FAILED, S.DELETION_REQUESTED)
UNVERIFIED: Final = (*ON_THE_WAY, S.UNDER_REVIEW)
OPEN: Final = (*UNVERIFIED, S.VERIFIED, S.ALLOCATED, S.PRINTED, S.RE_RECORDING)
NO_BLANKO: Final = (*UNVERIFIED, S.VERIFIED, S.RE_RECORDING)
NOT_YET_ASKED: Final = (S.RECORDED, S.FAILED, S.UNDER_REVIEW)
# A blanko or card that nobody waits for any more is called back in whatever state.
CALL_BACKS: Final = (A.VOID_PRINT, A.DESTROY_CARD)
ASKING: Final = {
    S.RECORDED: (A.RESEND_PACKET,),
    S.FAILED: (A.RETRY_SEARCH, A.RESEND_PACKET),
    S.DELETION_REQUESTED: (A.DELETE_CENTRAL_RECORD, A.RESEND_PACKET),
    S.UNDER_REVIEW: (A.DELETE_CENTRAL_RECORD, A.RESEND_PACKET, A.RETRY_SEARCH),
    S.RE_RECORDING: (A.INVITE_RESIDENT,),
    S.VERIFIED: (),
    S.ALLOCATED: (A.PRINT_CARD,),
    S.PRINTED: (),
}

LIFECYCLE: Final = (
    #   while it is                 when                    it becomes            then we ask for
    Row((S.NEW,), K.RECORDED, S.RECORDED),
    #   the centre looks at the recording
    Row(ON_THE_WAY, K.PROGRESSED, S.RECORDED),
    Row((S.UNDER_REVIEW,), K.PROGRESSED, S.RECORDED),
    Row(UNVERIFIED, K.SEARCH_FAILED, S.FAILED, (A.RETRY_SEARCH,)),
    Row(NOT_YET_ASKED, K.SEARCH_FAILED, S.DELETION_REQUESTED, (A.DELETE_CENTRAL_RECORD,)),
    Row((S.DELETION_REQUESTED,), K.SEARCH_FAILED, S.DELETION_REQUESTED),
    Row(UNVERIFIED, K.SEARCH_FAILED, S.UNDER_REVIEW),
    Row(NOT_YET_ASKED, K.ENROL_FAILED, S.DELETION_REQUESTED, (A.DELETE_CENTRAL_RECORD,)),
    Row((S.DELETION_REQUESTED,), K.ENROL_FAILED, S.DELETION_REQUESTED),
    Row(UNVERIFIED, K.ENROL_FAILED, S.UNDER_REVIEW),
    Row(UNVERIFIED, K.ADJUDICATION_NEEDED, S.UNDER_REVIEW),
    Row(NOT_YET_ASKED, K.DUPLICATE_FOUND, S.UNDER_REVIEW, (A.DELETE_CENTRAL_RECORD,)),
    Row((S.DELETION_REQUESTED, S.RE_RECORDING), K.DUPLICATE_FOUND, S.UNDER_REVIEW),
    Row(UNVERIFIED, K.VERIFIED, S.VERIFIED),
    Row(UNVERIFIED, K.VERIFIED, S.ALLOCATED, (A.PRINT_CARD,)),
    Row(UNVERIFIED, K.VERIFIED, S.PRINTED),
    #   remedies: deleted first and confirmed, only then recorded again
    Row(NOT_YET_ASKED, K.RE_RECORD_ORDERED, S.DELETION_REQUESTED, (A.DELETE_CENTRAL_RECORD,)),
    Row((S.DELETION_REQUESTED,), K.RE_RECORD_ORDERED, S.DELETION_REQUESTED),
    Row((S.RECORDED, S.FAILED), K.RE_RECORD_DUE, S.DELETION_REQUESTED, (A.DELETE_CENTRAL_RECORD,)),
    Row((S.RECORDED, S.FAILED), K.RE_RECORD_DUE, S.UNDER_REVIEW),
    Row((*ON_THE_WAY, S.UNDER_REVIEW, S.VERIFIED), K.DELETED, S.RE_RECORDING, (A.INVITE_RESIDENT,)),
    Row((S.ALLOCATED,), K.DELETED, S.RE_RECORDING, (A.INVITE_RESIDENT, A.VOID_PRINT)),
    Row((*ON_THE_WAY, S.VERIFIED, S.UNDER_REVIEW), K.DELETED, S.UNDER_REVIEW),
    Row((S.ALLOCATED,), K.DELETED, S.UNDER_REVIEW, (A.VOID_PRINT,)),
    Row((S.PRINTED,), K.DELETED, S.UNDER_REVIEW, (A.DESTROY_CARD,)),
    Row((S.RE_RECORDING,), K.INVITED, S.RE_RECORDING),
    Row((S.RE_RECORDING, S.UNDER_REVIEW), K.RECORDED, S.RECORDED),
    Row((S.UNDER_REVIEW,), K.RECORDED, S.UNDER_REVIEW, (A.DELETE_CENTRAL_RECORD,)),
    #   blanko, print, collection
    Row((S.VERIFIED,), K.ALLOCATED, S.ALLOCATED, (A.PRINT_CARD,)),
    Row((S.PRINTED,), K.ALLOCATED, S.ALLOCATED, (A.PRINT_CARD, A.DESTROY_CARD)),
    Row((S.ALLOCATED,), K.PRINT_FAILED, S.VERIFIED),
    Row((S.ALLOCATED,), K.VOIDED, S.VERIFIED),
    Row((S.ALLOCATED, S.VERIFIED), K.PRINTED, S.PRINTED),
    Row((S.ALLOCATED, S.PRINTED), K.DESTROYED, S.VERIFIED),
    Row((*NO_BLANKO, S.CANCELLED), K.COLLECTED, S.COLLECTED),
    Row((S.ALLOCATED,), K.COLLECTED, S.COLLECTED, (A.VOID_PRINT,)),
    Row((S.PRINTED,), K.COLLECTED, S.COLLECTED, (A.DESTROY_CARD,)),
    #   a card printed from a recording that was deleted meanwhile
    Row((S.RE_RECORDING,), K.PRINTED, S.UNDER_REVIEW, (A.DESTROY_CARD,)),
    Row((S.UNDER_REVIEW,), K.DESTROYED, S.RE_RECORDING, (A.INVITE_RESIDENT,)),
    Row((S.UNDER_REVIEW,), K.ALLOCATED, S.RE_RECORDING, (A.INVITE_RESIDENT, A.VOID_PRINT)),
    #   the resident came in person, an operator ordered a cheaper remedy, or it is over
    *(Row((state,), K.PRINT_REQUESTED, state) for state in OPEN),
    *(Row((state,), K.RESEND_ORDERED, state, (A.RESEND_PACKET,)) for state in UNVERIFIED),
    *(Row((state,), K.RETRY_ORDERED, state, (A.RETRY_SEARCH,)) for state in UNVERIFIED),
    *(Row((state,), K.RECOVERY_ORDERED, state) for state in UNVERIFIED),
    #   time has passed: somebody is told, asked again, or has to decide
    *(Row((state,), kind, state) for kind in (K.TELL_DUE, K.POSTPONED, K.MOVED) for state in OPEN),
    *(Row((state,), K.SUKET_ISSUED, state) for state in OPEN if state is not S.PRINTED),
    Row((S.RECORDED,), K.RESEND_DUE, S.RECORDED, (A.RESEND_PACKET,)),
    *(Row((state,), K.ASK_AGAIN_DUE, state, (*asks, *CALL_BACKS)) for state, asks in ASKING.items()),
    *(Row((state,), K.ESCALATION_DUE, state) for state in (S.UNDER_REVIEW, S.DELETION_REQUESTED)),
    Row((*ON_THE_WAY, S.RE_RECORDING), K.REVIEW_DUE, S.UNDER_REVIEW),
    Row(NO_BLANKO, K.CANCELLED, S.CANCELLED),
    Row((S.ALLOCATED,), K.CANCELLED, S.CANCELLED, (A.VOID_PRINT,)),
    Row((S.PRINTED,), K.CANCELLED, S.CANCELLED, (A.DESTROY_CARD,)),
)
ROWS: Final = {(state, row.when, row.becomes): row for row in LIFECYCLE for state in row.while_}


def state_of(standing: Standing) -> State:
    """Return the state that all known facts together amount to."""
    turn = None
    for turn in standing.turns:
        if turn.collected:
            return S.COLLECTED
    if standing.cancelled:
        return S.CANCELLED
    if standing.attempt == 0:
        return S.NEW
    if standing.deleted:
        review = standing.duplicate or standing.review or (turn is not None and turn.is_card)
        return S.UNDER_REVIEW if review else S.RE_RECORDING
    if standing.verified:
        if turn is None:
            return S.VERIFIED
        return S.PRINTED if turn.is_card else S.ALLOCATED if turn.in_print else S.VERIFIED
    return S.UNDER_REVIEW if standing.duplicate or standing.review else _unverified(standing)


def _unverified(standing: Standing) -> State:
    """Return the state of a recording that the centre has not found good, by how far it came in which try."""
    state = _OF_RUNG[standing.rung]
    if state is S.FAILED and standing.try_ > MOST_RETRIES:
        state = S.DELETION_REQUESTED
    if state is S.DELETION_REQUESTED and too_many_attempts(standing):
        return S.UNDER_REVIEW
    return state


def too_many_attempts(standing: Standing) -> bool:
    """Tell whether the system may record again no more; a person may still order it."""
    return standing.attempt >= MOST_ATTEMPTS and standing.rung is not Rung.RE_RECORDING_ORDERED


_OF_RUNG: Final = {
    Rung.RECORDED: S.RECORDED,
    Rung.PROCESSING: S.RECORDED,
    Rung.SENT_FOR_ENROLLMENT: S.RECORDED,
    Rung.RECEIVED_AT_CENTRAL: S.RECORDED,
    Rung.SEARCH_FAILURE_AT_CENTRAL: S.FAILED,
    Rung.ENROLL_FAILURE_AT_REGIONAL: S.DELETION_REQUESTED,
    Rung.ENROLL_FAILURE_AT_CENTRAL: S.DELETION_REQUESTED,
    Rung.ADJUDICATE_RECORD: S.UNDER_REVIEW,
    Rung.RE_RECORDING_DUE: S.DELETION_REQUESTED,
    Rung.RE_RECORDING_ORDERED: S.DELETION_REQUESTED,
}


def row_for(before: State, when: Kind, after: State) -> Row:
    """Return the sentence that allows this change, or raise NotInLifecycle."""
    try:
        return ROWS[before, when, after]
    except KeyError:
        raise NotInLifecycle(before, when, after) from None


def whose_move(standing: Standing, state: State | None = None) -> Party:
    """Return who has to act now; before the invitation the office has to invite, after it the resident has to come.

    `state` spares working it out again where it is known.
    """
    state = state or state_of(standing)
    if state is S.RE_RECORDING and not standing.invited:
        return Party.OFFICE
    return WAITING[state].move
