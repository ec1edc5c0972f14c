"""Where steps are run and sent from: the parts given, or those of the environment, opened when first needed."""

import threading
from contextlib import ExitStack

from consumers.steps import StepRunner
from ektp.bootstrap import Parts, parts
from ektp.settings import read_settings
from workflows.steps.kinds import Kinds


class Workplace:
    """One process's parts for steps; a forked child that opened nothing before has its own."""

    def __init__(self, kinds: Kinds, given: Parts | None) -> None:
        self._kinds = kinds
        self._parts = given
        self._opened = ExitStack()
        self._opening = threading.Lock()
        self._runner: StepRunner | None = None

    def parts(self) -> Parts:
        """Return the parts. Raises ServiceMissing and WrongUse."""
        with self._opening:
            if self._parts is None:
                self._parts = self._opened.enter_context(parts(read_settings()))
            return self._parts

    def runner(self) -> StepRunner:
        """Return the runner, which many threads may use. Raises as `parts`."""
        made = self.parts()
        with self._opening:
            self._runner = self._runner or made.step_runner(self._kinds)
            return self._runner

    def close(self) -> None:
        """Give back what was opened here; what was given stays open."""
        self._opened.close()
