"""One line on stderr that keeps telling how it goes; on no terminal, a line now and then."""

import sys
import time
from types import TracebackType
from typing import Final, Self

_SPAN: Final = 5.0  # seconds over which the rate is taken
_SELDOM: Final = 10.0  # seconds between two lines where nobody looks


class LiveLine:
    """Shows words and a rate of events; at the end the last of them stays."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._seen: list[tuple[float, int]] = []
        self._said = 0.0
        self._text = ""

    def show(self, words: str, events: int, *, now: bool = False) -> None:
        """Show what is to be said, with the events so far; `now` where it must not be left out."""
        at = time.monotonic()
        self._seen = [*(one for one in self._seen if at - one[0] <= _SPAN), (at, events)]
        since, before = self._seen[0]
        rate = (events - before) / (at - since) if at > since else 0.0
        self._text = f"{words} · {events:,} events · {rate:,.0f}/s"
        if self._live:
            sys.stderr.write(f"\r\x1b[2K{self._text}")
            sys.stderr.flush()
        elif now or at - self._said >= _SELDOM:
            self._said = at
            sys.stderr.write(f"{self._text}\n")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live and self._text:
            sys.stderr.write("\n")
