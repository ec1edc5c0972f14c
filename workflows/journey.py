"""The way of an application as its resident sees it: what is done, where it is now, what comes next."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from workflows.card_issuance import END_STATES, State

S = State
#: What comes after a state when nothing goes wrong.
_PLAIN: Final = (S.RECORDED, S.VERIFIED, S.ALLOCATED, S.PRINTED, S.COLLECTED)
_DETOURS: Final = {
    S.NEW: (S.RECORDED, *_PLAIN[1:]),
    S.FAILED: _PLAIN[1:],
    S.DELETION_REQUESTED: (S.RE_RECORDING, *_PLAIN),
    S.RE_RECORDING: _PLAIN,
    S.UNDER_REVIEW: (),  # nobody knows before the decision
}
SHOWN: Final = 9  #: Steps that are done; of more the first ones and the last.
_FIRST: Final = 2


class When(StrEnum):
    """Where a step lies."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


class Step(NamedTuple):
    """One step: a state that was, is or will be; `at` is when it began, None of what has not."""

    state: State
    when: When
    at: datetime | None = None


class Journey(NamedTuple):
    """All steps in their order; `left_out` are those done that would make the page too long, after the first two."""

    steps: tuple[Step, ...]
    left_out: int = 0


def journey(entered: Iterable[tuple[State, datetime]]) -> Journey:
    """Return the way of an application by the states that it entered, the first first; of none, what lies ahead."""
    been = list(entered)
    state = been[-1][0] if been else S.NEW
    last = When.DONE if state in END_STATES else When.NOW
    done = [Step(one, When.DONE, at) for one, at in been[:-1]]
    now = [Step(one, last, at) for one, at in been[-1:]]
    left_out = max(len(done) - SHOWN, 0)
    if left_out:
        done = [*done[:_FIRST], *done[_FIRST + left_out :]]
    return Journey((*done, *now, *(Step(one, When.NEXT) for one in ahead(state))), left_out)


def ahead(state: State) -> tuple[State, ...]:
    """Return the states that follow when nothing goes wrong."""
    if state in END_STATES:
        return ()
    if state in _DETOURS:
        return _DETOURS[state]
    return _PLAIN[_PLAIN.index(state) + 1 :]
