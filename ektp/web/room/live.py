"""The board as it is now, shared by everybody who looks at the same offices: one look at the store a second for all."""

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
_KEPT: Final = 64  # sets of offices whose views are remembered
Offices = tuple[str, ...]


class _View:
    """What some offices see: the last look, and until when it does."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.told: dict[str, Any] | None = None
        self.until = 0.0


class Live:
    """The latest views, at most a period old while anybody looks; `look` reads one from the store, for some offices."""

    def __init__(self, look: Callable[[Offices], dict[str, Any]], *, period: float = PERIOD) -> None:
        self._look, self._period = look, period
        self._views: dict[Offices, _View] = {}
        self._listeners = 0
        self._stopped = False

    def stop(self) -> None:
        """Let everybody who listens go, so that the server can end."""
        self._stopped = True

    async def view(self, offices: Offices) -> dict[str, Any]:
        """Return the view of now. Raises StoreAway and EktpError."""
        view = self._view_of(offices)
        async with view.lock:
            if view.told is None or time.monotonic() >= view.until:
                view.told = await anyio.to_thread.run_sync(self._look, offices)
                view.until = time.monotonic() + self._period
            return view.told

    async def changes(self, offices: Offices, write: Callable[[dict[str, Any]], str]) -> AsyncGenerator[str, None]:
        """Yield server-sent events: the board as `write` writes it, whenever it reads otherwise than before."""
        with self._counted():
            last, silent = "", 0
            while not self._stopped:
                try:
                    now = write(await self.view(offices))
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

    def _view_of(self, offices: Offices) -> _View:
        """Return the view of these offices; the one that was asked for longest ago makes room."""
        view = self._views.pop(offices, None) or _View()
        if len(self._views) >= _KEPT:
            del self._views[next(iter(self._views))]
        self._views[offices] = view
        return view

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
