"""How long each situation may last, in working days of the office, and what the system does then by itself."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from workflows.card_issuance import WAITING, Party, State
from workflows.facts import Rung
from workflows.print_queue import Printing, QueuePolicy
from workflows.remedies import Then
from workflows.standing import Standing

PROMISE: Final = "promise"


class Situation(StrEnum):
    """A state as the clock sees it: how far a recording came, and whether the resident was told to come."""

    NO_NEWS = "no-news"
    SENT = "sent-for-enrolment"
    SEARCH_FAILED = "search-failed"
    BY_HAND = "recovered-by-hand"
    DELETION = "deletion-requested"
    TO_BE_INVITED = "to-be-invited"
    INVITED = "invited"
    WITHOUT_BLANKO = "without-blanko"
    ALLOCATED = "allocated"
    PRINTED = "printed"
    UNDER_REVIEW = "under-review"


class Deadline(NamedTuple):
    """After so many working days in the situation, this is done; with `every` again and again."""

    name: str
    days: int
    then: Then
    every: int | None = None


PATIENCE: Final[Mapping[Situation, tuple[Deadline, ...]]] = MappingProxyType(
    {
        Situation.NO_NEWS: (
            Deadline("no-news", 3, Then.RESEND),
            Deadline("still-no-news", 7, Then.RESEND),
            Deadline("settled", 20, Then.RE_RECORD, every=20),
        ),
        Situation.SENT: (
            Deadline("sent-long-ago", 3, Then.TELL),
            Deadline("sent-very-long-ago", 7, Then.RESEND),
            Deadline("settled", 20, Then.RE_RECORD, every=20),
        ),
        Situation.SEARCH_FAILED: (Deadline("search-not-repeated", 20, Then.RE_RECORD, every=20),),
        Situation.BY_HAND: (Deadline("not-recovered", 14, Then.REVIEW, every=14),),
        Situation.DELETION: (
            Deadline("deletion-late", 30, Then.ESCALATE),
            Deadline("deletion-not-confirmed", 60, Then.REVIEW, every=14),
        ),
        Situation.TO_BE_INVITED: (
            Deadline("invitation-late", 5, Then.TELL),
            Deadline("not-invited", 14, Then.REVIEW, every=14),
        ),
        Situation.INVITED: (
            Deadline("come-again", 14, Then.TELL),
            Deadline("come-again-soon", 30, Then.TELL),
            Deadline("did-not-come", 60, Then.REVIEW, every=30),
        ),
        Situation.WITHOUT_BLANKO: (Deadline("waiting-for-blanko", 4, Then.TELL, every=5),),
        Situation.ALLOCATED: (Deadline("print-late", 2, Then.TELL, every=5),),
        Situation.PRINTED: (
            Deadline("not-collected", 7, Then.TELL),
            Deadline("still-not-collected", 30, Then.TELL),
            Deadline("never-collected", 90, Then.TELL, every=90),
        ),
        Situation.UNDER_REVIEW: (Deadline("review-late", 14, Then.ESCALATE, every=14),),
    }
)
HELD: Final = Deadline("held-too-long", 5, Then.TELL)

_REGENCY: Final = 5  # letters of a regency's code, the first of its kecamatan's too
_PROPOSED: Final = 2  # working days in which an office that wants to confirm may answer


class Policy(NamedTuple):
    """What an office may set.

    Its promise in working days, whether it confirms a new recording, days by deadline, who reviews and who is above;
    which office prints its cards, whether the pipeline itself gives out that office's blanko, how, and how many;
    below how many blanko or pieces of a supply it orders, how many cards a piece of a supply lasts for;
    after how many working days without blanko a suket is due, None where it issues none.
    """

    promise: int = 4
    confirm: bool = False
    days: tuple[tuple[str, int], ...] = ()
    reviewer: str | None = None
    superior: str | None = None
    prints_at: str | None = None  #: None is its regency.
    builtin: bool = False
    queue: QueuePolicy = QueuePolicy()
    printing: Printing = Printing()
    reorder: tuple[tuple[str, int], ...] = ()
    yields: tuple[tuple[str, int], ...] = ()
    suket: int | None = 4

    def printing_office(self, office: str) -> str:
        """Return the code of the office that prints the cards of *office*, whose policy this is."""
        return self.prints_at or office[:_REGENCY]


DEFAULT: Final = Policy()


@lru_cache(maxsize=16_384)
def plan(situation: Situation, policy: Policy = DEFAULT) -> tuple[Deadline, ...]:
    """Return the deadlines of a situation in an office, the earliest first."""
    own = dict(policy.days)
    found = []
    for deadline in PATIENCE[situation]:
        one = deadline._replace(days=own.get(deadline.name, deadline.days))
        if policy.confirm and one.then is Then.RE_RECORD:
            found.append(Deadline(f"{one.name}-proposed", one.days, Then.TELL))
            one = one._replace(days=one.days + _PROPOSED)
        found.append(one)
    return tuple(sorted(found, key=lambda one: one.days))


def deadline_at(situation: Situation, passed: int, policy: Policy = DEFAULT) -> Deadline | None:
    """Return the deadline that comes when so many have passed; None when the last one was for once."""
    deadlines = plan(situation, policy)
    if passed < len(deadlines):
        return deadlines[passed]
    last = deadlines[-1]
    if last.every is None:
        return None
    times = passed - len(deadlines) + 1
    return last._replace(days=last.days + last.every * times)


_OF_STATE: Final = {
    State.FAILED: Situation.SEARCH_FAILED,
    State.DELETION_REQUESTED: Situation.DELETION,
    State.VERIFIED: Situation.WITHOUT_BLANKO,
    State.ALLOCATED: Situation.ALLOCATED,
    State.PRINTED: Situation.PRINTED,
    State.UNDER_REVIEW: Situation.UNDER_REVIEW,
}
_SENT: Final = frozenset({Rung.SENT_FOR_ENROLLMENT, Rung.RECEIVED_AT_CENTRAL})
_RECOVERABLE: Final = frozenset({State.RECORDED, State.FAILED, State.DELETION_REQUESTED})


def situation_of(standing: Standing, state: State, *, by_hand: bool = False) -> Situation | None:
    """Return what the clock sees; None before the first recording and after the end."""
    if by_hand and state in _RECOVERABLE:
        return Situation.BY_HAND
    if state is State.RECORDED:
        return Situation.SENT if standing.rung in _SENT else Situation.NO_NEWS
    if state is State.RE_RECORDING:
        return Situation.INVITED if standing.invited else Situation.TO_BE_INVITED
    return _OF_STATE.get(state)


def cause_at(standing: Standing, state: State, *, by_hand: bool = False) -> str:
    """Return why an application is where it is: its situation, or its state where the clock sees none."""
    return situation_of(standing, state, by_hand=by_hand) or state


#: The causes that an application of each state can have.
CAUSES: Final[Mapping[State, tuple[str, ...]]] = MappingProxyType(
    {
        State.RECORDED: (Situation.NO_NEWS, Situation.SENT, Situation.BY_HAND),
        State.FAILED: (Situation.SEARCH_FAILED, Situation.BY_HAND),
        State.DELETION_REQUESTED: (Situation.DELETION, Situation.BY_HAND),
        State.RE_RECORDING: (Situation.TO_BE_INVITED, Situation.INVITED),
        State.VERIFIED: (Situation.WITHOUT_BLANKO,),
        State.ALLOCATED: (Situation.ALLOCATED,),
        State.PRINTED: (Situation.PRINTED,),
        State.UNDER_REVIEW: (Situation.UNDER_REVIEW,),
        State.COLLECTED: (State.COLLECTED,),
        State.CANCELLED: (State.CANCELLED,),
    }
)
#: Whose move it is by cause, as `whose_move` tells by state and standing.
MOVES: Final[Mapping[str, Party]] = MappingProxyType(
    {cause: WAITING[state].move for state, causes in CAUSES.items() for cause in causes}
    | {Situation.TO_BE_INVITED: Party.OFFICE}
)
