"""What is foreseen comes true: a mixed bag of messages, rehearsed part after part, and then applied in earnest."""

import json
import random
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from consumers.journal import Journal
from consumers.rehearsal import About, Foreseen, Rehearsal
from ektp.repairing.side_by_side import entangled
from schemas.submission import Door, Submission, read_line
from tests.histories import OFFICE, History, event, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.orders import random_history
from tests.plain_time import PLAIN


def mixed_bag(chance: random.Random, *, stock: bool = True) -> list[Submission]:
    """Return events of many applications out of order, some twice, with rivals for a NIK and a blanko, and rubbish."""
    histories = [random_history(chance.randrange(10**6)) for _ in range(12)]
    rivals = [History(one.number).recorded().verified().allocated().printed() for one in histories[:4]]
    told = [one for history in (*histories, *rivals) for one in history.events]
    order = sorted(range(len(told)), key=lambda at: at + chance.uniform(0, 30))
    events = [told[at] for at in order] + chance.sample(told, 20)
    if stock:
        events += [event("33.74", name, station="warehouse", **data) for name, data in _of_the_stock(histories)]
    chance.shuffle(events)
    good = [submission_of(one) for one in events]
    bad = [_as_came_in(chance.choice(told), **{chance.choice(("type", "time", "data")): "x"}) for _ in range(10)]
    mixed = [*good, *bad, read_line(b"{", door=Door.CLI), *(replace(one, scope="33.75") for one in good[:3])]
    chance.shuffle(mixed)
    return mixed


def _of_the_stock(histories: list[History]) -> list[tuple[str, dict[str, Any]]]:
    serials = {"first": (blanko := histories[0].blanko()), "last": blanko}
    by = {"office": OFFICE, "document": "BA-1"}
    why = {**by, "because": "counted", "by": ["Contoh Satu", "Contoh Dua"]}
    return [
        ("blanko-received", {"office": OFFICE, "delivery_note": "SJ-1", **serials}),
        ("blanko-moved", {**why, **serials, "movement": "missing"}),
        ("supplies-received", {**by, "supply": "ribbon", "count": 2}),
        ("supplies-moved", {**why, "supply": "ribbon", "count": 3, "movement": "missing"}),
    ]


def _as_came_in(told: dict[str, Any], **wrong: str) -> Submission:
    return read_line(json.dumps({**told, **wrong}).encode(), door=Door.AMQP, sender="st337401")


@pytest.mark.parametrize("seed", range(40))
def test_the_journal_answers_what_was_foreseen_of_a_mixed_bag(seed: int) -> None:
    """A third is known before, and in odd bags all of them repair something.

    Cut into parts of any size the rehearsal says the same, and it leaves nothing behind.
    """
    chance = random.Random(seed)
    bag, books = mixed_bag(chance), MemoryBooks()
    journal = Journal(books, PlainVault(), PLAIN)
    known = len(bag) // 3
    journal.apply(bag[:known])
    coming = [replace(one, repairs=uuid4()) for one in bag[known:]] if seed % 2 else bag[known:]
    before = (dict(books.applications), dict(books.history), dict(books.parked), dict(books.held), len(books.letters))
    whole, parted = (Rehearsal(books, PlainVault(), PLAIN) for _ in range(2))
    foreseen, at = list[Foreseen](), 0
    while at < len(coming):
        size = chance.randint(1, 9)
        foreseen += parted.foresee(coming[at : at + size])
        at += size
    assert foreseen == list(whole.foresee(coming))
    assert before == (books.applications, books.history, books.parked, books.held, len(books.letters))
    outcomes = journal.apply(coming)
    assert [(one.event_id, one.outcome, one.reason) for one in foreseen] == [tuple(one) for one in outcomes]
    for one in foreseen:
        if one.outcome == "parked" and one.before is not None:
            assert one.detail in {row.detail for row in books.parked.values() if row.event_id == one.event_id}
    assert {one.outcome for one in foreseen} >= {"applied", "held", "repeated", "parked"}


@pytest.mark.parametrize("seed", range(40))
def test_two_shares_foresee_what_one_alone_would(seed: int) -> None:
    """Whoever shares a NIK or a serial with the other share is foreseen once more; the others stand as they are."""
    chance = random.Random(seed)
    bag, books = mixed_bag(chance, stock=not seed % 4), MemoryBooks()
    Journal(books, PlainVault(), PLAIN).apply(bag[: len(bag) // 3])
    coming = [replace(one, repairs=uuid4()) for one in bag[len(bag) // 3 :]]
    alone = list(Rehearsal(books, PlainVault(), PLAIN).foresee(coming))
    subjects = [str(one.event.subject if one.event else one.refusal and one.refusal.subject) for one in coming]
    moved = {subject: chance.random() < 0.4 for subject in sorted(set(subjects))}
    found, shares = dict[int, Foreseen](), list[dict[int, About]]()
    for side in (False, True):
        numbers = [number for number, subject in enumerate(subjects) if moved[subject] is side]
        answers = Rehearsal(books, PlainVault(), PLAIN).foresee([coming[number] for number in numbers])
        found.update(zip(numbers, answers, strict=True))
        shares.append({number: found[number].about for number in numbers})
    again = sorted(entangled(*shares))
    assert (len(again) == len(coming)) is (not seed % 4)
    once_more = Rehearsal(books, PlainVault(), PLAIN).foresee([coming[number] for number in again])
    found.update(zip(again, once_more, strict=True))
    assert [found[number] for number in range(len(coming))] == alone
