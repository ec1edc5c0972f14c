"""Failpoints: lines where a test ends the process as `kill -9` would, to see that everything goes on.

EKTP_FAILPOINT names the line, with `:subject` only for that subject (a step's kind); EKTP_FAILPOINT_ONCE a file whose
making allows it once. Without the variable a failpoint is a look at a name that is None.
"""

import os
import signal
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
    "allocator-after-save",  # the turns are written, and nothing is given out
)
_ARMED: Final = os.environ.get("EKTP_FAILPOINT")


def failpoint(name: str, subject: str = "") -> None:
    """End the process here if it is told to."""
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
