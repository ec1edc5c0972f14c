"""The model check: everything that can be known of a card, walked through the table."""

from collections import defaultdict, deque
from functools import cache
from uuid import UUID

from workflows.application import Fate, receive
from workflows.card_issuance import END_STATES, LIFECYCLE, MOST_ATTEMPTS, OPEN, ROWS, WAITING, Ask, State, state_of
from workflows.deadlines import PATIENCE, Situation, deadline_at, plan, situation_of
from workflows.facts import OF_THE_CLOCK, ORDERS, Fact, Kind, Rung
from workflows.open_requests import wanted
from workflows.remedies import Then, after_the_last
from workflows.standing import Standing, Turn

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
    found.append(Fact(NOBODY, Kind.SEARCH_FAILED, try_=4, rung=Rung.SEARCH_FAILURE_AT_CENTRAL))
    for try_ in (1, 2):
        found += [
            Fact(NOBODY, Kind.ENROL_FAILED, try_=try_, rung=Rung.ENROLL_FAILURE_AT_CENTRAL),
            Fact(NOBODY, Kind.ADJUDICATION_NEEDED, try_=try_, rung=Rung.ADJUDICATE_RECORD),
            Fact(NOBODY, Kind.RE_RECORD_ORDERED, try_=try_, rung=Rung.RE_RECORDING_ORDERED),
        ]
    return [*found, Fact(NOBODY, Kind.CANCELLED), *of_the_clock(1)]


def of_the_clock(attempt: int) -> list[Fact]:
    """Return what the clock may say of an attempt and changes what is known."""
    return [
        Fact(NOBODY, Kind.RE_RECORD_DUE, attempt=attempt, rung=Rung.RE_RECORDING_DUE, then="re-record"),
        Fact(NOBODY, Kind.REVIEW_DUE, attempt=attempt, deadline="did-not-come", then="review"),
    ]


def last_facts() -> list[Fact]:
    """Return what may become of the last attempt that the system starts by itself."""
    last = MOST_ATTEMPTS
    found = [
        Fact(NOBODY, kind, attempt=last, try_=try_, rung=rung)
        for try_ in (1, 4)
        for kind, rung in (
            (Kind.PROGRESSED, Rung.PROCESSING),
            (Kind.SEARCH_FAILED, Rung.SEARCH_FAILURE_AT_CENTRAL),
            (Kind.ENROL_FAILED, Rung.ENROLL_FAILURE_AT_CENTRAL),
            (Kind.RE_RECORD_ORDERED, Rung.RE_RECORDING_ORDERED),
        )
    ]
    found += [Fact(NOBODY, kind, attempt=last) for kind in (Kind.VERIFIED, Kind.DELETED, Kind.DUPLICATE_FOUND)]
    return [*found, *of_the_clock(last)]


def may_be_said(standing: Standing, fact: Fact) -> bool:
    """Tell whether a deadline of this kind can pass here; all other facts come when they like."""
    if fact.kind not in OF_THE_CLOCK:
        return True
    situations = {situation_of(standing, state_of(standing), by_hand=by_hand) for by_hand in (False, True)}
    thens = {one.then for found in situations if found for one in PATIENCE[found]}
    state = state_of(standing)
    exhausted = {after_the_last(request.ask, state) for request in wanted(standing, state)}
    return fact.attempt == standing.attempt and Then(fact.then or "tell") in thens | exhausted


@cache
def walk() -> tuple[dict[Change, set[Ask]], dict[tuple[State, Kind], set[Fate]], dict[State, set[State]]]:
    """Walk every standing that can be reached; `receive` itself raises where the table has no row."""
    applied: dict[Change, set[Ask]] = defaultdict(set)
    fates: dict[tuple[State, Kind], set[Fate]] = defaultdict(set)
    after: dict[State, set[State]] = defaultdict(set)
    last = Standing(attempt=MOST_ATTEMPTS, office="33.74")
    seen, todo = {Standing(), last}, deque([(Standing(), facts()), (last, last_facts())])
    while todo:
        standing, everything = todo.popleft()
        for fact in everything:
            if not may_be_said(standing, fact):
                continue
            receipt = receive(standing, fact)
            fates[receipt.before, fact.kind].add(receipt.fate)
            if receipt.fate is Fate.APPLIED:
                applied[receipt.before, fact.kind, receipt.after] |= {request.ask for request in receipt.requests}
                after[receipt.before].add(receipt.after)
            if receipt.standing not in seen and sum(turn.failed for turn in receipt.standing.turns) < 2:
                seen.add(receipt.standing)
                todo.append((receipt.standing, everything))
    return applied, fates, after


# These do not change what is known, so the walk leaves them out.
SAID = {*ORDERS, Kind.PRINT_REQUESTED, Kind.VOIDED, Kind.POSTPONED, Kind.MOVED, Kind.SUKET_ISSUED, *OF_THE_CLOCK} - {
    Kind.RE_RECORD_DUE,
    Kind.REVIEW_DUE,
}


def test_every_row_of_the_table_happens() -> None:
    """A row that nothing can bring about would be a story nobody lives."""
    applied, _, _ = walk()
    idle = [key for key in ROWS if key not in applied and key[1] not in SAID]
    assert not idle


def test_every_row_asks_for_exactly_what_is_sent() -> None:
    """The last column of the table is what the open requests really amount to."""
    applied, _, _ = walk()
    wrong = {key: asks for key, asks in applied.items() if key in ROWS and asks != set(ROWS[key].asks)}
    assert not wrong


def test_no_pair_of_state_and_event_is_left_to_chance() -> None:
    """Each (state, event) has an outcome on purpose; end states apply nothing but a card in the hand."""
    _, fates, _ = walk()
    kinds = {fact.kind for fact in facts()} - OF_THE_CLOCK
    assert {(state, kind) for state in State for kind in kinds} == {key for key in fates if key[1] in kinds}
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


def test_every_waiting_state_has_somebody_whose_move_it_is_and_a_deadline() -> None:
    """A state without a deadline would be a place to settle in; the last one comes again, or ends the situation."""
    for state in OPEN:
        assert WAITING[state].move != "nobody"
    seen = {situation_of(standing, state) for standing, state in states_walked()}
    assert seen | {Situation.BY_HAND, None} == {*Situation, None}
    for situation in Situation:
        deadlines = plan(situation)
        assert deadlines, situation
        assert deadlines[-1].every, situation
        assert deadline_at(situation, 1000), situation
        assert [one.days for one in deadlines] == sorted({one.days for one in deadlines}), situation


def test_every_deadline_has_its_row_in_the_table() -> None:
    """Whatever the system does by itself is a change that the life of a card allows."""
    kinds = {kind.value.rpartition(":")[2]: kind for kind in OF_THE_CLOCK}
    for standing, state in states_walked():
        for by_hand in (False, True):
            situation = situation_of(standing, state, by_hand=by_hand)
            for deadline in PATIENCE[situation] if situation else ():
                kind = kinds[deadline.then.value]
                assert [row for row in ROWS if row[:2] == (state, kind)], (situation, deadline.name)


@cache
def states_walked() -> frozenset[tuple[Standing, State]]:
    """Return one standing for each state and way to be in it."""
    found: dict[tuple[object, ...], Standing] = {}
    for attempt in (1, MOST_ATTEMPTS):
        for rung in Rung:
            for verified, deleted, invited in (
                (False, False, False),
                (True, False, False),
                (False, True, False),
                (False, True, True),
            ):
                for turns in ((), (Turn(1, "A"),), (Turn(1, "A", printed=True),)):
                    one = Standing(
                        attempt=attempt,
                        office="33.74",
                        rung=rung,
                        verified=verified,
                        deleted=deleted,
                        invited_for=attempt if invited else 0,
                        turns=turns,
                    )
                    found.setdefault((state_of(one), situation_of(one, state_of(one))), one)
    return frozenset((one, state_of(one)) for one in found.values())


def test_no_row_stands_twice() -> None:
    """Two rows for one change would be two truths."""
    assert len(ROWS) == sum(len(row.while_) for row in LIFECYCLE)


def test_the_state_of_nothing_is_new() -> None:
    """An application nobody heard of has no state yet."""
    assert state_of(Standing()) is State.NEW
