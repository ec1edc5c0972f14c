"""How long to wait before trying again."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from consumers.errors import JournalUnavailable, StoreAway

T = TypeVar("T")
log = structlog.get_logger()


class BackOff:
    """Growing pauses, doubled from `first` up to `most` seconds, until `reset`."""

    def __init__(self, first: float = 0.2, most: float = 3.0) -> None:
        self._first = self._next = first
        self._most = most

    def next(self) -> float:
        """Return the seconds to wait now."""
        now, self._next = self._next, min(self._next * 2, self._most)
        return now

    def reset(self) -> None:
        """Begin again with the shortest pause: it has worked."""
        self._next = self._first


def rest(seconds: float, stopping: Callable[[], bool], sleep: Callable[[float], None] = time.sleep) -> None:
    """Sleep in short slices, so that a stop is noticed."""
    while seconds > 0 and not stopping():
        sleep(min(seconds, 0.2))
        seconds -= 0.2


def patiently(work: Callable[[], T], hold: Callable[[float], None], stopping: Callable[[], bool]) -> T | None:
    """Do it, for as long as it takes the store to be there; None when told to stop meanwhile.

    `hold(seconds)` waits while keeping the messages. Raises what it raises, and IntakeHalted.
    """
    pauses = BackOff(most=5.0)
    while True:
        try:
            return work()
        except (JournalUnavailable, StoreAway) as unavailable:
            log.warning("journal unavailable", because=str(unavailable))
        hold(pauses.next())
        if stopping():
            return None
