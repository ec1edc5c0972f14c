"""What an event means for a card: the few words that the ladders compare."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID


class Kind(StrEnum):
    """What a fact is about; outcomes of one process are different kinds."""

    RECORDED = "recorded"
    PROGRESSED = "enrolment-progressed"
    SEARCH_FAILED = "verification-failed:search"
    ENROL_FAILED = "verification-failed:enrol"
    ADJUDICATION_NEEDED = "verification-failed:adjudicate"
    DUPLICATE_FOUND = "verification-failed:duplicate"
    VERIFIED = "data-verified"
    DELETED = "central-record-deleted"
    INVITED = "resident-invited"
    PRINT_REQUESTED = "print-requested"
    ALLOCATED = "blanko-allocated"
    PRINT_FAILED = "print-failed"
    PRINTED = "printed"
    VOIDED = "print-voided"
    DESTROYED = "card-destroyed"
    COLLECTED = "collected"
    CANCELLED = "application-cancelled"
    RESEND_ORDERED = "remedy-ordered:resend"
    RETRY_ORDERED = "remedy-ordered:retry"
    RECOVERY_ORDERED = "remedy-ordered:recover"
    RE_RECORD_ORDERED = "remedy-ordered:re-record"
    POSTPONED = "deadline-postponed"
    TELL_DUE = "deadline-passed:tell"
    RESEND_DUE = "deadline-passed:resend"
    ASK_AGAIN_DUE = "deadline-passed:ask-again"
    RE_RECORD_DUE = "deadline-passed:re-record"
    REVIEW_DUE = "deadline-passed:review"
    ESCALATION_DUE = "deadline-passed:escalate"
    MOVED = "deadline-moved"
    SUKET_ISSUED = "suket-issued"
    NOTED = "noted"


class Rung(IntEnum):
    """How far a recording came within one try; the statuses are Dukcapil's own words, low to high."""

    RECORDED = 0
    PROCESSING = 1
    SENT_FOR_ENROLLMENT = 2
    RECEIVED_AT_CENTRAL = 3
    SEARCH_FAILURE_AT_CENTRAL = 4
    ENROLL_FAILURE_AT_REGIONAL = 5
    ENROLL_FAILURE_AT_CENTRAL = 6
    ADJUDICATE_RECORD = 7
    RE_RECORDING_DUE = 8  # the system's own decision, bound to the limit of attempts
    RE_RECORDING_ORDERED = 9  # a person's, who may know better


_BY_STATUS: Final = {
    "SEARCH_FAILURE_AT_CENTRAL": Kind.SEARCH_FAILED,
    "ENROLL_FAILURE_AT_REGIONAL": Kind.ENROL_FAILED,
    "ENROLL_FAILURE_AT_CENTRAL": Kind.ENROL_FAILED,
    "ADJUDICATE_RECORD": Kind.ADJUDICATION_NEEDED,
    "DUPLICATE_RECORD": Kind.DUPLICATE_FOUND,
}
_BY_NAME: Final = {kind.value: kind for kind in Kind}
# Facts about a card that lies somewhere are told apart by its serial, all others by the attempt.
OF_A_TURN: Final = frozenset(
    {Kind.ALLOCATED, Kind.PRINT_FAILED, Kind.PRINTED, Kind.VOIDED, Kind.DESTROYED, Kind.COLLECTED}
)
# What the clock says, each a decision of ours on one version of an application.
OF_THE_CLOCK: Final = frozenset(kind for kind in Kind if kind.startswith("deadline-passed:"))
# What the timekeeper proposes and the fold judges again.
PROPOSED: Final = OF_THE_CLOCK | {Kind.MOVED, Kind.SUKET_ISSUED}
# What changes nothing that the ladders compare, and is done whenever it is said.
ORDERS: Final = frozenset({Kind.RESEND_ORDERED, Kind.RETRY_ORDERED, Kind.RECOVERY_ORDERED})


#: The try of an order that names none.
AS_IT_STANDS: Final = 0
#: The occasion of most recordings: the first card of a life.
FIRST: Final = "first"


class Fact(NamedTuple):
    """One event as the rules see it: no person, no clock, nothing that the ladders do not compare."""

    id: UUID
    kind: Kind
    attempt: int = 1
    try_: int = 1
    rung: Rung = Rung.RECORDED
    turn: int | None = None
    blanko: str | None = None
    office: str | None = None
    station: str = ""
    enrolment: str | None = None
    because: str | None = None
    deadline: str | None = None
    ask: str | None = None
    asked: int = 1
    version: int | None = None
    until: datetime | None = None
    then: str | None = None
    held: UUID | None = None
    reason: str = FIRST
    urgent: bool = False
    not_before: date | None = None
    married: bool = False


def fact_of(event_id: UUID, name: str, data: Mapping[str, Any], station: str = "") -> Fact:
    """Return what the event *name* with its validated *data*, as JSON values or as fields, means for a card."""
    kind = _BY_NAME.get(name, Kind.NOTED)
    rung = Rung.RECORDED
    if name == "verification-failed":
        kind = _BY_STATUS[data["status"]]
        rung = Rung.__members__.get(data["status"], Rung.RECORDED)
    elif name == "enrolment-progressed":
        rung = Rung[data["status"]]
    elif name == "remedy-ordered":
        kind = _BY_NAME[f"remedy-ordered:{data['remedy']}"]
        rung = Rung.RE_RECORDING_ORDERED
    elif name == "deadline-passed":
        kind = _BY_NAME[f"deadline-passed:{data['then']}"]
        rung = Rung.RE_RECORDING_DUE
    turn = data.get("turn", 1 if kind is Kind.ALLOCATED else None)
    return Fact(
        event_id,
        kind,
        attempt=data.get("attempt", 1),
        try_=data.get("try") or data.get("try_") or (AS_IT_STANDS if kind is Kind.RE_RECORD_ORDERED else 1),
        rung=rung,
        turn=turn,
        blanko=data.get("blanko"),
        office=data.get("office"),
        station=station,
        enrolment=data.get("enrolment"),
        because=data.get("because"),
        deadline=data.get("deadline"),
        ask=data.get("ask"),
        asked=data.get("asked") or 1,
        version=data.get("version"),
        until=_moment(data.get("until")),
        then=data.get("then"),
        held=_identity(data.get("held")),
        reason=data.get("reason") or FIRST,
        urgent=bool(data.get("marked_urgent")),
        not_before=_day(data.get("not_before")),
        married=bool(data.get("married")),
    )


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, datetime) else None


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, date) else None


def _identity(value: object) -> UUID | None:
    return UUID(value) if isinstance(value, str) else value if isinstance(value, UUID) else None
