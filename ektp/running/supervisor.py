"""The supervisor: starts parts in order, each when the one before is ready; restarts what dies; stops in reverse."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from consumers.back_off import BackOff
from ektp.errors import EktpError

log = structlog.get_logger()
_CALM: Final = 30.0  # seconds of running after which the next restart is quick again
_STOP: Final = 15.0  # seconds a part may take to end


class Running(Protocol):
    """A part at work: `run` blocks until `stop`, and `ready` says whether it does what it is for."""

    @property
    def ready(self) -> bool:
        """Whether it does what it is for."""

    def run(self) -> None:
        """Work until `stop`."""

    def stop(self) -> None:
        """Ask `run` to end soon; called from another thread."""


class PartNotReady(EktpError):
    """A part did not become ready in time; those after it were not started."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(name, seconds)

    def __str__(self) -> str:
        name, seconds = self.args
        return f"{name} was not ready within {seconds:g} s: its own lines above say why"


class PartKilled(EktpError):
    """A part was told to die without a last word, in a simulated city that somebody breaks."""

    def __str__(self) -> str:
        return "killed where it had committed and not yet acknowledged; it is started again"


class Part:
    """One part in a thread of its own, made anew each time it has died."""

    def __init__(self, name: str, make: Callable[[], Running]) -> None:
        self.name = name
        self.restarts = 0
        self._make = make
        self._current: Running | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name=name, daemon=True)

    @property
    def ready(self) -> bool:
        """Whether the part works at this moment."""
        current = self._current
        return current is not None and current.ready

    def start(self) -> None:
        """Begin, without waiting."""
        self._thread.start()

    def stop(self) -> None:
        """End and wait for it, for as long as is decent."""
        self._stopping.set()
        current = self._current
        if current is not None:
            current.stop()
        if self._thread.ident is not None:
            self._thread.join(_STOP)
        if self._thread.is_alive():
            log.error("part-did-not-end", part=self.name, seconds=_STOP)

    def _keep_running(self) -> None:
        pauses = BackOff(0.2, 10.0)
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._current = self._make()
                # A stop that came while it was being made has not reached it.
                if not self._stopping.is_set():
                    self._current.run()
            except Exception as error:  # noqa: BLE001 - whatever it was: the part is started again
                log.error("part-died", part=self.name, error=type(error).__name__)  # noqa: TRY400 - no text of the error
            finally:
                self._current = None
            if self._stopping.is_set():
                return
            self.restarts += 1
            if time.monotonic() - began > _CALM:
                pauses.reset()
            self._stopping.wait(pauses.next())


class Supervisor:
    """All parts of one process tree, in their order."""

    def __init__(self, parts: Sequence[Part], *, patience: float = 30.0) -> None:
        self.parts = tuple(parts)
        self._patience = patience
        self._stopping = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether every part works."""
        return all(part.ready for part in self.parts)

    def start(self) -> None:
        """Start each part when the one before is ready. Raises PartNotReady."""
        for part in self.parts:
            began = time.monotonic()
            part.start()
            while not part.ready and not self._stopping.is_set():
                if time.monotonic() - began > self._patience:
                    raise PartNotReady(part.name, self._patience)
                self._stopping.wait(0.02)
            log.info("part-ready", part=part.name, milliseconds=round((time.monotonic() - began) * 1000))

    def stop(self) -> None:
        """Stop all, the last first: nobody loses what it still needs."""
        self._stopping.set()
        for part in reversed(self.parts):
            part.stop()
