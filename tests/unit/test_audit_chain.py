"""The chain by itself: every way to tamper with it is found, at the exact row where it begins."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from consumers.audit_chain import Head, Row, Walk, mac_of

KEY = b"k" * 32
NOON = datetime(2018, 2, 12, 5, tzinfo=UTC)
Rows = list[Row]


def chained(count: int, key: bytes = KEY) -> Rows:
    """Return a good chain."""
    rows, before = [], Head().mac
    for seq in range(1, count + 1):
        row = Row(
            seq, NOON + timedelta(minutes=seq), "operator", "station-added", f"st{seq}", {"office": "33.74", "n": seq}
        )
        before = mac_of(key, before, row)
        rows.append(row._replace(mac=before))
    return rows


def walked(rows: Sequence[Row], key: bytes | None = KEY, exported: Head | None = None) -> Walk:
    """Walk along the rows."""
    walk = Walk(key, exported)
    for row in rows:
        walk.step(row)
    walk.end()
    return walk


def renumbered(rows: Sequence[Row]) -> Rows:
    """Close the gap that was left, as somebody would who hides it."""
    return [row._replace(seq=seq) for seq, row in enumerate(rows, 1)]


def swapped(rows: Rows) -> Rows:
    """Let the third and the fifth row change places."""
    third, fifth = rows[2], rows[4]
    return [*rows[:2], fifth._replace(seq=3), rows[3], third._replace(seq=5), *rows[5:]]


def inserted(rows: Rows) -> Rows:
    """Put a copy of a row behind the third, and count on from there."""
    return renumbered([*rows[:3], rows[6], *rows[3:]])


TAMPERED: dict[str, tuple[Callable[[Rows], Rows], int]] = {
    "the actor": (lambda rows: [*rows[:4], rows[4]._replace(actor="another"), *rows[5:]], 5),
    "the time": (lambda rows: [*rows[:4], rows[4]._replace(at=NOON), *rows[5:]], 5),
    "the detail": (lambda rows: [*rows[:4], rows[4]._replace(detail={"office": "33.74", "n": "5"}), *rows[5:]], 5),
    "a word moved from one column to the next": (
        lambda rows: [*rows[:4], rows[4]._replace(what="station-addedst5", about=""), *rows[5:]], 5
    ),
    "the first row gone": (lambda rows: rows[1:], 1),
    "a row gone": (lambda rows: [*rows[:3], *rows[4:]], 4),
    "a row gone and the gap closed": (lambda rows: renumbered([*rows[:3], *rows[4:]]), 4),
    "a row put in": (inserted, 4),
    "a row put at the end": (lambda rows: [*rows, rows[0]._replace(seq=11)], 11),
    "two rows swapped": (swapped, 3),
}  # fmt: skip


def test_a_good_chain_is_whole_and_ends_in_its_head() -> None:
    """Also an empty one, and one whose head was exported half way."""
    rows = chained(10)
    walk = walked(rows, exported=Head(6, rows[5].mac))
    assert (walk.rows, walk.broken, walk.first, walk.head) == (10, 0, None, Head(10, rows[-1].mac))
    assert walked([]).first is None


@pytest.mark.parametrize("what", TAMPERED)
def test_the_first_row_that_is_wrong_is_named(what: str) -> None:
    """By its number, whatever was done to it."""
    tamper, first = TAMPERED[what]
    walk = walked(tamper(chained(10)))
    assert walk.first == first
    assert walk.broken >= 1


def test_what_was_cut_off_is_found_by_a_head_that_was_exported() -> None:
    """Without one nobody can tell: what is left is a good chain."""
    rows = chained(10)
    head = Head(10, rows[-1].mac)
    assert walked(rows[:7]).first is None
    assert walked(rows[:7], exported=head).first == 8
    assert "up to 10" in walked(rows[:7], exported=head).why
    again = [*rows[:7], *chained(10, b"another" * 5)[7:]]
    assert walked(again, exported=head).first == 8
    assert walked(chained(10, b"another" * 5), b"another" * 5, head).first == 10


def test_another_key_fits_no_row() -> None:
    """And without a key only the numbers are looked at."""
    rows = chained(10)
    assert (walked(rows, b"another" * 5).first, walked(rows, b"another" * 5).broken) == (1, 10)
    assert walked(rows, None).first is None
    assert walked([*rows[:3], *rows[5:]], None).broken == 2
