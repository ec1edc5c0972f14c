"""What everybody may see of the blanko stock, read once a minute whoever asks."""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

_FRESH: Final = 60.0  # seconds
Rows = Sequence[dict[str, Any]]


class Published:
    """Rows that *look* reads, by one at a time; what was read is good for a minute. May be used from many threads."""

    def __init__(self, look: Callable[[], Rows], clock: Callable[[], float] = time.monotonic) -> None:
        self._look, self._clock, self._lock = look, clock, Lock()
        self._rows: Rows = ()
        self._read: float | None = None

    def rows(self) -> Rows:
        """Return them. Raises StoreAway and EktpError."""
        with self._lock:
            if self._read is None or self._clock() - self._read >= _FRESH:
                self._rows, self._read = self._look(), self._clock()
            return self._rows
