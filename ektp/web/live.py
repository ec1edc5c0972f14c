"""The board as it is now, shared by everybody who looks: one look at the store a second, however many listen."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import anyio.to_thread

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.web.errors import Busy

MOST_LISTENERS: Final = 64
PERIOD: Final = 1.0  # second between two looks
_SIGN_OF_LIFE: Final = 15  # looks without a change after which a listener is told that we are there


class Live:
    """The latest view of the board, at most a period old while anybody looks; `look` reads it from the store."""

    def __init__(self, look: Callable[[], dict[str, Any]], *, period: float = PERIOD) -> None:
        self._look, self._period = look, period
        self._lock = asyncio.Lock()
        self._view: dict[str, Any] | None = None
        self._until = 0.0
        self._listeners = 0
        self._stopped = False

    def stop(self) -> None:
        """Let everybody who listens go, so that the server can end."""
        self._stopped = True

    async def view(self) -> dict[str, Any]:
        """Return the view of now. Raises StoreAway and EktpError."""
        async with self._lock:
            if self._view is None or time.monotonic() >= self._until:
                self._view = await anyio.to_thread.run_sync(self._look)
                self._until = time.monotonic() + self._period
            return self._view

    async def changes(self, write: Callable[[dict[str, Any]], str]) -> AsyncGenerator[str, None]:
        """Yield server-sent events: the board as `write` writes it, whenever it reads otherwise than before."""
        with self._counted():
            last, silent = "", 0
            while not self._stopped:
                try:
                    now = write(await self.view())
                except (StoreAway, EktpError):
                    now = last
                silent = 0 if now != last else silent + 1
                if now != last:
                    yield "event: board\n" + "".join(f"data: {line}\n" for line in now.splitlines()) + "\n"
                elif silent % _SIGN_OF_LIFE == 0:
                    yield ":\n\n"
                last = now
                await asyncio.sleep(self._period)

    def require_room(self) -> None:
        """Raise Busy where too many listen already."""
        if self._listeners >= MOST_LISTENERS:
            raise Busy("too many listen already; the page asks again by itself")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
