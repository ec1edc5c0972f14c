"""The tested property of the ladders: every order of the same facts, with any duplicates, ends alike."""

import json
import sys
from collections.abc import Callable
from itertools import permutations
from math import factorial

import pytest

from consumers.books import Known
from consumers.entry import Entry, entry_of
from consumers.fold import Fold
from tests.histories import NOON, History, happy, recorded_again, shuffled
from tests.memory_books import PlainVault
from tests.orders import ends_of_all_orders, orders, random_history, summary
from tests.plain_time import PLAIN
from workflows.application import told

VAULT = PlainVault()


def end_of(entries: list[Entry]) -> tuple[object, ...]:
    """Fold the entries one after the other; return what must not depend on their order."""
    fold = Fold(Known(NOON, {}, {}, {}, {}, {}, {}), PLAIN)
    for entry in entries:
        fold.take(entry)
    changes = fold.changes
    ((_, application),) = changes.applications.items()
    notices = [json.loads(letter.body) for _, letter in changes.letters if letter.exchange == "ektp.notices"]
    assert [notice["sequence"] for notice in notices] == [str(number) for number in range(1, len(notices) + 1)]
    last = notices[-1]["data"]
    return (
        told(application.standing),
        application.standing.attempt,
        application.standing.turns,
        frozenset(changes.blankos.values()),
        notices[-1]["type"],
        (last["state"], last["because"], last["whose_move"]),
        frozenset(changes.held),
    )


def prepared(history: History) -> list[Entry]:
    """Return the history's entries in the order it was told."""
    return [entry_of(submission, VAULT) for submission in history.submissions()]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_5040_orders_of_a_card_recorded_twice_end_alike() -> None:
    """Seven events, one failed attempt: every permutation by itself, each with its fourth event doubled at the end."""
    entries = prepared(recorded_again())[:7]
    expected = end_of(entries)
    assert expected[0].state == "printed"  # type: ignore[attr-defined]
    assert not expected[-1]
    for order in permutations(entries):
        assert end_of([*order, order[3]]) == expected


HISTORIES: dict[str, Callable[[], History]] = {
    "happy": happy,
    "recorded again": recorded_again,
    "search failed three times, then verified": lambda: (
        History()
        .recorded()
        .failed("SEARCH_FAILURE_AT_CENTRAL")
        .failed("SEARCH_FAILURE_AT_CENTRAL", try_=2)
        .failed("SEARCH_FAILURE_AT_CENTRAL", try_=3)
        .verified()
        .allocated()
        .printed()
    ),
    "late success beats the failure, deletion beats both": lambda: (
        History()
        .recorded()
        .failed("ENROLL_FAILURE_AT_CENTRAL")
        .verified()
        .deleted()
        .recorded(2)
        .verified(2)
        .allocated()
        .printed()
        .collected()
    ),
    "allocated before the deletion, voided, allocated again": lambda: (
        History(777)
        .recorded()
        .verified()
        .allocated()
        .deleted()
        .tell("print-voided", blanko="BL0000077701")
        .recorded(2)
        .verified(2)
        .allocated(2)
        .printed(2)
        .collected(2)
    ),
    "printed before the deletion and never destroyed": lambda: (
        History().recorded().verified().allocated().printed().deleted()
    ),
    "spoiled and printed again": lambda: (
        History(778)
        .recorded()
        .verified()
        .allocated()
        .tell("print-failed", blanko="BL0000077801", printer="printer1", cause="ribbon")
        .allocated(2)
        .printed(2)
        .collected(2)
    ),
    "duplicate, deleted, and recorded again all the same": lambda: (
        History().recorded().failed("DUPLICATE_RECORD").deleted().recorded(2)
    ),
    "adjudicated, then cancelled while a card is printed": lambda: (
        History()
        .recorded()
        .failed("ADJUDICATE_RECORD")
        .verified()
        .allocated()
        .printed()
        .tell("application-cancelled", because="moved-away")
    ),
    "cancelled, and the card was in the hand already": lambda: happy().tell(
        "application-cancelled", because="withdrawn"
    ),
    "came in person": lambda: happy().tell("print-requested", counter="counter1"),
    "nothing but the end": lambda: History().recorded().allocated().printed().collected(),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_random_orders_with_duplicates_end_alike(name: str) -> None:
    """Three hundred seeded orders of each history that has trouble in it."""
    history = HISTORIES[name]()
    submissions = history.submissions()
    expected = end_of([entry_of(one, VAULT) for one in submissions])
    for seed in range(300):
        order = [entry_of(one, VAULT) for one in shuffled(submissions, seed)]
        assert end_of(order) == expected, f"seed {seed}"


EIGHT: dict[str, Callable[[], History]] = {
    "recorded again": recorded_again,
    "three tries, and a late success": lambda: (
        History()
        .recorded()
        .failed("SEARCH_FAILURE_AT_CENTRAL")
        .tell("enrolment-progressed", station="centre", attempt=1, status="PROCESSING", **{"try": 2})
        .failed("SEARCH_FAILURE_AT_CENTRAL", try_=2)
        .failed("ENROLL_FAILURE_AT_CENTRAL", try_=3)
        .verified()
        .allocated()
        .printed()
    ),
    "a late success beaten by the deletion": lambda: (
        History()
        .recorded()
        .failed("ENROLL_FAILURE_AT_CENTRAL")
        .verified()
        .deleted()
        .recorded(2)
        .verified(2)
        .allocated()
        .printed()
    ),
    "two turns, cancelled, and in the hand already": lambda: (
        History(991)
        .recorded()
        .verified()
        .allocated()
        .tell("print-failed", blanko="BL0000099101", printer="printer1", cause="ribbon")
        .allocated(2)
        .printed(2)
        .collected(2)
        .tell("application-cancelled", because="withdrawn")
    ),
    "voided because of the deletion, recorded again, cancelled": lambda: (
        History(992)
        .recorded()
        .verified()
        .allocated()
        .deleted()
        .tell("print-voided", blanko="BL0000099201")
        .recorded(2)
        .failed("SEARCH_FAILURE_AT_CENTRAL", attempt=2)
        .tell("application-cancelled", because="moved-away")
    ),
    "a card of a deleted record destroyed": lambda: (
        History(993)
        .recorded()
        .verified()
        .allocated()
        .printed()
        .deleted()
        .tell("card-destroyed", blanko="BL0000099301", document="BA-1", by=["Contoh Satu", "Contoh Dua"])
        .tell("resident-invited", attempt=1)
        .recorded(2)
    ),
    "a duplicate that is never recorded again": lambda: (
        History()
        .recorded()
        .tell("enrolment-progressed", station="centre", attempt=1, status="RECEIVED_AT_CENTRAL")
        .failed("SEARCH_FAILURE_AT_CENTRAL")
        .failed("DUPLICATE_RECORD", try_=2)
        .failed("ADJUDICATE_RECORD", try_=3)
        .deleted()
        .tell("print-requested", counter="counter1")
        .tell("application-cancelled", because="not-entitled")
    ),
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", EIGHT)
def test_every_order_of_eight_events_ends_alike(name: str) -> None:
    """With tries, turns, a cancellation or a late success; orders that have come to the same place go on together."""
    entries = prepared(EIGHT[name]())
    assert len(entries) == 8
    ends, steps = ends_of_all_orders(entries)
    sys.stdout.write(f"{name}: {factorial(len(entries))} orders in {steps} steps\n")
    assert len({summary(end) for end in ends}) == 1
    assert not ends[0].known.held


BATCHES, HISTORIES_IN_A_BATCH, ORDERS_OF_EACH = 8, 125, 20


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_orders_of_random_histories_end_alike(batch: int) -> None:
    """20,000 orders in all, of histories with up to three attempts and turns; what failed is named by its seed."""
    longest = 0
    for seed in range(batch * HISTORIES_IN_A_BATCH, (batch + 1) * HISTORIES_IN_A_BATCH):
        history = random_history(seed)
        entries = prepared(history)
        longest = max(longest, len(entries))
        expected = end_of(entries)
        for number, order in enumerate(orders(history, seed, ORDERS_OF_EACH)):
            assert end_of([entries[one] for one in order]) == expected, f"history {seed}, order {number}: {order}"
    sys.stdout.write(f"{HISTORIES_IN_A_BATCH * ORDERS_OF_EACH} orders of histories with up to {longest} events\n")
