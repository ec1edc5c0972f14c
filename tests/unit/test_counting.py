"""Counts that take long are shared and seldom made anew; those that take no time are always new."""

from typing import Any

from ektp.web.counting import Counting


class Slow:
    """Counts how often it was asked, and takes so many seconds for it by a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds, self.asked = 0.0, seconds, list[tuple[str, ...]]()

    def count(self, offices: tuple[str, ...]) -> dict[str, Any]:
        """Count."""
        self.now += self.seconds
        self.asked.append(offices)
        return {"number": len(self.asked)}


def test_a_count_is_told_again_for_fifty_times_as_long_as_it_took() -> None:
    """Then it is made anew."""
    slow = Slow(2.0)
    counting = Counting(slow.count, lambda: slow.now)
    assert [counting.of(())["number"] for _ in range(3)] == [1, 1, 1]
    slow.now += 99.9
    assert counting.of(())["number"] == 1
    slow.now += 0.1
    assert counting.of(())["number"] == 2


def test_each_set_of_offices_has_its_own_and_only_the_latest_are_remembered() -> None:
    """What is asked for again is not the one that goes."""
    slow = Slow(1.0)
    counting = Counting(slow.count, lambda: slow.now)
    counting.of(("33.19",))
    for number in range(63):
        counting.of((str(number),))
        slow.now -= 1  # the clock of a test stands still
        assert counting.of(("33.19",))["number"] == 1
    counting.of(("33.74",))
    assert counting.of(("0",))["number"] == 66, "it made room"
    assert slow.asked.count(("33.19",)) == 1


def test_what_takes_no_time_is_never_old() -> None:
    """Nothing is remembered longer than it is worth."""
    slow = Slow(0.0)
    counting = Counting(slow.count, lambda: slow.now)
    assert [counting.of(())["number"] for _ in range(3)] == [1, 2, 3]
