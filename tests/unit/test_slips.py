"""A resi as it is typed, and what may have been meant."""

import pytest

from workflows.resi import mark_of
from workflows.slips import read_resi, slips


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0123-4567-89AB", "0123-4567-89AB"),
        (" 0123456789ab ", "0123-4567-89AB"),
        ("o123 4567 89iL", "0123-4567-8911"),
        ("0123-4567-89A", None),
        ("0123-4567-89ABC", None),
        ("0123-4567-89AU", None),
        ("", None),
        ("0123-4567-89Aß", None),
    ],
)
def test_a_resi_is_read_as_people_write_it(typed: str, read: str | None) -> None:
    """With or without dashes, in either case; what nobody could read over a telephone is none."""
    assert read_resi(typed) == read


def test_every_slip_of_the_finger_is_thought_of() -> None:
    """One letter changed: 12 times 31; two neighbours swapped: up to eleven more; never the resi itself."""
    near = slips("0123-4567-89AB")
    assert len(near) == 12 * 31 + 11
    assert {"1023-4567-89AB", "0124-3567-89AB", "Z123-4567-89AB"} <= near
    assert "0123-4567-89AB" not in near
    assert all(read_resi(one) == one for one in near)


def test_the_mark_of_a_station_is_the_same_for_ever() -> None:
    """It is printed on every receipt that the station ever gave out."""
    assert len({mark_of(f"st{number}") for number in range(500)}) > 480
    assert mark_of("st337410") == "PHY"
    assert {len(mark_of(f"st{number}")) for number in range(50)} == {3}
