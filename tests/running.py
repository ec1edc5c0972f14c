"""A loop of ours in a thread, ended with the block."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol


class Loop(Protocol):
    """What runs until it is told to stop."""

    def run(self) -> None:
        """Run until `stop`."""

    def stop(self) -> None:
        """Ask it to end."""


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    """Run the loop beside the block; what it raised is raised at the end of the block."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            loop.run()
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody sees it
            raised.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(30)
    if raised:
        raise raised[0]
    assert not thread.is_alive()
