"""The schedule: what is periodic becomes rows, what is due is sent, by one of however many beats there are."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from celery.beat import Scheduler
from kombu.exceptions import OperationalError
from sqlalchemy import Engine

from consumers.errors import StoreAway
from consumers.failpoints import failpoint
from ektp.errors import ServiceMissing
from ektp.storage.leadership import Leadership
from ektp.storage.simulated_clock import simulated_clock
from ektp.storage.steps.steps import Due
from workflows.steps.kinds import Kinds

log = structlog.get_logger()
_LEAD: Final = 0x454B_5442
_TICK: Final = 1.0  # seconds
_HASTE: Final = 0.05  # seconds, while a simulated city waits for what is due
_ASLEEP: Final = 10.0  # seconds in which its clock has not moved: nobody waits any more
_AT_ONCE: Final = 500  # steps sent in one tick
#: For so long a step that was sent is not sent again; its message is dropped by then, so they never pile up.
QUIET: Final = timedelta(seconds=60)


class Rows(Protocol):
    """The steps' rows as the schedule sees them; all raise StoreAway."""

    def plant(self, every: Mapping[str, timedelta]) -> int:
        """Write the periodic steps whose slot has come; return how many were new."""

    def due(self, most: int, quiet: timedelta) -> Sequence[Due]:
        """Return what is to be sent now; the same is not returned again for a while."""

    def unsent(self, ids: Sequence[UUID]) -> None:
        """Take back that these were sent."""


class Schedule:
    """What beat does at each tick; any other process may do it as well, nothing is doubled by it."""

    def __init__(self, steps: Rows, kinds: Kinds, send: Callable[[str, UUID, float], None]) -> None:
        self._steps = steps
        self._every = {name: kind.every for name, kind in kinds.items() if kind.every}
        self._send = send

    def plant(self) -> int:
        """Write the periodic steps whose slot has come; return how many. Raises StoreAway."""
        return self._steps.plant(self._every)

    def send_due(self) -> int:
        """Send the steps that are due; return how many were. Raises StoreAway and OperationalError (of kombu)."""
        due = self._steps.due(_AT_ONCE, QUIET)
        for number, one in enumerate(due):
            try:
                self._send(one.kind, one.id, QUIET.total_seconds())
            except BaseException:
                self._steps.unsent([one.id for one in due[number:]])
                raise
            failpoint("schedule-after-send", one.kind)
        return len(due)


class _Haste:
    """How long to pause: hardly, while the clock of a simulated city moves."""

    def __init__(self) -> None:
        self.pause = _TICK
        self._moment: datetime | None = None
        self._moved = 0.0

    def look(self, engine: Engine) -> None:
        """Look at the clock. Raises StoreAway."""
        clock = simulated_clock(engine)
        moment = clock.moment if clock else None
        if moment != self._moment:
            self._moment, self._moved = moment, time.monotonic()
        awake = moment is not None and time.monotonic() - self._moved < _ASLEEP
        self.pause = _HASTE if awake else _TICK


class LeaderScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's beat on the rows of the store: however many run, one leads, and the next one when it is gone.

    `app` is a StepApp. `well` tells whether the last tick did what it is for, also as a stand-by.
    """

    def __init__(self, app: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Celery's
        self.well = False
        self._haste = _Haste()
        self._leadership: Leadership | None = None
        self._schedule: Schedule | None = None
        # Celery's own schedule stays empty: the rows are ours.
        super().__init__(app, *args, **{**kwargs, "lazy": True})

    def tick(self, *_args: object, **_kwargs: object) -> float:
        """Do what is due if this is the leader; return the seconds until the next look."""
        try:
            self._work()
        except (StoreAway, ServiceMissing, OperationalError) as away:
            self.well = False
            log.warning("beat-waits", because=type(away).__name__)
        else:
            self.well = True
        return self._haste.pause

    def close(self) -> None:
        """Let another lead at once."""
        if self._leadership is not None:
            self._leadership.resign()
        self.app.hang_up()
        self.app.workplace.close()

    def _work(self) -> None:
        if self._leadership is None or self._schedule is None:
            made = self.app.workplace.parts()
            self._leadership = Leadership(made.engine, _LEAD)
            self._schedule = Schedule(made.steps(), self.app.workplace.kinds, self.app.send)
        if self._leadership.held():
            self._schedule.plant()
            failpoint("schedule-after-insert")
            self._schedule.send_due()
            self._haste.look(self.app.workplace.parts().engine)
