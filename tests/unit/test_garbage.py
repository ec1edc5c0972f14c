"""The collector of a process that runs for long."""

import gc
from collections.abc import Iterator

import pytest

from ektp.running.garbage import settle_down


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_not_looked_at_again() -> None:
    """Modules and classes stay for good; only what comes after is searched."""
    settle_down()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 1000


def test_cycles_are_still_found() -> None:
    """Seldom is not never: a process that makes them does not grow for ever."""

    class Knot:
        def __init__(self) -> None:
            self.self = self

    settle_down()
    most = max(_knots_alive(Knot) for _ in range(5))
    assert most <= gc.get_threshold()[0]


def _knots_alive(knot: type) -> int:
    for _ in range(gc.get_threshold()[0]):
        knot()
    return sum(type(one) is knot for one in gc.get_objects())
