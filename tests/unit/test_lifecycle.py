"""The model check: everything that can be known of a card, walked through the table."""

from collections import defaultdict, deque
from functools import cache
from uuid import UUID

from workflows.application import Fate, receive
from workflows.card_issuance import END_STATES, LIFECYCLE, ROWS, WAITING, Ask, State, state_of
from workflows.facts import Fact, Kind, Rung
from workflows.standing import Standing

NOBODY = UUID(int=0)
Change = tuple[State, Kind, State]


def facts() -> list[Fact]:
    """Return every kind of fact for two attempts, two tries and two turns (without twins that behave alike)."""
    found = [
        Fact(NOBODY, kind, turn=turn, blanko=blanko)
        for turn, blanko in ((1, "A"), (2, "B"))
        for kind in (Kind.ALLOCATED, Kind.PRINT_FAILED, Kind.PRINTED, Kind.DESTROYED, Kind.COLLECTED)
    ]
    for attempt in (1, 2):
        found += [
            Fact(NOBODY, kind, attempt=attempt, office="33.74")
            for kind in (Kind.RECORDED, Kind.DUPLICATE_FOUND, Kind.VERIFIED, Kind.DELETED, Kind.INVITED)
        ]
    for attempt, try_ in ((1, 1), (1, 2), (2, 1)):
        found += [
            Fact(NOBODY, Kind.PROGRESSED, attempt=attempt, try_=try_, rung=Rung.PROCESSING),
            Fact(NOBODY, Kind.SEARCH_FAILED, attempt=attempt, try_=try_, rung=Rung.SEARCH_FAILURE_AT_CENTRAL),
        ]
    found.append(Fact(NOBODY, Kind.ENROL_FAILED, attempt=2, rung=Rung.ENROLL_FAILURE_AT_CENTRAL))
    for try_ in (1, 2):
        found += [
            Fact(NOBODY, Kind.ENROL_FAILED, try_=try_, rung=Rung.ENROLL_FAILURE_AT_CENTRAL),
            Fact(NOBODY, Kind.ADJUDICATION_NEEDED, try_=try_, rung=Rung.ADJUDICATE_RECORD),
            Fact(NOBODY, Kind.RE_RECORD_ORDERED, try_=try_, rung=Rung.RE_RECORDING_ORDERED),
        ]
    return [*found, Fact(NOBODY, Kind.CANCELLED)]


@cache
def walk() -> tuple[dict[Change, set[Ask]], dict[tuple[State, Kind], set[Fate]], dict[State, set[State]]]:
    """Walk every standing that can be reached; `receive` itself raises where the table has no row."""
    applied: dict[Change, set[Ask]] = defaultdict(set)
    fates: dict[tuple[State, Kind], set[Fate]] = defaultdict(set)
    after: dict[State, set[State]] = defaultdict(set)
    everything = facts()
    seen, todo = {Standing()}, deque([Standing()])
    while todo:
        standing = todo.popleft()
        for fact in everything:
            receipt = receive(standing, fact)
            fates[receipt.before, fact.kind].add(receipt.fate)
            if receipt.fate is Fate.APPLIED:
                applied[receipt.before, fact.kind, receipt.after] |= {request.ask for request in receipt.requests}
                after[receipt.before].add(receipt.after)
            if receipt.standing not in seen and sum(turn.failed for turn in receipt.standing.turns) < 2:
                seen.add(receipt.standing)
                todo.append(receipt.standing)
    return applied, fates, after


# These do not change what is known, so the walk leaves them out.
ORDERS = {Kind.RESEND_ORDERED, Kind.RETRY_ORDERED, Kind.RECOVERY_ORDERED, Kind.PRINT_REQUESTED, Kind.VOIDED}


def test_every_row_of_the_table_happens() -> None:
    """A row that nothing can bring about would be a story nobody lives."""
    applied, _, _ = walk()
    idle = [key for key in ROWS if key not in applied and key[1] not in ORDERS]
    assert not idle


def test_every_row_asks_for_exactly_what_is_sent() -> None:
    """The last column of the table is what the open requests really amount to."""
    applied, _, _ = walk()
    wrong = {key: asks for key, asks in applied.items() if key in ROWS and asks != set(ROWS[key].asks)}
    assert not wrong


def test_no_pair_of_state_and_event_is_left_to_chance() -> None:
    """Each (state, event) has an outcome on purpose; end states apply nothing but a card in the hand."""
    _, fates, _ = walk()
    kinds = {fact.kind for fact in facts()}
    assert {(state, kind) for state in State for kind in kinds} == set(fates)
    for (state, kind), found in fates.items():
        if state is State.COLLECTED:
            assert Fate.APPLIED not in found, kind
        if state is State.CANCELLED and kind is not Kind.COLLECTED:
            assert Fate.APPLIED not in found, kind


def test_every_state_is_reached_and_from_every_state_an_end_can_be() -> None:
    """No application can come into a state that has no way out."""
    _, _, after = walk()
    assert set(State) - {State.NEW} == {state for reached in after.values() for state in reached}
    ends = set(END_STATES)
    while more := {state for state, reached in after.items() if reached & ends} - ends:
        ends |= more
    assert ends == set(State)


def test_every_waiting_state_has_somebody_whose_move_it_is_and_a_patience() -> None:
    """A state without a deadline would be a place to settle in."""
    for state in set(State) - END_STATES - {State.NEW}:
        assert WAITING[state].move != "nobody"
        assert WAITING[state].patience


def test_no_row_stands_twice() -> None:
    """Two rows for one change would be two truths."""
    assert len(ROWS) == sum(len(row.while_) for row in LIFECYCLE)


def test_the_state_of_nothing_is_new() -> None:
    """An application nobody heard of has no state yet."""
    assert state_of(Standing()) is State.NEW
