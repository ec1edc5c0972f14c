"""The intake: messages of the live and the late queue go through the journal, and only then are acknowledged."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import structlog

from consumers.back_off import BackOff, rest
from consumers.errors import JournalUnavailable, SourceLost
from consumers.outcome import Outcome, OutcomeKind
from consumers.ports import Journal, Message, MessageSource
from schemas.errors import Refused
from schemas.routing import read_key
from schemas.submission import Door, Submission, read_message

LIVE: Final = "ektp.intake"
LATE: Final = "ektp.intake.late"
SUSPICIOUS: Final = 3  # deliveries: it may be what killed the process each time
CALM: Final = 20  # messages in a row without suspicion, then batches again

_IDLE: Final = 0.25  # seconds to wait for a live message while there is nothing else to do
_HOUSEKEEPING: Final = 5.0  # seconds

OpenSource = Callable[[str, int], MessageSource]  # queue, prefetch

log = structlog.get_logger()


class Intake:
    """The loop of one intake process: `run` works until `stop`.

    `open_source(queue, prefetch)` returns a source or raises SourceLost. `housekeeping` is called between two batches
    every few seconds.
    """

    def __init__(  # noqa: PLR0913 - the last two are for tests
        self,
        journal: Journal,
        open_source: OpenSource,
        *,
        batch: int = 250,
        prefetch: int = 500,
        housekeeping: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._journal = journal
        self._live = Lane(LIVE, open_source, batch, prefetch)
        self._late = Lane(LATE, open_source, batch, prefetch)
        self._housekeeping = housekeeping
        self._clock, self._sleep = clock, sleep
        self._turns = Turns()
        self._losses = BackOff()
        self._stopping = self._ready = False
        self._swept = clock()

    @property
    def ready(self) -> bool:
        """Tell whether messages are being taken in: both queues open, the store there, not stopping."""
        return self._ready and not self._stopping

    def stop(self) -> None:
        """Ask `run` to end after the batch at hand; for a signal handler, so it takes no lock."""
        self._stopping = True

    def run(self) -> None:
        """Take in until `stop`. Raises IntakeHalted, with everything unacknowledged, on a bad deploy."""
        while not self._stopping:
            try:
                self._live.open()
                self._late.open()
                self._work()
            except SourceLost as lost:
                self._ready = False
                log.warning("source lost", queue=lost.where, because=lost.because)
            finally:
                self._ready = False
                self._live.close()
                self._late.close()
            rest(self._losses.next(), lambda: self._stopping, self._sleep)

    def _work(self) -> None:
        self._ready = True
        late_had_some = False
        while not self._stopping:
            if self._clock() >= self._swept + _HOUSEKEEPING:
                self._keep_house()
            if self._turns.late_is_owed or not self._turn(self._live, 0 if late_had_some else _IDLE):
                late_had_some = self._turn(self._late, 0)
            self._losses.reset()

    def _turn(self, lane: "Lane", wait: float) -> bool:
        """Read from the lane and handle what came; False when nothing did."""
        messages = lane.read(wait)
        began = self._clock()
        if messages:
            self._handle(lane, messages)
        if lane is self._live:
            self._turns.live_took(self._clock() - began)
        elif messages:
            self._turns.late_took(self._clock() - began)
        else:
            self._turns.late_was_empty()
        return bool(messages)
