"""A Celery application with steps of the tests' own beside the real ones: `celery -A tests.e2e.step_kinds worker`.

The steps tell what they do by a line in a file of their key in EKTP_TEST_FOLDER, and hang until somebody kills their
process where a file says so.
"""

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import Final

from consumers.steps import Claim, StepRunner
from ektp.celery import StepApp
from ektp.step_ports import step_ports
from ektp.storage.steps.steps import PostgresSteps
from ektp.workplace import Workplace
from tests.histories import NOON
from workflows.ports import Ports
from workflows.steps.kinds import KINDS, Kind
from workflows.steps.report import report
from workflows.steps.step import Done, Step

LEASE: Final = 2.0  # seconds


def place(name: str) -> Path:
    """Return a file that tests and steps share."""
    return Path(os.environ["EKTP_TEST_FOLDER"]) / name


def _note(step: Step) -> int:
    """Add a line for this run, and return how many there are."""
    file = place(step.key.replace(":", "-"))
    with file.open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    return len(file.read_text().splitlines())


def _reported(step: Step) -> Done:
    data = {"attempt": 1, "reference": f"DEL-{step.data['number']}"}
    return Done((report(step, "central-record-deleted", NOON, data),))


def delete(_ports: Ports, step: Step) -> Done:
    """Delete the record at a centre that answers at once."""
    _note(step)
    return _reported(step)


def hang_once(_ports: Ports, step: Step) -> Done:
    """Never come back the first time."""
    if _note(step) == 1:
        threading.Event().wait(600)
    return _reported(step)


class MortalSteps(PostgresSteps):
    """Steps whose process dies once between their report and their end."""

    def finish(self, claim: Claim) -> bool:
        """End it, or end all."""
        mark = place("died")
        if claim.step.kind == "die-reported" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().finish(claim)


class MortalWorkplace(Workplace):
    """Where it happens."""

    def runner(self) -> StepRunner:
        """Return a runner on mortal steps."""
        made = self.parts()
        return StepRunner(MortalSteps(made.engine), made.journal, step_ports(made), TEST_KINDS, LEASE)


TEST_KINDS: Final = {
    **KINDS,
    "delete": Kind(delete),
    "hang-once": Kind(hang_once),
    "die-reported": Kind(delete),
    "tick": Kind(lambda _ports, _step: Done(), every=timedelta(seconds=1)),
}

app: Final = StepApp(MortalWorkplace(TEST_KINDS))
