"""Histories of stock, made up at random: true words and false ones, ranges that overlap, cards in between."""

from typing import Any, Final

from hypothesis import strategies as st

from schemas.stock import TO_ANOTHER
from schemas.submission import Submission
from tests.histories import History, shuffled, submission_of
from tests.stock import OFFICE, OTHER, moved, received
from workflows.ledger import MOVEMENTS

SERIALS: Final = [f"RS{number:02}" for number in range(1, 9)]
OFFICES = st.sampled_from([OFFICE, OTHER, "33.74.10"])


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    """Make up what somebody says about a few serials, true or not."""
    low = draw(st.integers(0, len(SERIALS) - 1))
    first, last = SERIALS[low], SERIALS[draw(st.integers(low, len(SERIALS) - 1))]
    office = draw(OFFICES)
    other = draw(OFFICES.filter(lambda one: one != office))
    if draw(st.booleans()):
        note = draw(st.sampled_from(["N-1", "N-2"]))
        kind = draw(st.sampled_from(["delivery", "loan", "repayment"]))
        source = {"from_": other} if kind != "delivery" or draw(st.booleans()) else {}
        return received(first, last, office, delivery_note=note, as_=kind, **source)
    movement = draw(st.sampled_from(sorted(MOVEMENTS)))
    to = {"to": other} if movement in TO_ANOTHER else {}
    return moved(movement, first, last, office, **to)


@st.composite
def stories(draw: st.DrawFn) -> list[Submission]:
    """Make up words about stock, and cards that are given some of the same serials, in any order."""
    events = [submission_of(one) for one in draw(st.lists(words(), min_size=1, max_size=14))]
    for _ in range(draw(st.integers(0, 3))):
        history = History().recorded().verified()
        serial = draw(st.sampled_from(SERIALS))
        history.tell("blanko-allocated", station="warehouse", blanko=serial, office=OFFICE)
        ends = draw(st.lists(st.sampled_from(["printed", "print-failed", "print-voided", "collected"]), max_size=3))
        for name in ends:
            more = {"printer": "printer1"} if name.startswith("printed") or name == "print-failed" else {}
            more |= {"cause": "ribbon"} if name == "print-failed" else {}
            more |= {"by": "self"} if name == "collected" else {}
            history.tell(name, station="printer1", blanko=serial, **more)
        events += history.submissions()
    return list(shuffled(events, draw(st.integers(0, 10_000)), doubled=0.1))
