"""The tested property of the ladders: every order of the same facts, with any duplicates, ends alike."""

import json
from collections.abc import Callable
from itertools import permutations

import pytest

from consumers.books import Known
from consumers.entry import Entry, entry_of
from consumers.fold import Fold
from tests.histories import NOON, History, happy, recorded_again, shuffled
from tests.memory_books import PlainVault
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
def test_all_40320_orders_of_a_card_recorded_twice_end_alike() -> None:
    """Eight events, one failed attempt: every permutation, each with its fourth event doubled at the end."""
    entries = prepared(recorded_again())
    expected = end_of(entries)
    assert expected[0].state == "collected"  # type: ignore[attr-defined]
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
