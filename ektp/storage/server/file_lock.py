"""A lock on a file that ends with its process, however the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """Hold a file for oneself, or share it; a killed process holds nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Say whether this object holds it or a share in it."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Take it for oneself if nobody has it, and say whether that worked."""
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def share(self) -> bool:
        """Take a share in it if nobody has it for himself, and say whether that worked."""
        return self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let it go; nothing happens where it was not held."""
        if self._descriptor is not None:
            # Closing alone would leave it to a forked child that has inherited the descriptor.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait until it is free and hold it for the block."""
        self._lock(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self.release()

    def _lock(self, how: int) -> bool:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.release()
        self._descriptor = descriptor
        return True
