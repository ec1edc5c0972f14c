"""Where steps are run and sent from: the parts given, or those of the environment, opened when first needed."""

import threading
from contextlib import ExitStack

from consumers.steps import LEASE, StepRunner
from ektp.bootstrap import Parts
from ektp.config.settings import read_settings
from ektp.opening import parts
from ektp.step_ports import step_runner
from workflows.steps.kinds import KINDS, Kinds


class Workplace:
    """One process's parts for the steps of some kinds; a forked child that opened nothing before has its own.

    A step is taken by another worker when its own has been dead for `lease` seconds.
    """

    def __init__(self, kinds: Kinds = KINDS, given: Parts | None = None, lease: float = LEASE) -> None:
        self.kinds = kinds
        self._lease = lease
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
            self._runner = self._runner or step_runner(made, self.kinds, self._lease)
            return self._runner

    def close(self) -> None:
        """Give back what was opened here; what was given stays open."""
        self._opened.close()
