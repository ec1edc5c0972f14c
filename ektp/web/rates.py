"""How much each of many may do in a while: a bucket for each, which fills again with time."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

MOST_REMEMBERED: Final = 20_000  # buckets; a full one tells nothing and need not be kept


class Rates:
    """So many a minute for each, and so many at once after a pause; may be used from many threads."""

    def __init__(self, a_minute: float, at_once: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second, self._at_once = a_minute / 60, at_once
        self._clock = clock
        self._lock = Lock()
        self._left: dict[str, tuple[float, float]] = {}  # by whom: how many were left, and when

    def take(self, whose: str, count: int = 1) -> float:
        """Take so many and return 0; where fewer are left take none, and return the seconds until there are enough."""
        with self._lock:
            now = self._clock()
            left = self._now_left(whose, now)
            if count > left:
                return (count - left) / self._a_second
            self._left.pop(whose, None)
            if len(self._left) >= MOST_REMEMBERED:
                self._forget(now)
            self._left[whose] = (left - count, now)
            return 0.0

    def wait(self, whose: str) -> float:
        """Return the seconds until one more may be taken, and take none."""
        with self._lock:
            return max(0.0, 1 - self._now_left(whose, self._clock())) / self._a_second

    def _now_left(self, whose: str, now: float) -> float:
        left, then = self._left.get(whose, (self._at_once, now))
        return min(self._at_once, left + (now - then) * self._a_second)

    def _forget(self, now: float) -> None:
        """Drop what is full again, and else whoever was here longest ago."""
        full = [whose for whose in self._left if self._now_left(whose, now) >= self._at_once]
        for whose in full or list(self._left)[: MOST_REMEMBERED // 10]:
            del self._left[whose]
