"""The suket: due when the wait passes the office's rule, never while blanko lie free, one in force at a time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.letters_town import CLOSING, DAY, MONDAY, LettersTown
from tests.plain_time import CALENDAR, SameEverywhere
from workflows.card_issuance import State
from workflows.deadlines import Policy
from workflows.suket import number, valid_until

FRIDAY: Final = MONDAY + 4 * DAY + CLOSING
ACTIONS: Final = ("deliver", "allocate", "print", "spoil", "come", "collect", "cancel", "wait", "wait")


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        ((2026, 2, 13), (2026, 8, 13)),
        ((2026, 8, 31), (2027, 2, 28)),
        ((2027, 8, 31), (2028, 2, 29)),
        ((2026, 12, 31), (2027, 6, 30)),
    ],
)
def test_a_letter_holds_for_six_months(issued: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    """In a month that is too short until its last day."""
    assert valid_until(datetime(*issued, 8, tzinfo=UTC)) == datetime(*until, 8, tzinfo=UTC)


def test_a_number_names_its_office_and_year() -> None:
    """As the archives want it."""
    assert number(123, "33.74.10", 2018) == "471.13/000123/33.74.10/2018"


def test_a_letter_is_issued_when_four_working_days_have_passed_without_blanko() -> None:
    """Not on the day before; the resident is told until when it holds, and the numbers of the notices have no gap."""
    town = LettersTown()
    town.days(4)
    assert town.letters() == []
    (suket,) = town.sweep()
    assert (suket.issued, suket.valid_until, suket.office, suket.year) == (
        FRIDAY, datetime(2026, 8, 13, 8, tzinfo=UTC), "33.74.10", 2026,
    )  # fmt: skip
    assert town.application().timers.letter == suket.valid_until
    notices = town.notices()
    assert [one["sequence"] for one in notices] == [str(n) for n in range(1, len(notices) + 1)]
    (told,) = (one["data"] for one in notices if one["type"] == "id.ektp.suket-issued.v1")
    assert (told["valid_until"], told["because"]) == ("2026-08-13T08:00:00Z", "waiting-for-blanko")


def test_who_is_too_young_for_a_card_has_no_letter_before_four_working_days_after_the_birthday() -> None:
    """There is nothing yet for which a letter could stand in."""
    town = LettersTown(birth_date="2009-03-02")
    town.days(70)
    assert [one.issued for one in town.letters()] == [datetime(2026, 3, 6, 8, tzinfo=UTC)]


def test_while_blanko_lie_free_there_is_an_alarm_and_no_letter() -> None:
    """Each working day again, without a word to the resident; when none are left the letter comes."""
    town = LettersTown()
    town.deliver(1)
    with structlog.testing.capture_logs() as logs:
        town.days(6)
        assert town.sweep() == []
    alarms = [(line["office"], line["letters"], line["in_stock"]) for line in logs if line["event"] == "suket-withheld"]
    assert alarms == [("33.74", 1, 1)], "on Friday; not on Saturday and Sunday"
    town.books.now += DAY - CLOSING
    assert town.sweep() == []
    assert town.books.tallies["33.74.10", "suket", "withheld"] == town.application().timers.withheld == 2
    assert "id.ektp.deadline-missed.v1" in {one["type"] for one in town.notices()}, "for the promise"
    assert "suket-withheld" not in {one["data"]["because"] for one in town.notices()}
    town.books.blankos.clear()
    town.books.now += DAY - CLOSING
    assert len(town.sweep()) == 1
    assert town.application().timers.withheld == 0


def test_letters_follow_one_another_for_two_years() -> None:
    """Each renewed two weeks before its end, so that nobody is without one for a moment."""
    town = LettersTown()
    town.days(730)
    letters = town.letters()
    assert len(letters) == 5
    for old, new in pairwise(letters):
        assert (old.withdrawn, old.because) == (new.issued, "renewed")
        assert timedelta(days=11) < old.valid_until - new.issued <= timedelta(days=14)
    assert len(town.in_force()) == 1
    assert town.application().notices == len(town.notices())


def test_a_letter_is_withdrawn_when_somebody_comes_for_the_card_and_issued_again_if_the_print_fails() -> None:
    """Within a working day; a print that had failed before they came is no reason."""
    town = LettersTown()
    town.deliver(1)
    town.allocate(0)
    town.print(0, spoiled=True)
    town.days(5)
    assert len(town.in_force()) == 1
    town.tell(0, "print-requested", counter="counter1")
    (withdrawn,) = town.letters()
    assert (withdrawn.withdrawn, withdrawn.because) == (town.books.now, "came-in-person")
    assert [one["data"]["because"] for one in town.notices() if one["type"] == "id.ektp.suket-withdrawn.v1"] == [
        "came-in-person"
    ]
    town.days(30)
    assert town.in_force() == [], "the card is about to come"
    town.deliver(1)
    town.allocate(0)
    town.print(0, spoiled=True)
    town.days(2)
    assert len(town.in_force()) == 1


@pytest.mark.parametrize(("name", "because"), [("collected", "collected"), ("application-cancelled", "cancelled")])
def test_the_end_withdraws_the_letter(name: str, because: str) -> None:
    """Whether the card is in the hand or will never be."""
    town = LettersTown()
    town.days(5)
    town.deliver(1)
    town.allocate(0)
    town.print(0)
    assert len(town.in_force()) == 1, "a printed card is not in the hand yet"
    data: dict[str, Any] = {"blanko": "BL00000001", "by": "self"} if name == "collected" else {"because": "moved-away"}
    town.tell(0, name, **data)
    assert [one.because for one in town.letters()] == [because]
    assert town.application().timers.letter is None


def test_a_letter_is_not_renewed_while_the_card_waits_to_be_collected() -> None:
    """Destroyed after all, it is at once."""
    town = LettersTown()
    town.days(5)
    town.deliver(1)
    town.allocate(0)
    town.print(0)
    town.days(200)
    assert len(town.letters()) == 1
    town.tell(0, "card-destroyed", blanko="BL00000001", document="BA-1", by=["Contoh Satu", "Contoh Dua"])
    town.days(3)
    assert [one.because for one in town.letters()] == ["renewed", None]


def test_an_office_may_issue_none_or_issue_them_sooner() -> None:
    """By its own rule."""
    none = LettersTown(keeping=SameEverywhere(CALENDAR, Policy(suket=None)))
    none.days(40)
    assert none.letters() == []
    soon = LettersTown(keeping=SameEverywhere(CALENDAR, Policy(suket=2)))
    soon.days(3)
    assert [one.issued for one in soon.letters()] == [MONDAY + 2 * DAY + CLOSING]


@pytest.mark.parametrize("deleted", [False, True])
def test_who_has_a_letter_keeps_one_also_while_blanko_lie_free(deleted: bool) -> None:
    """The printers may be too slow for the stock, or the record be found deleted: that is not the resident's fault."""
    town = LettersTown()
    town.days(5)
    if deleted:
        town.tell(0, "central-record-deleted", station="centre", attempt=1, reference="DEL-1")
    town.deliver(1)
    town.days(180)
    assert [one.because for one in town.letters()] == ["renewed", None]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2), st.integers(1, 40)), max_size=40))
def test_whatever_happens_no_first_letter_is_issued_while_blanko_lie_free_and_nobody_has_two(
    steps: list[tuple[str, int, int]],
) -> None:
    """Three residents, anything at any time; the clocks and the letters say the same, and every notice is counted."""
    town = LettersTown(3)
    for action, resident, days in steps:
        _act(town, action, resident)
        _agree(town)
        for _ in range(days if action == "wait" else 1):
            free, before = bool(town.free()), dict(town.books.applications)
            for suket in town.sweep():
                known = before[suket.application]
                assert known.timers.letter or (known.state is State.VERIFIED and not free)
                assert known.state not in (State.PRINTED, State.COLLECTED, State.CANCELLED)
            town.books.now += DAY - CLOSING
            _agree(town)


def _act(town: LettersTown, action: str, resident: int) -> None:
    """Do it where it can be done."""
    application = town.application(resident)
    match action:
        case "deliver":
            town.deliver(1 + resident)
        case "allocate" if application.state is State.VERIFIED and town.free():
            town.allocate(resident)
        case "print" | "spoil" if application.state is State.ALLOCATED:
            town.print(resident, spoiled=action == "spoil")
        case "come":
            town.tell(resident, "print-requested", counter="counter1")
        case "collect" if application.state is State.PRINTED:
            town.tell(resident, "collected", blanko=application.standing.turns[-1].blanko, by="self")
        case "cancel" if resident == 0:
            town.tell(resident, "application-cancelled", because="withdrawn")
        case _:
            pass


def _agree(town: LettersTown) -> None:
    for resident in range(3):
        application, found = town.application(resident), town.in_force(resident)
        assert [one.valid_until for one in found] == ([application.timers.letter] if application.timers.letter else [])
        assert application.notices == len(town.notices(resident))
