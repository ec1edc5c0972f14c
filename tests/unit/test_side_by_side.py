"""Two shares of a repair: what one says can change what becomes of the other's is found by what both are about."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from consumers.journal import Journal
from consumers.rehearsal import Foreseen, Rehearsal
from ektp.repairing.side_by_side import entangled
from schemas.submission import Submission
from tests.histories import History, event, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN

# What is written before, what one share says, what the other says, and what becomes of that beside the first and alone.
Case = tuple[list[Submission], Submission, Submission, str, str]


def a_serial() -> Case:
    """Two applications are given one blanko."""
    one, other = (History().recorded().verified() for _ in range(2))
    first, second = (event(each.application, "blanko-allocated", blanko=one.blanko(), office="33.74", turn=1)
                     for each in (one, other))  # fmt: skip
    written = [*one.submissions(), *other.submissions()]
    return written, submission_of(first), submission_of(second), "parked", "applied"


def a_serial_that_waits() -> Case:
    """Once verified, the one takes in the allocation that was held for it."""
    one, other = History().recorded(), History().recorded().verified()
    given = event(other.application, "blanko-allocated", blanko=one.blanko(), office="33.74", turn=1)
    held, verified = submission_of(History.allocated(one).events[-1]), submission_of(one.verified().events[-1])
    written = [submission_of(one.events[0]), held, *other.submissions()]
    return written, verified, submission_of(given), "parked", "applied"


def a_nik() -> Case:
    """Two applications are recorded for one resident."""
    one = History().recorded()
    return [], submission_of(one.events[0]), submission_of(History(one.number).recorded().events[0]), "held", "applied"


def a_nik_that_is_freed() -> Case:
    """Name no NIK when cancelling; the one of the application may be recorded again."""
    one = History().recorded()
    over = event(one.application, "application-cancelled", because="withdrawn")
    again = History(one.number).recorded()
    return one.submissions(), submission_of(over), submission_of(again.events[0]), "applied", "held"


def an_id() -> Case:
    """Two events carry one id."""
    one, other = History().recorded(), History().recorded()
    same = {**other.events[0], "id": one.events[0]["id"]}
    return [], submission_of(one.events[0]), submission_of(same), "parked", "applied"


def foreseen(books: MemoryBooks, *coming: Submission) -> list[Foreseen]:
    """Return what is foreseen of these, the one after the other."""
    return list(Rehearsal(books, PlainVault(), PLAIN).foresee(coming))


@pytest.mark.parametrize("case", [a_serial, a_serial_that_waits, a_nik, a_nik_that_is_freed, an_id])
def test_what_bears_on_the_other_share_is_found(case: Callable[[], Case]) -> None:
    """A third one, which has nothing to do with them, stands as it was foreseen."""
    written, first, second, beside, alone = case()
    first, second, third = (
        replace(one, repairs=uuid4()) for one in (first, second, *History().recorded().submissions())
    )
    books = MemoryBooks()
    Journal(books, PlainVault(), PLAIN).apply(written)
    assert foreseen(books, first, second)[1].outcome == beside
    (apart,) = foreseen(books, second)
    assert apart.outcome == alone
    mine, others = foreseen(books, first, third), [apart]
    assert entangled({0: mine[0].about, 2: mine[1].about}, {1: others[0].about}) == {0, 1}


def test_what_hangs_together_with_them_is_found_too() -> None:
    """By whatever it has in common with one of them; what is about no application may bear on all."""
    assert entangled({0: (1, 2), 1: (2, 3), 2: (4,)}, {3: (3,), 4: (5, 6), 5: (6,)}) == {0, 1, 3}
    assert entangled({0: (1,), 1: ()}, {2: (2,), 3: ()}) == set()
    assert entangled({0: (1,)}, {1: None}) == {0, 1}
