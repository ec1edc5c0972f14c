"""Beat as a part: the schedule's ticks in a thread."""

import threading

from ektp.bootstrap import Parts
from ektp.celery import StepApp
from ektp.schedule import LeaderScheduler
from ektp.workplace import Workplace
from workflows.steps.kinds import KINDS, Kinds


class Beat:
    """Ticks until it is stopped; what is away is waited for. Several may run, in one process or in many."""

    def __init__(self, parts: Parts, url: str, kinds: Kinds = KINDS) -> None:
        self._app = StepApp(Workplace(kinds, parts), url)
        self._scheduler = LeaderScheduler(self._app)
        self._stopping = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether the last tick did what it is for."""
        return self._scheduler.well

    def run(self) -> None:
        """Tick until `stop`."""
        try:
            while not self._stopping.wait(self._scheduler.tick()):
                pass
        finally:
            self._scheduler.well = False
            self._scheduler.close()
            self._app.close()

    def stop(self) -> None:
        """End after the tick at hand."""
        self._stopping.set()
