"""The rules of repairs: the ramp, when it stops, what is locked, who has to approve; and the rehearsal."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from consumers.journal import Journal
from consumers.rehearsal import Foreseen, Rehearsal
from schemas.json_patch import read_patch
from schemas.submission import Door, Submission, read_line
from tests.histories import History, event, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN
from workflows.repairs import ItemState, Round, became, changed_locks, changes_nik, locked_by, second_person


def test_the_ramp_grows_and_then_stays() -> None:
    """1, 5, 20, 100, 500, 500."""
    assert [Round(ramp, 0, 0).size for ramp in range(7)] == [1, 5, 20, 100, 500, 500, 500]
    assert Round(1, 3, 0).left == 2
    assert Round(0, 1, 0).left == 0


@pytest.mark.parametrize(
    ("going", "bad"),
    [
        (Round(0, 0, 0), False),
        (Round(0, 1, 1), True),
        (Round(1, 5, 1), False),
        (Round(1, 5, 2), True),
        (Round(1, 3, 1), False),  # one of five may
        (Round(4, 150, 100), False),  # the four hundred to come may all be good
        (Round(4, 150, 101), True),  # and then it would still be too many
    ],
)
def test_a_round_is_too_bad_as_soon_as_it_can_end_in_no_other_way(going: Round, bad: bool) -> None:
    """With a fifth that may fail."""
    assert going.is_too_bad(0.2) is bad


def test_each_answer_of_the_journal_is_one_result() -> None:
    """A failure with another sentence is a new one."""
    before = ("bad-data", "data.channel is missing")
    assert became("applied", before, None) is ItemState.FIXED
    assert became("held", before, None) is ItemState.FIXED
    assert became("superseded", before, None) is ItemState.SUPERSEDED
    assert became("repeated", before, None) is ItemState.SUPERSEDED
    assert became("parked", before, before) is ItemState.FAILED_SAME
    assert became("parked", before, ("bad-nik", "x")) is ItemState.FAILED_NEW


@pytest.mark.parametrize(
    ("patch", "allowed_for"),
    [
        ([{"op": "replace", "path": "/data/channel", "value": "x"}], {1, 2}),
        ([{"op": "test", "path": "/type", "value": "x"}, {"op": "remove", "path": "/data/x"}], {1, 2}),
        ([{"op": "replace", "path": "/id", "value": "x"}], set()),
        ([{"op": "remove", "path": "/source"}], set()),
        ([{"op": "add", "path": "/type", "value": "x"}], set()),
        ([{"op": "move", "from": "/subject", "path": "/data/x"}], set()),
        ([{"op": "replace", "path": "", "value": {}}], set()),
        ([{"op": "replace", "path": "/data/nik", "value": "x"}], {1}),
        ([{"op": "replace", "path": "/data", "value": {}}], {1}),
        ([{"op": "copy", "from": "/data/nik", "path": "/data/name"}], set()),
        ([{"op": "copy", "from": "/data", "path": "/more"}], set()),
    ],
)
def test_what_tells_one_event_from_another_is_locked_and_a_nik_is_for_one_item(
    patch: list[dict[str, Any]], allowed_for: set[int]
) -> None:
    """Whatever way the patch takes to it."""
    allowed = {items for items in (1, 2) if locked_by(read_patch(patch), many=items > 1) is None}
    assert allowed == allowed_for


def test_locks_are_compared_by_value_too() -> None:
    """An edited event has no patch that could be looked at."""
    told = History().recorded().events[0]
    assert changed_locks(told, {**told, "time": "x"}) is None
    assert changed_locks(told, {**told, "subject": str(uuid4())}) == "subject"
    assert changed_locks(told, {name: value for name, value in told.items() if name != "id"}) == "id"
    assert changes_nik(told, {**told, "data": {**told["data"], "nik": "1"}})
    assert not changes_nik(told, {**told, "data": {**told["data"], "office": "33.74"}})


def test_a_second_person_is_needed_for_many_for_a_nik_and_for_what_nobody_might_say() -> None:
    """And for nothing else."""
    assert list(second_person(20, 20, nik=False, reasons=frozenset({"bad-data"}))) == []
    assert len(list(second_person(21, 20, nik=True, reasons=frozenset({"sender-not-allowed"})))) == 3


def rehearsed(books: MemoryBooks, *submissions: Submission) -> list[Foreseen]:
    """Return what a rehearsal foresees; nothing is kept of it."""
    before = (dict(books.applications), dict(books.history), dict(books.parked))
    foreseen = list(Rehearsal(books, PlainVault(), PLAIN).foresee(submissions))
    assert before == (books.applications, books.history, books.parked)
    return foreseen


def test_a_rehearsal_goes_over_all_in_order_and_each_sees_what_those_before_it_change() -> None:
    """From and to are told, the refusals with their sentence; applied in earnest, the same comes out."""
    books = MemoryBooks()
    journal = Journal(books, PlainVault(), PLAIN)
    first, second = History().recorded().verified().allocated(), History().recorded().verified()
    journal.apply([submission_of(first.events[0])])
    taken = event(second.application, "blanko-allocated", blanko=first.blanko(), office="33.74", turn=1)
    bad = read_line(b"{", door=Door.CLI)
    told = [*first.events[1:], first.events[1], *second.events, taken]
    submissions = [*(submission_of(one) for one in told), bad]
    foreseen = rehearsed(books, *submissions)
    assert [(one.outcome, one.before, one.after) for one in foreseen] == [
        ("applied", "recorded", "verified"),
        ("applied", "verified", "allocated"),
        ("repeated", "allocated", "allocated"),
        ("applied", "new", "recorded"),
        ("applied", "recorded", "verified"),
        ("parked", "verified", "verified"),
        ("parked", None, None),
    ]
    assert [one.reason for one in foreseen[5:]] == ["blanko-belongs-to-another", "not-json"]
    assert all(one.detail for one in foreseen[5:])
    outcomes = journal.apply(submissions)
    assert [(one.outcome, one.reason) for one in outcomes] == [(one.outcome, one.reason) for one in foreseen]


def test_a_rehearsal_of_a_repair_foresees_the_failure_of_the_item_itself() -> None:
    """Not that it is already parked."""
    books = MemoryBooks()
    told = json.dumps({**History().recorded().events[0], "type": "id.ektp.printed.v1"}).encode()
    refused = read_line(told, door=Door.CLI)
    Journal(books, PlainVault(), PLAIN).apply([refused])
    (item,) = books.parked
    (foreseen,) = rehearsed(books, replace(refused, repairs=item))
    assert (foreseen.outcome, foreseen.reason) == ("parked", books.parked[item].reason)
    assert rehearsed(books) == []
