"""How a command gets at the parts, and how one that runs for long waits, stops and fails."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from ektp.cli.stopping import signals_set

if TYPE_CHECKING:
    from uuid import UUID

    from ektp.bootstrap import Parts
    from ektp.config.settings import Settings

_PATIENCE: Final = 3.0  # seconds between two looks for a database that is away


class Loop(Protocol):
    """A part that works until it is told to stop."""

    def run(self) -> None:
        """Work until `stop`."""

    def stop(self) -> None:
        """Ask `run` to end; for a signal handler."""


def configured(*, talkative: bool = False) -> "Settings":
    """Read the settings and send the log to stderr, warnings only unless `talkative`. Raises WrongUse."""
    import logging

    from ektp.config.settings import read_settings
    from ektp.logs import configure

    settings = read_settings()
    configure(settings.log_format, level=logging.INFO if talkative else logging.WARNING)
    return settings


@contextmanager
def opened(*, broker: bool = False, talkative: bool = False) -> Iterator["Parts"]:
    """Give the parts of the settings. Raises ServiceMissing when `broker` asks for one and the settings name none."""
    from ektp.bootstrap import broker_url
    from ektp.opening import parts

    settings = configured(talkative=talkative)
    if broker:
        broker_url(settings)
    with parts(settings) as made:
        yield made


def application_named(made: "Parts", name: str) -> "UUID":
    """Return the id of an application by its resi or its UUID. Raises Unknown and StoreAway."""
    from ektp.reading.application import require_application
    from ektp.reading.scope import EVERYWHERE
    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        found: UUID = require_application(connection, name, EVERYWHERE).id
    return found


def serve(name: str, made: "Parts", loops: Callable[[], Sequence[Loop]], *, wait: bool = True) -> None:
    """Wait for the store, then run the loops until SIGTERM or SIGINT; the first to fail stops all and is raised.

    Without `wait` the store may still be away: only what it says if it is there is heeded.
    """
    import structlog

    from ektp.running.garbage import settle_down

    log = structlog.get_logger()
    stopping = threading.Event()
    with signals_set(stopping):
        if not _store_is_there(made, stopping, wait=wait):
            return
        crew = Crew(loops(), stopping)
        settle_down()
        log.info("started", process=name)
        crew.work()
        log.info("stopped", process=name)


def _store_is_there(made: "Parts", stopping: threading.Event, *, wait: bool) -> bool:
    """Wait until the database answers and check it; False when told to stop before. Raises NotMigrated and WrongUse."""
    import structlog

    from consumers.back_off import BackOff
    from consumers.errors import StoreAway
    from ektp.reading.revision import require_migrated
    from ektp.release import release_name
    from ektp.storage.releases import note_release

    pauses = BackOff(most=_PATIENCE)
    while not stopping.is_set():
        try:
            require_migrated(made.engine)
            made.vault  # noqa: B018 - checks the keys
            note_release(made.engine, release_name())
        except StoreAway as away:
            structlog.get_logger().warning("waiting-for-database", because=str(away))
            if not wait:
                return True
            stopping.wait(pauses.next())
        else:
            return True
    return False


class Crew:
    """Loops that run together, each in a thread of its own: all end when one fails or `stopping` is set."""

    def __init__(self, loops: Sequence[Loop], stopping: threading.Event) -> None:
        self._loops = loops
        self._stopping = stopping
        self._failure: BaseException | None = None

    def work(self) -> None:
        """Run until `stopping` is set and every loop has ended; raise what the first failed with."""
        threads = [threading.Thread(target=self._run, args=(loop,), name=type(loop).__name__) for loop in self._loops]
        for thread in threads:
            thread.start()
        self._stopping.wait()
        for loop in self._loops:
            loop.stop()
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self, loop: Loop) -> None:
        try:
            loop.run()
        except BaseException as failure:  # noqa: BLE001 - raised again in the main thread
            self._failure = self._failure or failure
            _log_failure(loop, failure)
        finally:
            self._stopping.set()


def _log_failure(loop: Loop, failure: BaseException) -> None:
    """Log where it failed; the error's own text may quote a person, so only its kind is told."""
    import traceback
    from pathlib import Path

    import structlog

    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(failure.__traceback__)]
    structlog.get_logger().error("failed", part=type(loop).__name__, error=type(failure).__name__, where=frames[-8:])
