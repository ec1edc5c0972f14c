"""Failpoints: lines where a test ends the process as `kill -9` would, to see that everything goes on.

Where parts run in threads of one process, a simulated city's, `plant` lets one of them end in the same place.

EKTP_FAILPOINT names the line, with `:subject` only for that subject (a step's kind); EKTP_FAILPOINT_ONCE a file whose
making allows it once. Without the variable a failpoint is a look at a name that is None, and at a table that is empty.
"""

import os
import signal
from collections.abc import Callable
from typing import Final

NAMES: Final = (
    "intake-after-apply",  # committed, and the broker does not know
    "journal-before-commit",
    "journal-after-commit",
    "relay-before-publish",
    "relay-after-publish",  # confirmed, and the outbox does not know
    "relay-after-mark",
    "step-after-claim",
    "step-after-work",
    "step-after-report",  # told, and the step does not know
    "step-before-finish",
    "step-after-finish",
    "schedule-after-insert",
    "schedule-after-send",
    "sweeper-after-claim",
    "repair-after-batch",  # items are settled, and the round goes on
    "message-before-send",  # kept as being sent, and not sent
    "message-after-send",  # the gateway has it, and the row does not know
    "replay-after-publish",  # the broker has a batch, and nobody knows yet how far that is
    "allocator-after-save",  # the turns are written, and nothing is given out
)
_ARMED: Final = os.environ.get("EKTP_FAILPOINT")
_PLANTED: Final = dict[str, Callable[[], None]]()


def plant(name: str, end: Callable[[], None]) -> None:
    """Let whoever passes this line next do *end* there, once: what it raises ends the part that runs in the thread."""
    _PLANTED[name] = end


def failpoint(name: str, subject: str = "") -> None:
    """End the process here if it is told to."""
    if _PLANTED and (end := _PLANTED.pop(name, None)) is not None:
        end()
    if _ARMED is not None and _ARMED in (name, f"{name}:{subject}"):
        _end()


def _end() -> None:
    once = os.environ.get("EKTP_FAILPOINT_ONCE")
    if once:
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
