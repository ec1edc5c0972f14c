"""The ladders: what is known of one application, whatever order it arrived in.

A standing only ever grows. `join` adds a fact to it, and adding is commutative and idempotent; a fact `waits_for`
something only as long as a monotone condition does not hold. So every order of the same facts ends in one standing.
"""

from datetime import date
from typing import Final, NamedTuple

from schemas.reasons import Reason, WaitReason
from workflows.facts import AS_IT_STANDS, FIRST, OF_A_TURN, ORDERS, PROPOSED, Fact, Kind, Rung

# What the clock says and what postpones it is told or asked, and changes nothing that is known.
_TOLD_ONLY: Final = {Kind.NOTED, Kind.POSTPONED, *PROPOSED} - {Kind.REVIEW_DUE, Kind.RE_RECORD_DUE}


class Turn(NamedTuple):
    """One blanko given to the application, and all that is known to have happened to it."""

    number: int
    blanko: str
    failed: bool = False
    voided: bool = False
    printed: bool = False
    collected: bool = False
    destroyed: bool = False

    @property
    def ended(self) -> bool:
        """Whether another blanko may follow this one."""
        return self.failed or self.voided or self.destroyed

    @property
    def is_card(self) -> bool:
        """Whether a printed card exists: reality beats the word that printing had failed."""
        return self.printed and not self.destroyed

    @property
    def in_print(self) -> bool:
        """Whether the blanko is still bound to the application without being a card."""
        return not (self.printed or self.ended)

    @property
    def place(self) -> str:
        """Where the ledger has this serial: the highest rung known of it."""
        if self.destroyed:
            return "destroyed"
        if self.collected:
            return "collected"
        if self.printed:
            return "printed"
        if self.failed:
            return "spoiled"
        return "in-stock" if self.voided else "allocated"


class Standing(NamedTuple):
    """All rungs reached: of the current attempt, of every turn, and of the application."""

    attempt: int = 0
    office: str = ""
    station: str = ""
    enrolment: str | None = None
    try_: int = 1
    rung: Rung = Rung.RECORDED
    verified: bool = False
    deleted: bool = False
    invited_for: int = 0  #: The highest attempt that an invitation named.
    ever_verified: bool = False
    duplicate: bool = False
    came_in_person: bool = False
    cancelled: str | None = None
    review: str | None = None  #: The deadline that put it before a person; news from the centre takes it away.
    turns: tuple[Turn, ...] = ()
    reason: str = FIRST  #: Why the current attempt was recorded.
    urgent: bool = False
    not_before: date | None = None  #: The seventeenth birthday of who was younger when recorded.
    married: bool = False

    @property
    def of_age(self) -> date | None:
        """The day before which there is no card; None where there is none such."""
        return None if self.married else self.not_before

    @property
    def invited(self) -> bool:
        """Whether the resident was told to come again, by whichever of the two attempts the invitation named."""
        return self.deleted and self.invited_for >= self.attempt

    @property
    def turn(self) -> Turn | None:
        """The newest turn, the one that can still bring a card."""
        return self.turns[-1] if self.turns else None

    def turn_of(self, blanko: str | None) -> Turn | None:
        """Return the turn in which the application was given *blanko*."""
        for turn in self.turns:
            if turn.blanko == blanko:
                return turn
        return None


def contradiction(standing: Standing, fact: Fact) -> Reason | None:
    """Return why *fact* cannot be true beside what is known, if it cannot."""
    if fact.kind not in OF_A_TURN:
        return None
    known = standing.turn_of(fact.blanko)
    if known is not None and fact.turn is not None and fact.turn != known.number:
        return Reason.BLANKO_GIVEN_TWICE if fact.kind is Kind.ALLOCATED else Reason.BLANKO_MISMATCH
    if known is None and fact.turn is not None and fact.turn <= len(standing.turns):
        return Reason.TURN_ALREADY_ALLOCATED if fact.kind is Kind.ALLOCATED else Reason.BLANKO_MISMATCH
    return None


def waits_for(standing: Standing, fact: Fact) -> WaitReason | None:
    """Return what has to be known before *fact* can be taken in, if anything.

    Each condition is monotone (once true it stays true): this is what makes the end independent of the order.
    """
    if standing.attempt == 0 and (fact.kind is not Kind.RECORDED or fact.attempt != 1):
        return WaitReason.WAITS_FOR_RECORDING
    if fact.kind in OF_A_TURN:
        return _turn_waits_for(standing, fact)
    if fact.kind in (Kind.RECORDED, Kind.INVITED):
        if fact.attempt > standing.attempt + 1:
            return WaitReason.WAITS_FOR_RECORDING
        # An invitation names the attempt that ended, or (from the second on) the one that is to come.
        must_be_deleted = 1 if fact.kind is Kind.INVITED and fact.attempt == 1 else fact.attempt - 1
        deleted = standing.attempt if standing.deleted else max(0, standing.attempt - 1)
        return WaitReason.WAITS_FOR_DELETION if must_be_deleted > deleted else None
    return WaitReason.WAITS_FOR_RECORDING if fact.attempt > standing.attempt else None


def _turn_waits_for(standing: Standing, fact: Fact) -> WaitReason | None:
    known = standing.turn_of(fact.blanko)
    if fact.kind is Kind.ALLOCATED:
        number = fact.turn or 1
        if not standing.ever_verified:
            return WaitReason.WAITS_FOR_VERIFICATION
        earlier_ended = number <= len(standing.turns) or (
            number == len(standing.turns) + 1 and all(turn.ended for turn in standing.turns[-1:])
        )
        return None if earlier_ended else WaitReason.WAITS_FOR_PREVIOUS_TURN
    if known is None:
        return WaitReason.WAITS_FOR_ALLOCATION
    if fact.kind is Kind.COLLECTED and not known.printed:
        return WaitReason.WAITS_FOR_PRINT
    return None


def join(standing: Standing, fact: Fact) -> Standing:
    """Return *standing* with *fact* known too; the same object's equal when it was known or is outranked."""
    match fact.kind:
        case Kind.RECORDED:
            return _open_attempt(standing, fact)
        case Kind.PRINT_REQUESTED:
            return standing._replace(came_in_person=True, married=standing.married or fact.married)
        case Kind.CANCELLED:
            because = fact.because or "withdrawn"
            return standing._replace(cancelled=min(because, standing.cancelled or because))
        case Kind.REVIEW_DUE:
            return standing._replace(review=fact.deadline)
        case kind if kind in ORDERS or kind in _TOLD_ONLY:
            return standing
        case _:
            return _join_turn(standing, fact) if fact.kind in OF_A_TURN else _join_attempt(standing, fact)


def _join_attempt(standing: Standing, fact: Fact) -> Standing:
    """Join what was found out about an attempt; of an earlier one only what stays true of the person."""
    current = fact.attempt == standing.attempt
    match fact.kind:
        case Kind.DUPLICATE_FOUND:
            return standing._replace(duplicate=True)
        case Kind.VERIFIED:
            review = None if current and not standing.deleted else standing.review
            return standing._replace(ever_verified=True, verified=standing.verified or current, review=review)
        case Kind.DELETED:
            known = standing.deleted or not current
            return standing if known else standing._replace(deleted=True, review=None)
        case Kind.INVITED:
            return standing._replace(invited_for=max(standing.invited_for, fact.attempt))
        case Kind.RE_RECORD_ORDERED if fact.try_ == AS_IT_STANDS:
            return _join_attempt(standing, fact._replace(try_=standing.try_))
        case Kind.RE_RECORD_DUE:
            # The clock speaks of the try as it stands.
            return standing._replace(rung=fact.rung) if current and fact.rung > standing.rung else standing
        case _:
            higher = (fact.try_, fact.rung) > (standing.try_, standing.rung)
            if not (current and higher):
                return standing
            review = standing.review if standing.deleted else None
            return standing._replace(try_=fact.try_, rung=fact.rung, review=review)


def _open_attempt(standing: Standing, fact: Fact) -> Standing:
    if fact.attempt <= standing.attempt:
        return standing
    return standing._replace(
        attempt=fact.attempt,
        office=fact.office or standing.office,
        station=fact.station,
        enrolment=fact.enrolment,
        try_=1,
        rung=Rung.RECORDED,
        verified=False,
        deleted=False,
        review=None,
        reason=fact.reason,
        urgent=fact.urgent,
        not_before=fact.not_before,
    )


def _join_turn(standing: Standing, fact: Fact) -> Standing:
    if fact.kind is Kind.ALLOCATED:
        if standing.turn_of(fact.blanko) or fact.blanko is None:
            return standing
        return standing._replace(turns=(*standing.turns, Turn(fact.turn or 1, fact.blanko)))
    return standing._replace(
        turns=tuple(_mark(turn, fact.kind) if turn.blanko == fact.blanko else turn for turn in standing.turns),
    )


def _mark(turn: Turn, kind: Kind) -> Turn:
    match kind:
        case Kind.PRINT_FAILED:
            return turn._replace(failed=True)
        case Kind.VOIDED:
            return turn._replace(voided=True)
        case Kind.PRINTED:
            return turn._replace(printed=True)
        case Kind.DESTROYED:
            return turn._replace(destroyed=True)
        case Kind.COLLECTED:
            return turn._replace(collected=True)
        case _:
            return turn
