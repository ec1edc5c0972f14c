"""Which answers an application is waiting for: a request is sent when it starts to be wanted."""

from typing import Final, NamedTuple

from workflows.card_issuance import Ask, State
from workflows.facts import Fact, Kind
from workflows.standing import Standing, Turn

# Most applications ask for nothing most of the time.
_ASKING: Final = frozenset({State.FAILED, State.DELETION_REQUESTED, State.RE_RECORDING})


class Request(NamedTuple):
    """One thing asked of somebody outside; the answer is an event."""

    ask: Ask
    attempt: int | None = None
    try_: int | None = None
    turn: int | None = None
    blanko: str | None = None


_NOTHING: Final[frozenset[Request]] = frozenset()


def wanted(standing: Standing, state: State) -> frozenset[Request]:
    """Return every request whose answer the application wants as it stands, in its *state*."""
    if not standing.turns and state not in _ASKING:
        return _NOTHING
    requests = {request for turn in standing.turns if (request := _call_back(standing, state, turn))}
    match state:
        case State.FAILED:
            requests.add(Request(Ask.RETRY_SEARCH, standing.attempt, standing.try_ + 1))
        case State.DELETION_REQUESTED:
            requests.add(Request(Ask.DELETE_CENTRAL_RECORD, standing.attempt))
        case State.RE_RECORDING if not standing.invited:
            requests.add(Request(Ask.INVITE_RESIDENT, standing.attempt))
        case State.ALLOCATED if standing.turn:
            turn = standing.turn
            requests.add(Request(Ask.PRINT_CARD, standing.attempt, turn=turn.number, blanko=turn.blanko))
        case _:
            pass
    return frozenset(requests)


def _call_back(standing: Standing, state: State, turn: Turn) -> Request | None:
    """Return what a blanko or card that nobody waits for any more needs: its print voided, or its destruction."""
    current = turn is standing.turn and state in (State.ALLOCATED, State.PRINTED)
    if current or turn.collected:
        return None
    if turn.in_print:
        return Request(Ask.VOID_PRINT, turn=turn.number, blanko=turn.blanko)
    if turn.is_card:
        return Request(Ask.DESTROY_CARD, turn=turn.number, blanko=turn.blanko)
    return None


def ordered(standing: Standing, fact: Fact) -> frozenset[Request]:
    """Return what an operator's order sends at once, in any state before the verification."""
    following = standing.try_ + 1
    match fact.kind:
        case Kind.RESEND_ORDERED:
            return frozenset({Request(Ask.RESEND_PACKET, standing.attempt, following)})
        case Kind.RETRY_ORDERED:
            return frozenset({Request(Ask.RETRY_SEARCH, standing.attempt, following)})
        case _:
            return _NOTHING
