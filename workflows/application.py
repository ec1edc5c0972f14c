"""One application taking in one fact: what becomes of the fact, and what follows from it."""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.reasons import Reason, WaitReason
from workflows.card_issuance import END_STATES, UNVERIFIED, WAITING, Party, State, row_for, state_of, whose_move
from workflows.facts import ORDERS, PROPOSED, Fact, Kind, Rung
from workflows.open_requests import Request, ordered, wanted
from workflows.standing import Standing, contradiction, join, waits_for
from workflows.suket import WITHHELD


class Fate(StrEnum):
    """What becomes of a fact that was not seen before."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    HELD = "held"
    PARKED = "parked"


class Told(NamedTuple):
    """What a notice says of the application; a new one is due when this changes."""

    state: State
    attempt: int
    because: str
    whose_move: Party


class Receipt(NamedTuple):
    """What a fact did: its fate and reason, the standing after it, and what has to leave."""

    fate: Fate
    reason: Reason | WaitReason | None
    standing: Standing
    before: State
    after: State
    notice: Told | None = None
    requests: frozenset[Request] = frozenset()
    overdue: str | None = None  #: The deadline that people are told of.


_CLOCK: Final = PROPOSED | {Kind.POSTPONED}
_OF_ANY_ATTEMPT: Final = frozenset({Kind.POSTPONED, Kind.MOVED})
_TELLING: Final = frozenset({Kind.TELL_DUE, Kind.ESCALATION_DUE})


def receive(standing: Standing, fact: Fact) -> Receipt:
    """Take *fact* into *standing*, or say why not; whatever it changes has a row in LIFECYCLE."""
    before = state_of(standing)
    if reason := contradiction(standing, fact):
        return Receipt(Fate.PARKED, reason, standing, before, before)
    if wait := waits_for(standing, fact):
        return Receipt(Fate.HELD, wait, standing, before, before)
    joined = join(standing, fact)
    if joined == standing and fact.kind not in ORDERS and fact.kind not in _CLOCK:
        return Receipt(Fate.SUPERSEDED, None, standing, before, before)
    after = state_of(joined)
    requests = wanted(joined, after) - wanted(standing, before)
    if not _is_news(fact, standing, before, joined, after):
        # What lies somewhere is asked for also when its application is over.
        again = ordered(standing, fact) if fact.kind is Kind.ASK_AGAIN_DUE else frozenset()
        return Receipt(Fate.SUPERSEDED, None, joined, before, after, requests=requests | again)
    row_for(before, fact.kind, after)
    says = told(joined, after)
    news = WAITING[after].notice is not None and (before is not after or says != told(standing, before))
    sent = requests | ordered(standing, fact)
    # A letter withheld is the office's alarm, and no news for the resident.
    overdue = fact.deadline if fact.kind in _TELLING and fact.deadline != WITHHELD else None
    return Receipt(Fate.APPLIED, None, joined, before, after, says if news else None, sent, overdue)


def overtaken(standing: Standing) -> Receipt:
    """Return what becomes of a deadline that was decided on what is not so any more."""
    state = state_of(standing)
    return Receipt(Fate.SUPERSEDED, None, standing, state, state)


def _is_news(fact: Fact, standing: Standing, before: State, joined: Standing, after: State) -> bool:
    """Whether anybody looking at the application would see a difference (a late or lower fact makes none)."""
    if before is not after:
        return True
    if before in END_STATES:
        return False
    if fact.kind is Kind.ASK_AGAIN_DUE:
        return bool(ordered(standing, fact))
    if fact.kind in _CLOCK:
        return fact.attempt == standing.attempt or fact.kind in _OF_ANY_ATTEMPT
    if fact.kind in ORDERS:
        return before in UNVERIFIED and fact.attempt == standing.attempt
    return _visible(standing, before) != _visible(joined, after)


def _visible(standing: Standing, state: State) -> tuple[object, ...]:
    """Return what a person looking at the application sees besides its state."""
    climbing = state in UNVERIFIED and not standing.duplicate and not standing.deleted
    turn = standing.turn if state in (State.ALLOCATED, State.PRINTED) else None
    return (
        standing.attempt,
        (standing.try_, standing.rung) if climbing else None,
        standing.invited and state is State.RE_RECORDING,
        (standing.came_in_person, standing.married),
        standing.duplicate and standing.deleted,
        turn.blanko if turn else None,
    )


def told(standing: Standing, state: State | None = None) -> Told:
    """Return what people are told of the application as it stands; `state` where it is known already."""
    state = state or state_of(standing)
    attempt = 0 if state in END_STATES else standing.attempt
    return Told(state, attempt, because(standing, state), whose_move(standing, state))


_BECAUSE: Final = {rung: rung.name.lower().replace("_", "-") for rung in Rung}
_FIXED: Final = {
    State.NEW: "nothing-recorded",
    State.RECORDED: "waiting-for-the-centre",
    State.VERIFIED: "waiting-for-blanko",
    State.ALLOCATED: "waiting-for-the-printer",
    State.PRINTED: "ready-to-collect",
    State.COLLECTED: "collected",
}


def because(standing: Standing, state: State | None = None) -> str:
    """Return why the application is where it is, as a code that does not depend on the order of the facts."""
    state = state or state_of(standing)
    if state in _FIXED:
        return _FIXED[state]
    if state is State.CANCELLED:
        return standing.cancelled or "withdrawn"
    if state is State.RE_RECORDING:
        return "invited" if standing.invited else "central-record-deleted"
    if standing.duplicate:
        return "duplicate-record"
    if standing.deleted and standing.turn is not None and standing.turn.is_card:
        return "printed-from-a-deleted-record"
    return _BECAUSE[standing.rung]
