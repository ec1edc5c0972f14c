"""How many bodies of one account are being read: whoever sends slowly takes no more of the lines than that."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ektp.web.errors import TooMany

MOST_OPEN: Final = 64  # bodies of one station, of the 512 lines that the server has
_AGAIN: Final = 1.0  # seconds


class Crowd:
    """Counts those who are inside; used in the event loop alone."""

    def __init__(self) -> None:
        self._inside: Counter[str] = Counter()

    @contextmanager
    def place(self, whose: str | None) -> Iterator[None]:
        """Keep a place for the block; None is not counted. Raises TooMany."""
        if whose is None:
            yield
            return
        if self._inside[whose] >= MOST_OPEN:
            raise TooMany(_AGAIN)
        self._inside[whose] += 1
        try:
            yield
        finally:
            self._inside[whose] -= 1
