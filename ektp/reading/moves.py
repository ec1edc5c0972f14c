"""Whose move it is, counted over all open applications."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from workflows.card_issuance import END_STATES, WAITING, Party, State

_INVITED: Final = text(f"select count(*) from applications where situation = 'invited' and {LIES_IN}")  # noqa: S608 - ours


def moves(connection: Connection, states: Mapping[str, int], offices: Offices = EVERYWHERE) -> Counter[Party]:
    """Return how many open applications wait for whom; one to be recorded again waits for the office's invitation.

    *states* counts those of these regions.
    """
    waiting: Counter[Party] = Counter(dict.fromkeys(Party, 0))
    del waiting[Party.NOBODY]
    for state in State:
        if state is not State.NEW and state not in END_STATES:
            waiting[WAITING[state].move] += states[state.value]
    if again := states[State.RE_RECORDING.value]:
        invited = connection.scalar(_INVITED, named(offices)) or 0
        waiting[Party.RESIDENT] -= again - invited
        waiting[Party.OFFICE] += again - invited
    return waiting
