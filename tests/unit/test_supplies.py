"""Ribbons, film and ink: counted in pieces in store and in cards on each printer, and never below nothing."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.journal import Journal
from tests.histories import History, event, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import CALENDAR, PLAIN, SameEverywhere
from tests.stock import OFFICE, OTHER, TWO, supplied
from workflows.deadlines import Policy
from workflows.supplies import SUPPLIES, YIELD


def apply(books: MemoryBooks, *events: dict[str, Any], policy: Policy | None = None) -> list[str | None]:
    """Apply the events one by one; return why each was parked, if it was."""
    keeping = SameEverywhere(CALENDAR, policy) if policy else PLAIN
    journal = Journal(books, PlainVault(), keeping)
    return [journal.apply([submission_of(one)])[0].reason for one in events]


def counts(books: MemoryBooks, kind: str = "supply") -> dict[tuple[str, str], int]:
    """Return what is counted."""
    return {(office, key): n for (office, what, key), n in books.tallies.items() if what == kind}


def printed(history: History, printer: str = "printer1") -> list[dict[str, Any]]:
    """Return the events of a card printed by a printer, from the recording on."""
    history.recorded().verified().allocated()
    return history.tell("printed", station=printer, blanko=history.blanko(), printer=printer).events


def test_a_ribbon_is_loaded_and_each_print_takes_one_card() -> None:
    """Also a print that fails; a printer that nobody loads counts nothing."""
    books = MemoryBooks()
    failed = History().recorded().verified().allocated()
    failed.tell("print-failed", station="printer1", blanko=failed.blanko(), printer="printer1", cause="ribbon")
    apply(
        books,
        supplied("supplies-received", count=3),
        supplied("supplies-received", supply="ink", count=1),
        supplied("supply-loaded", printer="printer1"),
        supplied("supply-loaded", printer="printer1", supply="ink"),
        *printed(History()),
        *failed.events,
        *printed(History(), "printer2"),
    )
    assert counts(books) == {
        (OFFICE, "ribbon"): 2,
        (OFFICE, "ink"): 0,
        (OFFICE, "ribbon@printer1"): YIELD["ribbon"] - 2,
        (OFFICE, "ink@printer1"): YIELD["ink"] - 2,
    }
    assert not counts(books, "supply-difference")


def test_a_print_told_twice_or_late_takes_one_card() -> None:
    """What was printed is printed once, whatever became of the application."""
    books = MemoryBooks()
    history = History()
    events = printed(history)
    history.tell("application-cancelled", because="withdrawn")
    again = {**event(history.application, "printed"), "data": events[3]["data"], "source": events[3]["source"]}
    apply(books, supplied("supply-loaded", printer="printer1"), *events[:3], events[4], events[3], events[3], again)
    assert counts(books)[OFFICE, "ribbon@printer1"] == YIELD["ribbon"] - 1


def test_an_office_sets_how_long_a_ribbon_lasts_and_a_print_without_one_is_a_difference() -> None:
    """The count stays at nothing, and says that somebody has to count; so does a ribbon out of an empty store."""
    books = MemoryBooks()
    policy = Policy(yields=(("ribbon", 2),))
    events = [one for _ in range(3) for one in printed(History())]
    apply(books, supplied("supply-loaded", printer="printer1"), *events, policy=policy)
    assert counts(books) == {(OFFICE, "ribbon@printer1"): 0}
    assert counts(books, "supply-difference") == {(OFFICE, "ribbon"): 1, (OFFICE, "ribbon@printer1"): 1}
    apply(books, supplied("supply-loaded", printer="printer1"), policy=policy)
    assert counts(books)[OFFICE, "ribbon@printer1"] == 2


def test_supplies_are_lent_paid_back_transferred_and_written_off() -> None:
    """As blanko are; more than there is cannot go."""
    books = MemoryBooks()
    why = {"because": "as agreed"}
    reasons = apply(
        books,
        supplied("supplies-received", count=10),
        supplied("supplies-moved", count=4, movement="lent", to=OTHER, **why),
        supplied("supplies-received", count=3, from_=OTHER, as_="repayment"),
        supplied("supplies-moved", count=2, movement="transferred", to="33.74.10", **why),
        supplied("supplies-moved", count=1, movement="used-up", **why),
        supplied("supplies-moved", count=1, movement="missing", by=TWO, **why),
        supplied("supplies-moved", count=6, movement="used-up", **why),
    )
    assert reasons == [*[None] * 6, "supplies-not-there"]
    assert [one.detail for one in books.parked.values()] == [f"{OFFICE} has 5 ribbon in store"]
    assert counts(books) == {(OFFICE, "ribbon"): 5, ("33.74.10", "ribbon"): 2}
    assert counts(books, "loan") == {(OFFICE, f"{OTHER}/ribbon"): 1}


@pytest.mark.parametrize("wrong", [{"movement": "missing"}, {"movement": "lent"}, {"movement": "used-up", "to": OTHER}])
def test_a_movement_of_supplies_says_all_that_it_needs(wrong: dict[str, Any]) -> None:
    """Two people for what is missing, another office for what goes there."""
    with pytest.raises(AssertionError, match="bad-data"):
        submission_of(supplied("supplies-moved", because="x", **wrong))


@st.composite
def words(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Make up what is said of supplies, and a card now and then."""
    if draw(st.booleans()):
        return printed(History(), draw(st.sampled_from(["printer1", "printer2"])))
    office, supply = draw(st.sampled_from([OFFICE, OTHER])), draw(st.sampled_from(SUPPLIES))
    common = {"office": office, "supply": supply}
    name = draw(st.sampled_from(["supplies-received", "supplies-moved", "supply-loaded"]))
    if name == "supply-loaded":
        return [supplied(name, printer=draw(st.sampled_from(["printer1", "printer2"])), **common)]
    count = draw(st.integers(1, 4))
    if name == "supplies-received":
        return [supplied(name, count=count, **common)]
    movement = draw(st.sampled_from(["transferred", "lent", "used-up", "found"]))
    to = {"to": OTHER if office == OFFICE else OFFICE} if movement in ("transferred", "lent") else {}
    return [supplied(name, count=count, movement=movement, because="x", **to, **common)]


@settings(max_examples=120, deadline=None)
@given(st.lists(words(), max_size=25))
def test_supplies_never_go_below_nothing_and_pieces_are_conserved(said: list[list[dict[str, Any]]]) -> None:
    """In store is what came, less what went and what was loaded, but for the differences that are told."""
    books = MemoryBooks()
    expected = Counter[tuple[str, str]]()
    for one in (one for some in said for one in some):
        (reason,) = apply(books, one, policy=Policy(yields=(("ribbon", 2), ("film", 1))))
        assert all(count >= 0 for count in counts(books).values())
        data = one["data"]
        if reason or "supply" not in data:
            continue
        office, supply, count = data["office"], data["supply"], data.get("count", 1)
        gains = one["type"].startswith("id.ektp.supplies-received") or data.get("movement") == "found"
        expected[office, supply] += count if gains else -count
        if data.get("movement") == "transferred":
            expected[data["to"], supply] += count
    told = counts(books, "supply-difference")
    for place in {*expected, *counts(books)}:
        if "@" not in place[1]:
            assert counts(books).get(place, 0) == expected[place] + told.get(place, 0)
