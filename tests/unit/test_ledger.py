"""The ledger's rules: what an office's word may do, and that nothing is lost or doubled whatever is said."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.journal import Journal
from ektp.cli.blanko import ALONE, BY_TWO_PEOPLE, TO_ANOTHER_OFFICE
from schemas.events import EVENTS
from schemas.reasons import Reason
from schemas.samples import SAMPLES, valid_event
from schemas.serials import serials, stack, stacks
from schemas.stock import BY_TWO, TO_ANOTHER, BlankoMovedData
from schemas.submission import Submission, read_event
from tests.histories import History, happy, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN
from tests.stock import OFFICE, OTHER, TWO, check, moved, received, stock_words, told
from tests.stock_stories import stories
from workflows.ledger import MOVEMENTS, Place


def opened() -> tuple[MemoryBooks, Journal]:
    """Return empty books and a journal on them."""
    books = MemoryBooks()
    return books, Journal(books, PlainVault(), PLAIN)


def after(*events: dict[str, Any]) -> tuple[MemoryBooks, list[tuple[str, str | None]]]:
    """Apply the events one by one; return the books and what became of each."""
    books, journal = opened()
    became = []
    for one in told(*events):
        (outcome,) = journal.apply([one])
        became.append((outcome.outcome.value, str(outcome.reason) if outcome.reason else None))
        check(books)
    return books, became


def places(books: MemoryBooks) -> dict[str, tuple[str, str]]:
    """Return where each serial is."""
    return {serial: (row.office, row.place) for serial, row in books.blankos.items()}


def loans(books: MemoryBooks) -> dict[tuple[str, str], int]:
    """Return who owes whom how many."""
    return {(office, key): n for (office, kind, key), n in books.tallies.items() if kind == "loan" and n}


def test_the_rules_and_the_messages_name_the_same_movements() -> None:
    """With the same needs."""
    said = set(BlankoMovedData.model_fields["movement"].annotation.__args__)  # type: ignore[union-attr]
    assert said == set(MOVEMENTS)
    assert {name for name, one in MOVEMENTS.items() if one.names_other} == TO_ANOTHER
    assert {name for name, one in MOVEMENTS.items() if one.two_people} == BY_TWO
    assert {"blanko-received", "blanko-moved"} < set(EVENTS)


def test_the_page_about_blanko_tells_the_movements_as_they_are() -> None:
    """And the command of each."""
    page = (Path(__file__).parents[2] / "docs" / "blanko.md").read_text()
    commands = {
        movement: name for group in (TO_ANOTHER_OFFICE, ALONE, BY_TWO_PEOPLE) for name, (movement, _) in group.items()
    }
    for name, one in MOVEMENTS.items():
        origin = ", ".join(place for place in Place if place in one.origin)
        had = "the place it had, at `to`" if one.names_other else "the place it had"
        assert f"| `{name}` | {origin} | {one.place or had} | `{commands[name]}` |" in page
    assert page.count("| `") == len(MOVEMENTS) * 2


def test_every_movement_takes_a_blanko_where_it_says() -> None:
    """And the serials that nothing was said of stay where they are."""
    books, became = after(*stock_words())
    assert {outcome for outcome, _ in became} == {"applied"}
    assert places(books) == {
        "LG0001": (OFFICE, "lent"),
        "LG0002": (OFFICE, "lent"),
        "LG0003": (OFFICE, "in-stock"),
        "LG0004": (OFFICE, "destroyed"),
        "LG0005": (OFFICE, "destroyed"),
        "LG0006": (OFFICE, "missing"),
        "LG0007": ("33.74.10", "in-stock"),
        "LG0008": ("33.74.10", "in-stock"),
        "LG0009": (OFFICE, "in-stock"),
    }
    assert loans(books) == {(OFFICE, OTHER): 2, (OFFICE, f"{OTHER}/ribbon"): 1}


def test_a_delivery_is_written_as_a_former_release_wrote_it() -> None:
    """Or its redelivery after an upgrade would be another body under the same id."""
    written = read_event(valid_event("blanko-received")).written()[1]
    assert json.loads(written) == SAMPLES["blanko-received"]


def test_a_range_is_moved_whole_or_not_at_all() -> None:
    """The first serial that is wrong is named, with where it is."""
    books, became = after(received("AA01", "AA05"), moved("spoiled", "AA04"), moved("lent", "AA02", "AA05", to=OTHER))
    assert became[-1] == ("parked", "blanko-not-there")
    assert [one.detail for one in books.parked.values()] == [f"AA04 is spoiled at {OFFICE}"]
    assert [place for _, place in places(books).values()].count("in-stock") == 4
    assert not loans(books)


def test_what_was_lent_is_received_by_the_other_office_and_paid_back() -> None:
    """Either office counts the loan, and both sums are nothing in the end."""
    books, became = after(
        received("AA01", "AA05"),
        moved("lent", "AA01", "AA02", to=OTHER),
        received("AA01", "AA02", OTHER, delivery_note="L-1", from_=OFFICE, as_="loan"),
    )
    assert loans(books) == {(OFFICE, OTHER): 2, (OTHER, OFFICE): -2}
    books, became = after(
        received("AA01", "AA05"),
        received("BB01", "BB05", OTHER, delivery_note="BA-9"),
        moved("lent", "AA01", "AA02", to=OTHER),
        received("AA01", "AA02", OTHER, delivery_note="L-1", from_=OFFICE, as_="loan"),
        moved("paid-back", "BB01", "BB02", OTHER, to=OFFICE),
        received("BB01", "BB02", delivery_note="L-2", from_=OTHER, as_="repayment"),
    )
    assert {outcome for outcome, _ in became} == {"applied"}
    assert not loans(books)
    assert places(books)["AA01"] == (OTHER, "in-stock")
    assert places(books)["BB01"] == (OFFICE, "in-stock")


def test_a_delivery_is_received_once_whoever_tells_it_again() -> None:
    """The same note brings nothing more; another note for a blanko that is here is for a person to look at."""
    books, became = after(
        received("AA01", "AA03"),
        received("AA02", "AA03"),
        received("AA01", "AA05"),
        received("AA05", "AA06", delivery_note="BA-2"),
    )
    assert became == [("applied", None), ("superseded", None), ("applied", None), ("parked", "blanko-not-there")]
    assert sorted(places(books)) == ["AA01", "AA02", "AA03", "AA04", "AA05"]


def test_a_delivery_told_after_its_allocation_adds_only_its_note() -> None:
    """The blanko stays with its application."""
    books, journal = opened()
    history = History(50).recorded().verified().allocated().printed()
    journal.apply(history.submissions())
    journal.apply(told(received(history.blanko(), history.blanko(2))))
    check(books)
    row = books.blankos[history.blanko()]
    assert (row.place, row.application, row.note) == ("printed", history.application, "BA-1")
    assert books.blankos[history.blanko(2)].place == "in-stock"


@pytest.mark.parametrize("step", [3, 4, 5])
@pytest.mark.parametrize("movement", ["transferred", "lent", "returned", "spoiled", "destroyed", "missing"])
def test_no_office_moves_what_belongs_to_an_application(movement: str, step: int) -> None:
    """Allocated, printed or collected: what became of it is said about the application."""
    books, journal = opened()
    history = happy(60)
    journal.apply(history.submissions()[:step])
    to = {"to": OTHER} if movement in TO_ANOTHER else {}
    (outcome,) = journal.apply(told(moved(movement, history.blanko(), **to)))
    assert outcome.reason is Reason.BLANKO_BELONGS_TO_ANOTHER
    check(books)


@pytest.mark.parametrize("movement", ["lent", "returned", "destroyed", "missing", "spoiled"])
def test_an_allocation_of_what_is_not_there_is_parked_and_takes_nothing_back(movement: str) -> None:
    """The office's word stands; the application waits for another blanko."""
    books, journal = opened()
    history = History(70).recorded().verified().allocated()
    to = {"to": OTHER} if movement == "lent" else {}
    journal.apply(told(received(history.blanko(), history.blanko()), moved(movement, history.blanko(), **to)))
    at = places(books)
    outcomes = journal.apply(history.submissions())
    assert [outcome.outcome.value for outcome in outcomes] == ["applied", "applied", "parked"]
    assert outcomes[-1].reason is Reason.BLANKO_NOT_THERE
    assert books.applications[history.application].state == "verified"
    assert places(books) == at
    check(books)


def test_a_print_told_after_its_spoiled_blanko_was_destroyed_is_parked() -> None:
    """A card cannot come out of what two people have destroyed; that it was destroyed may be told again."""
    books, journal = opened()
    history = History(80).recorded().verified().allocated()
    blanko = history.blanko()
    history.tell("print-failed", station="printer1", blanko=blanko, printer="printer1", cause="ribbon")
    journal.apply(history.submissions())
    journal.apply(told(moved("missing", blanko), moved("found", blanko), moved("destroyed", blanko)))
    assert books.blankos[blanko].application == history.application
    late = History(80).printed().events[0] | {"subject": str(history.application)}
    again = history.tell("card-destroyed", blanko=blanko, document="BA-3", by=TWO).events[-1]
    outcomes = journal.apply([submission_of(late), submission_of(again)])
    assert [outcome.reason for outcome in outcomes] == [Reason.BLANKO_NOT_THERE, None]
    assert books.blankos[blanko].place == "destroyed"
    check(books)


def test_what_was_found_or_came_back_is_where_it_was() -> None:
    """A spoiled blanko that was missing is spoiled when it is found."""
    books, _ = after(
        received("AA01", "AA03"),
        moved("spoiled", "AA01"),
        moved("missing", "AA01", "AA02"),
        moved("found", "AA01", "AA02"),
        moved("returned", "AA01", "AA03"),
        moved("came-back", "AA01", "AA03"),
    )
    assert [place for _, place in places(books).values()] == ["spoiled", "in-stock", "in-stock"]


@given(low=st.integers(0, 99_999), count=st.integers(1, 400), width=st.integers(6, 7))
def test_a_range_lies_in_the_stacks_of_its_serials(low: int, count: int, width: int) -> None:
    """Or a range would lock other stacks than its serials do."""
    first, last = f"KTP-{low:0{width}}", f"KTP-{low + count - 1:0{width}}"
    assert sorted({stack(serial) for serial in serials(first, last)}) == sorted(stacks(first, last))


def conserves(story: list[Submission]) -> None:
    """Apply a story event by event; whatever is said, nothing is lost and nothing doubled at any step."""
    books, journal = opened()
    for one in story:
        before = (dict(books.blankos), len(books.movements))
        (outcome,) = journal.apply([one])
        if outcome.outcome in ("parked", "repeated"):
            assert (books.blankos, len(books.movements)) == before
        check(books)
    bound: dict[str, UUID] = {}
    for application in books.applications.values():
        for turn in application.standing.turns:
            if turn.place in ("allocated", "printed", "collected"):
                assert bound.setdefault(turn.blanko, application.id) == application.id
                assert books.blankos[turn.blanko].application == application.id


@settings(max_examples=150, deadline=None)
@given(stories())
def test_random_stock_histories_conserve_every_blanko(story: list[Submission]) -> None:
    """A quick look; thousands are the slow test's."""
    conserves(story)


@pytest.mark.slow
@pytest.mark.timeout(300)
@settings(max_examples=4000, deadline=None)
@given(stories())
def test_thousands_of_random_stock_histories_conserve_every_blanko(story: list[Submission]) -> None:
    """True words and false ones, ranges that overlap, late facts about cards."""
    conserves(story)
