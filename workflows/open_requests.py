"""Which answers an application is waiting for: a request is sent when it starts to be wanted."""

from typing import Final, NamedTuple

from workflows.card_issuance import UNVERIFIED, Ask, State, state_of
from workflows.facts import Fact, Kind
from workflows.standing import Standing, Turn

# Most applications ask for nothing most of the time.
_ASKING: Final = frozenset({State.FAILED, State.DELETION_REQUESTED, State.UNDER_REVIEW, State.RE_RECORDING})


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
        case State.DELETION_REQUESTED | State.UNDER_REVIEW if _to_be_deleted(standing, state):
            requests.add(Request(Ask.DELETE_CENTRAL_RECORD, standing.attempt))
        case State.RE_RECORDING if not standing.invited:
            requests.add(Request(Ask.INVITE_RESIDENT, standing.attempt))
        case State.ALLOCATED if standing.turn:
            turn = standing.turn
            requests.add(Request(Ask.PRINT_CARD, standing.attempt, turn=turn.number, blanko=turn.blanko))
        case _:
            pass
    return frozenset(requests)


def _to_be_deleted(standing: Standing, state: State) -> bool:
    """Tell whether the centre's record has to go: for a new recording, or because it is a duplicate."""
    return state is State.DELETION_REQUESTED or (standing.duplicate and not standing.deleted and not standing.verified)


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
    """Return what an order or a deadline sends at once; for one that asks again nothing if it was answered."""
    following = standing.try_ + 1
    match fact.kind:
        case Kind.ASK_AGAIN_DUE:
            return _asked(standing, state_of(standing), fact)
        case Kind.RESEND_ORDERED | Kind.RESEND_DUE:
            return frozenset({Request(Ask.RESEND_PACKET, standing.attempt, following)})
        case Kind.RETRY_ORDERED:
            return frozenset({Request(Ask.RETRY_SEARCH, standing.attempt, following)})
        case _:
            return _NOTHING


def awaited(standing: Standing, state: State) -> frozenset[Request]:
    """Return every request that an answer may still come to: what is wanted, and a packet or search asked for."""
    if state not in UNVERIFIED or standing.duplicate:
        return wanted(standing, state)
    following = standing.try_ + 1
    tries = {Request(ask, standing.attempt, following) for ask in (Ask.RESEND_PACKET, Ask.RETRY_SEARCH)}
    return wanted(standing, state) | tries


def is_awaited(standing: Standing, state: State, fact: Fact) -> bool:
    """Tell whether the answer that the fact says is missing is still waited for."""
    return bool(_asked(standing, state, fact))


def _asked(standing: Standing, state: State, fact: Fact) -> frozenset[Request]:
    return frozenset(one for one in awaited(standing, state) if _is_asked(one, fact))


def _is_asked(request: Request, fact: Fact) -> bool:
    """Tell whether the fact speaks of this request; of a card by its serial, of a recording by attempt and try."""
    if request.ask.value != fact.ask:
        return False
    if request.blanko is not None:
        return request.blanko == fact.blanko
    return request.attempt == fact.attempt and request.try_ in (None, fact.try_)
