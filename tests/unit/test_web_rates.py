"""How much each may send in a while, and what was looked up a moment ago."""

from ektp.web.fresh import Fresh
from ektp.web.rates import MOST_REMEMBERED, Rates


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_so_many_at_once_then_so_many_a_minute() -> None:
    """Nothing is taken where there is not enough, and it is said how long that takes; others have their own."""
    clock = Clock()
    rates = Rates(60, 10, clock=clock)
    assert rates.take("a", 10) == 0.0
    assert rates.take("a", 3) == 3.0
    assert rates.wait("a") == 1.0
    assert rates.take("b", 10) == 0.0
    clock.now += 3
    assert rates.wait("a") == 0.0
    assert rates.take("a", 3) == 0.0
    clock.now += 3600
    assert rates.take("a", 11) == 1.0
    assert rates.take("a", 10) == 0.0


def test_many_who_come_once_are_forgotten_and_who_is_used_up_is_not() -> None:
    """The memory has an end, and those who have filled up again go first."""
    clock = Clock()
    rates = Rates(60, 2, clock=clock)
    for number in range(MOST_REMEMBERED - 1):
        rates.take(str(number))
    clock.now += 10
    rates.take("used up", 2)
    rates.take("one more")
    assert rates.wait("used up") == 1.0
    assert len(rates._left) == 2
    for number in range(3 * MOST_REMEMBERED):
        rates.take(str(number), 2)
    assert len(rates._left) <= MOST_REMEMBERED


def test_what_was_found_is_good_for_a_second_and_what_was_not_is_looked_for_again() -> None:
    """The second begins before the look, so that no revocation takes longer."""
    clock, looks, known = Clock(), list[str](), {"a": 1}

    def look(key: str) -> int | None:
        looks.append(key)
        clock.now += 0.4
        return known.get(key)

    fresh = Fresh(look, clock=clock)
    assert (fresh("a"), fresh("a"), fresh("b"), fresh("b")) == (1, 1, None, None)
    assert looks == ["a", "b", "b"]
    known.clear()
    assert fresh("a") is None
