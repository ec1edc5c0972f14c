"""Kudus, nine kecamatan and two kits: everybody is visited within the bound, and the page shows the table."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.kudus_visits import POLICY, Kudus, table
from workflows.outreach import Why

PAGE: Final = Path(__file__).parents[2] / "docs" / "outreach.md"
_TABLE: Final = re.compile(r"(?<=<!-- kudus -->\n)(.*?)(?=<!-- end of kudus -->)", re.DOTALL)


@cache
def lived(seed: int) -> Kudus:
    """Return a half-year that was lived to its end."""
    kudus = Kudus(seed)
    kudus.live()
    return kudus


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_kudus_nobody_is_forgotten(seed: int) -> None:
    """In none of the nine kecamatan; the longest wait is within the bound, also for who was absent the first time."""
    tales = lived(seed).tales
    assert len(tales) == 9
    for tale in tales.values():
        assert tale.forgotten == tale.late == 0
        assert tale.met == sum(tale.waited.values())
        assert 0 < tale.longest <= POLICY.bound
    assert {why for tale in tales.values() for why in tale.visits} == set(Why)
    assert sum(tale.joined for tale in tales.values()) > 0


def test_the_page_shows_the_table_of_kudus(pytestconfig: pytest.Config) -> None:
    """Run with --rewrite-docs to write it anew."""
    page = PAGE.read_text()
    if pytestconfig.getoption("--rewrite-docs"):
        page = _TABLE.sub(lambda _: table(lived(1)), page)
        PAGE.write_text(page)
    (shown,) = _TABLE.findall(page)
    assert shown == table(lived(1))
