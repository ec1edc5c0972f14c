"""The embedded PostgreSQL as a part: watched, and brought up again when it has ended."""

import threading
from typing import Final

import structlog

from ektp.storage.server.embedded import EmbeddedPostgres

log = structlog.get_logger()
_LOOK: Final = 0.5  # seconds


class StoreKeeper:
    """Keeps a server up that this process owns; ending it is its owner's."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._stopping = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether the server takes connections."""
        return self._server.running() is not None

    def run(self) -> None:
        """Watch until `stop`. Raises StorageError where it cannot be brought up again."""
        while not self._stopping.wait(_LOOK):
            if not self.ready and self._server.keep_up():
                log.warning("store-brought-up-again")

    def stop(self) -> None:
        """End watching."""
        self._stopping.set()
