"""The accounts at the broker are looked over at the start and again and again; what is wrong is logged."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from ektp.verification.diagnosis import Diagnosis, Level

_EVERY: Final = 300.0  # seconds

log = structlog.get_logger()


class AccountAudit:
    """A loop beside the intake: it changes nothing, and stops nothing."""

    def __init__(self, look: Callable[[], Iterable[Diagnosis]], every: float = _EVERY) -> None:
        self._look = look
        self._every = every
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look until `stop`."""
        while not self._stopping.is_set():
            for found in self._look():
                if found.level is Level.FAIL:
                    log.warning("accounts", found=found.found, remedy=found.remedy)
            self._stopping.wait(self._every)

    def stop(self) -> None:
        """Ask `run` to end."""
        self._stopping.set()
