"""Counts that cost what is counted: shared by everybody who looks at the same offices, and seldom made."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

_REST: Final = 50  # times as long as a count took it is told again: counting never takes more than a fiftieth of a core
_KEPT: Final = 64  # sets of offices whose counts are remembered
Offices = tuple[str, ...]
Counts = dict[str, Any]


class Counting:
    """What *count* counts for some offices, by one at a time; may be used from many threads."""

    def __init__(self, count: Callable[[Offices], Counts], clock: Callable[[], float] = time.monotonic) -> None:
        self._count, self._clock, self._lock = count, clock, Lock()
        self._told: dict[Offices, tuple[Counts, float]] = {}

    def of(self, offices: Offices) -> Counts:
        """Return the counts of these offices, made now or a while ago. Raises StoreAway and EktpError."""
        with self._lock:
            told, until = self._told.pop(offices, ({}, 0.0))
            began = self._clock()
            if not told or began >= until:
                told = self._count(offices)
                ended = self._clock()
                until = ended + _REST * (ended - began)
            if len(self._told) >= _KEPT:
                del self._told[next(iter(self._told))]
            self._told[offices] = (told, until)
            return told
