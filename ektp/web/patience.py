"""The server's patience with a client that connects and does not come to the point."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol


def patient(seconds: float) -> type[asyncio.Protocol]:
    """Return the protocol that gives a client so many seconds for the head of a request, as uvicorn's does not."""
    # Uvicorn wants a class, and only calls it.
    return cast("type[asyncio.Protocol]", partial(_PatientProtocol, seconds))


class _PatientProtocol(H11Protocol):
    def __init__(self, seconds: float, *rest: Any, **more: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*rest, **more)
        self._seconds = seconds
        self._ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Before the first request there is no cycle, whatever its type says.
        if getattr(self.cycle, "response_complete", True):
            self._await_head()
        else:
            self._forget(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget(None)
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._ending is None:
            self._ending = self.loop.call_later(self._seconds, self._forget, self.transport.close)

    def _forget(self, then: Callable[[], None] | None) -> None:
        """Stop waiting, and hang up if told to."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if then is not None:
            then()
