"""When a card may be expected, and how sure that is: a range of working days, a guess, or that nobody knows.

Whole numbers: day 1 is the end of the next working day, as in `workflows/forecast.py`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from workflows.card_issuance import State
from workflows.forecast import HORIZON, Stand, days
from workflows.print_queue import SHARING, Lane, QueuePolicy

#: Of fewer cards nobody can say what is usual.
ENOUGH: Final = 20
_SLACK: Final = len(SHARING) - 1  # the m - 1 of the bound in workflows/blanko.py
_TENTHS: Final = (1, 9)  # eight of ten lie between


class Certainty(StrEnum):
    """What can be said of the day on which a card is printed."""

    OVER = "over"  #: It is collected, or the application ended.
    READY = "ready"  #: It is printed.
    BETWEEN = "between"  #: Blanko and printers suffice: between two days.
    USUAL = "usual"  #: As long as others took at this office: between two days.
    SHORT = "short"  #: There are not blanko enough: about so many working days at the pace of late.
    STOPPED = "stopped"  #: There are not blanko enough, and nothing was printed of late.
    AGE = "age"  #: On or after a birthday.
    YOURS = "yours"  #: When the resident has come.
    REPAIRING = "repairing"  #: Something failed and is being put right.
    REVIEW = "review"  #: A person has to decide.
    UNKNOWN = "unknown"  #: Nothing is there to judge by.


class Promise(StrEnum):
    """How what was promised stands."""

    HOLDS = "holds"
    OPEN = "open"  #: Nobody knows.
    UNLIKELY = "unlikely"  #: By what is known it will not be kept.
    MISSED = "missed"


_NO_DAY: Final = frozenset({Certainty.SHORT, Certainty.STOPPED, Certainty.REPAIRING, Certainty.REVIEW, Certainty.YOURS})
#: Where the state alone says that no day can be named.
OF_STATE: Final[Mapping[State, Certainty]] = {
    State.COLLECTED: Certainty.OVER,
    State.CANCELLED: Certainty.OVER,
    State.PRINTED: Certainty.READY,
    State.RE_RECORDING: Certainty.YOURS,
    State.FAILED: Certainty.REPAIRING,
    State.DELETION_REQUESTED: Certainty.REPAIRING,
    State.UNDER_REVIEW: Certainty.REVIEW,
}


class Range(NamedTuple):
    """From the first to the last of something counted from 1: places in a queue, working days."""

    first: int
    last: int


class Expected(NamedTuple):
    """How sure it is, and between which working days from now; `last` alone is a guess."""

    certainty: Certainty
    first: int | None = None
    last: int | None = None


def place_between(lane: Lane, before: int, waiting: Mapping[str, int], policy: QueuePolicy) -> Range:
    """Return which blanko from now on it will be for whoever has *before* others in front in the lane.

    *waiting* counts by lane who waits now. At best nobody else comes and the other lanes run empty; at worst they never
    do, which is the bound that `workflows/blanko.py` proves. Who comes to the lane `again` later is not in it.
    """
    own = before + 1
    if lane is Lane.AGAIN:
        return Range(own, own)
    ahead, weight = waiting.get(Lane.AGAIN, 0), policy.weight(lane)
    others = [one for one in SHARING if one is not lane]
    shares = sum(min(waiting.get(one, 0), max(before * policy.weight(one) // weight - 1, 0)) for one in others)
    whole = sum(policy.weight(one) for one in SHARING)
    last = ahead - (-own * whole // weight) + _SLACK
    return Range(ahead + own + shares, last)


def queued(stand: Stand, place: Range) -> Expected:
    """Return when the cards of such a place in the queue are printed.

    Where the last place lies behind everybody who waits, so many others will have come before.
    """
    stand = stand._replace(waiting=max(stand.waiting, place.last))
    found = dict[int, int]()
    printed = 0
    for day in days(stand):
        before, printed = printed, printed + day.printed
        found.update({one: day.number for one in place if before < one <= printed})
        if printed >= place.last or (day.stock == 0 and day.number > max(stand.incoming, default=0)):
            break
    if place.last in found:
        return Expected(Certainty.BETWEEN, found[place.first], found[place.last])
    if stand.stock + sum(stand.incoming.values()) >= place.last:
        return Expected(Certainty.UNKNOWN)
    about = -(-place.last * stand.window // stand.printed) if stand.printed else HORIZON + 1
    return Expected(Certainty.SHORT, last=about) if about <= HORIZON else Expected(Certainty.STOPPED)


def promise(due: date, certainty: Certainty, first: date | None, *, late: bool) -> Promise:
    """Return how the promise of a card by *due* stands, *first* being the first day on which it may be expected."""
    if late:
        return Promise.MISSED
    if first is not None and first > due and certainty is not Certainty.AGE:
        return Promise.UNLIKELY
    return Promise.OPEN if certainty in _NO_DAY else Promise.HOLDS


def usual(took: Mapping[int, int]) -> Range | None:
    """Return between which working days eight of ten were printed (*took*: how many on which), None of too few."""
    whole = sum(took.values())
    if whole < ENOUGH:
        return None
    low, high = (_nth(took, -(-whole * tenths // 10)) for tenths in _TENTHS)
    return Range(low, high)


def _nth(took: Mapping[int, int], number: int) -> int:
    """Return the working day of the so-and-so-many-th card."""
    for day in sorted(took):
        number -= took[day]
        if number <= 0:
            return day
    return max(took)
