"""What a resident is told of the day: a range that holds, a guess that is called one, or that nobody knows."""

import random
from datetime import date

import pytest

from workflows.blanko import Passes, share
from workflows.card_issuance import State
from workflows.forecast import Stand
from workflows.outlook import (
    ENOUGH,
    OF_STATE,
    Certainty,
    Expected,
    Promise,
    Range,
    place_between,
    promise,
    queued,
    usual,
)
from workflows.print_queue import SHARING, Lane, QueuePolicy

PACE = Stand(waiting=100, stock=1000, capacity=10, verified=0, printed=200)


@pytest.mark.parametrize("seed", range(200))
def test_the_turn_comes_within_the_places_that_were_told(seed: int) -> None:
    """By the allocator's own rule, with any weights, whoever waits, and with lanes that never run empty."""
    chance = random.Random(seed)
    policy = QueuePolicy(weights=tuple((lane.value, chance.randint(1, 20)) for lane in SHARING))
    waiting = {lane.value: chance.randint(0, 40) for lane in SHARING}
    lane = chance.choice(SHARING)
    before = chance.randint(0, 30)
    waiting[lane] = max(waiting[lane], before + 1)
    told = place_between(lane, before, waiting, policy)
    for others in (waiting, {**dict.fromkeys(map(str, SHARING), 5000), lane.value: before + 1}):
        counts = {Lane(name): count for name, count in others.items()}
        picks, _ = share(Passes(), policy, counts, sum(counts.values()))
        turns = [number for number, pick in enumerate(picks, 1) if pick.lane is lane]
        assert told.first <= turns[before] <= told.last


def test_who_had_a_bad_print_is_first() -> None:
    """And everybody else comes after those."""
    policy = QueuePolicy()
    assert place_between(Lane.AGAIN, 2, {"again": 3, "new": 50}, policy) == Range(3, 3)
    assert place_between(Lane.NEW, 0, {"again": 3, "new": 1}, policy).first == 4


def test_with_blanko_enough_two_days_are_told() -> None:
    """By the pace of the printers."""
    assert queued(PACE, Range(5, 31)) == Expected(Certainty.BETWEEN, 1, 4)
    assert queued(PACE, Range(1, 10)) == Expected(Certainty.BETWEEN, 1, 1)
    assert queued(PACE._replace(waiting=2), Range(2, 7)) == Expected(Certainty.BETWEEN, 1, 1)


def test_in_a_shortage_it_is_a_guess_by_what_was_printed_of_late() -> None:
    """200 in 20 working days: the 300th in thirty; and nothing of an office that prints nothing."""
    short = PACE._replace(stock=0, waiting=5000)
    assert queued(short, Range(10, 300)) == Expected(Certainty.SHORT, last=30)
    assert queued(short._replace(stock=20), Range(10, 300)).certainty is Certainty.SHORT
    assert queued(short._replace(printed=0), Range(10, 300)) == Expected(Certainty.STOPPED)
    assert queued(short._replace(printed=1), Range(10, 300)).certainty is Certainty.STOPPED


def test_a_delivery_that_is_promised_counts() -> None:
    """From its day on."""
    coming = PACE._replace(stock=0, incoming={5: 100})
    assert queued(coming, Range(1, 20)) == Expected(Certainty.BETWEEN, 5, 6)


def test_blanko_without_anybody_who_prints_says_nothing() -> None:
    """No printer is known and none has printed."""
    assert queued(PACE._replace(capacity=None, printed=0), Range(1, 20)) == Expected(Certainty.UNKNOWN)


@pytest.mark.parametrize(
    ("certainty", "first", "late", "stands"),
    [
        (Certainty.BETWEEN, date(2026, 12, 4), False, Promise.HOLDS),
        (Certainty.BETWEEN, date(2026, 12, 5), False, Promise.UNLIKELY),
        (Certainty.USUAL, date(2026, 12, 1), True, Promise.MISSED),
        (Certainty.SHORT, None, False, Promise.OPEN),
        (Certainty.REPAIRING, None, False, Promise.OPEN),
        (Certainty.UNKNOWN, None, False, Promise.HOLDS),
        (Certainty.AGE, date(2026, 12, 9), False, Promise.HOLDS),
    ],
)
def test_a_promise_is_not_told_as_if_it_held(
    certainty: Certainty, first: date | None, late: bool, stands: Promise
) -> None:
    """Promised by the fourth of December; the promise of who is too young counts from the birthday anyway."""
    assert promise(date(2026, 12, 4), certainty, first, late=late) is stands


def test_what_is_usual_is_what_eight_of_ten_took() -> None:
    """Of too few nothing is said."""
    assert usual({3: ENOUGH - 1}) is None
    assert usual({2: 10, 3: 30, 4: 50, 40: 10}) == Range(2, 4)
    assert usual({1: 5, 7: 90, 99: 5}) == Range(7, 7)


def test_of_every_state_something_is_known_to_say() -> None:
    """Only of those that the queue or the usual answers the state does not."""
    assert set(State) - set(OF_STATE) == {State.NEW, State.RECORDED, State.VERIFIED, State.ALLOCATED}
