"""What was looked up a moment ago, so that many requests of one account ask the store once."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_MOST: Final = 10_000


class Fresh(Generic[Key, Value]):
    """Remembers what `look` returned for at most `seconds`, counted from before it looked.

    Where nothing was found, it looks again: what was added counts at once.
    """

    def __init__(
        self, look: Callable[[Key], Value], *, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._seconds, self._clock = look, seconds, clock
        self._lock = Lock()
        self._found: dict[Key, tuple[Value, float]] = {}

    def __call__(self, key: Key) -> Value:
        """Return what is known of the key. Raises what `look` raises."""
        asked = self._clock()
        with self._lock:
            value, until = self._found.get(key, (None, asked))
        if value is not None and asked < until:
            return value
        found = self._look(key)
        with self._lock:
            if len(self._found) >= _MOST:
                self._found.clear()
            if found is not None:
                self._found[key] = (found, asked + self._seconds)
        return found

    def forget(self, key: Key) -> None:
        """Look again the next time."""
        with self._lock:
            self._found.pop(key, None)
