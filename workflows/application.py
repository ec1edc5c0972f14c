"""One application taking in one fact: what becomes of the fact, and what follows from it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from schemas.reasons import Reason, WaitReason
from workflows.card_issuance import END_STATES, WAITING, Party, State, row_for, state_of, whose_move
from workflows.facts import Fact, Kind
from workflows.open_requests import Request, ordered, wanted
from workflows.standing import Standing, contradiction, join, waits_for


class Fate(StrEnum):
    """What becomes of a fact that was not seen before."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    HELD = "held"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says of the application; a new one is due when this changes."""

    state: State
    attempt: int
    because: str
    whose_move: Party


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a fact did: its fate and reason, the standing after it, and what has to leave."""

    fate: Fate
    reason: Reason | WaitReason | None
    standing: Standing
    before: State
    after: State
    notice: Told | None = None
    requests: frozenset[Request] = field(default_factory=frozenset)


_ORDERS: Final = (Kind.RESEND_ORDERED, Kind.RETRY_ORDERED, Kind.RECOVERY_ORDERED)
_UNVERIFIED: Final = (State.RECORDED, State.FAILED, State.DELETION_REQUESTED, State.UNDER_REVIEW)


def receive(standing: Standing, fact: Fact) -> Receipt:
    """Take *fact* into *standing*, or say why not; whatever it changes has a row in LIFECYCLE."""
    before = state_of(standing)
    if reason := contradiction(standing, fact):
        return Receipt(Fate.PARKED, reason, standing, before, before)
    if wait := waits_for(standing, fact):
        return Receipt(Fate.HELD, wait, standing, before, before)
    joined = join(standing, fact)
    after = state_of(joined)
    if not _is_news(standing, joined, fact):
        return Receipt(Fate.SUPERSEDED, None, joined, before, after, requests=wanted(joined) - wanted(standing))
    row_for(before, fact.kind, after)
    said, says = told(standing), told(joined)
    return Receipt(
        Fate.APPLIED,
        None,
        joined,
        before,
        after,
        notice=None if says == said or WAITING[after].notice is None else says,
        requests=(wanted(joined) - wanted(standing)) | ordered(standing, fact),
    )


def _is_news(before: Standing, after: Standing, fact: Fact) -> bool:
    """Whether anybody looking at the application would see a difference (a late or lower fact makes none)."""
    state = state_of(before)
    if state in END_STATES and state_of(after) is state:
        return False
    if fact.kind in _ORDERS:
        return state in _UNVERIFIED and fact.attempt == before.attempt
    return _visible(before) != _visible(after)


def _visible(standing: Standing) -> tuple[object, ...]:
    """Return what a person looking at the application sees of its standing."""
    state = state_of(standing)
    climbing = state in _UNVERIFIED and not standing.duplicate and not standing.deleted
    turn = standing.turn if state in (State.ALLOCATED, State.PRINTED) else None
    return (
        state,
        standing.attempt,
        (standing.try_, standing.rung) if climbing else None,
        standing.invited and state is State.RE_RECORDING,
        standing.came_in_person,
        turn.blanko if turn else None,
    )


def told(standing: Standing) -> Told:
    """Return what people are told of the application as it stands."""
    state = state_of(standing)
    attempt = 0 if state in END_STATES else standing.attempt
    return Told(state, attempt, because(standing), whose_move(standing))


_FIXED: Final = {
    State.NEW: "nothing-recorded",
    State.RECORDED: "waiting-for-the-centre",
    State.VERIFIED: "waiting-for-blanko",
    State.ALLOCATED: "waiting-for-the-printer",
    State.PRINTED: "ready-to-collect",
    State.COLLECTED: "collected",
}


def because(standing: Standing) -> str:
    """Return why the application is where it is, as a code that does not depend on the order of the facts."""
    state = state_of(standing)
    if state in _FIXED:
        return _FIXED[state]
    if state is State.CANCELLED:
        return standing.cancelled or "withdrawn"
    if state is State.RE_RECORDING:
        return "invited" if standing.invited else "central-record-deleted"
    if standing.deleted and standing.turn is not None and standing.turn.is_card:
        return "printed-from-a-deleted-record"
    if standing.duplicate:
        return "duplicate-record"
    return standing.rung.name.lower().replace("_", "-")
