"""Those who listen to notices over HTTP: each with an ear of its own at the broker, and no more than a few."""

from collections.abc import AsyncGenerator
from typing import Final

import anyio.to_thread

from consumers.errors import SourceLost
from ektp.broker.ear import Ear
from ektp.errors import ServiceMissing
from ektp.web.errors import Busy

MOST: Final = 8
_SLICE: Final = 1.0  # seconds after which a listener that hears nothing is told that we are there


class Ears:
    """Opens ears at the broker of a URL; `stop` lets everybody who listens go, so that the server can end."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._open = 0
        self._stopped = False
        self._threads: anyio.CapacityLimiter | None = None

    def stop(self) -> None:
        """Let everybody go."""
        self._stopped = True

    async def open(self, pattern: str) -> Ear:
        """Open an ear for the notices whose key matches. Raises Busy, ServiceMissing and SourceLost."""
        if self._url is None:
            raise ServiceMissing("EKTP_BROKER_URL is not set: notices are heard where the broker is")
        if self._open >= MOST:
            raise Busy("too many listen already: bind a queue of yours at the broker")
        self._threads = self._threads or anyio.CapacityLimiter(MOST)
        return await anyio.to_thread.run_sync(Ear, self._url, pattern, limiter=self._threads)

    async def lines(self, ear: Ear) -> AsyncGenerator[bytes, None]:
        """Yield each notice as a line of JSON, and an empty line in silence, until the listener or the broker goes."""
        self._open += 1
        try:
            while not self._stopped:
                heard = await anyio.to_thread.run_sync(ear.heard, _SLICE, limiter=self._threads)
                yield b"".join(body + b"\n" for body in heard) or b"\n"
        except SourceLost:
            return
        finally:
            self._open -= 1
            ear.close()
