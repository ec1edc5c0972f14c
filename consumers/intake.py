"""The intake: messages of the live and the late queue go through the journal, and only then are acknowledged."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from consumers.back_off import BackOff, patiently, rest
from consumers.errors import JournalUnavailable, SourceLost
from consumers.failpoints import failpoint
from consumers.front_door import Trusting, Unwatched
from consumers.lanes import Lane, OpenSource, Turns
from consumers.outcome import Outcome, OutcomeKind
from consumers.ports import FrontDoor, Journal, Message, Watch

LIVE: Final = "ektp.intake"
LATE: Final = "ektp.intake.late"

_IDLE: Final = 0.25  # seconds to wait for a live message when there is nothing else to do
_HOUSEKEEPING: Final = 30.0  # seconds between two calls; steps do the same, this is for when nobody runs them
_LONGEST_LATE: Final = 0.25  # seconds a batch of late messages should take: a live one may have just come
_SLICE: Final = 0.5  # seconds; how quickly a stop is noticed while the store is away

log = structlog.get_logger()


class Intake:
    """The loop of one intake process: `run` works until `stop`.

    `open_source(queue, prefetch)` returns a source or raises SourceLost. `door` knows who sent a message, `watch` is
    told of all before they are applied, `housekeeping` is called between two batches now and then.
    """

    def __init__(  # noqa: PLR0913 - the clock is a tests' affair
        self,
        journal: Journal,
        open_source: OpenSource,
        *,
        batch: int = 500,
        prefetch: int = 1000,
        door: FrontDoor | None = None,
        watch: Watch | None = None,
        housekeeping: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._journal = journal
        self._door = door or Trusting()
        self._watch = watch or Unwatched()
        self._live = Lane(LIVE, open_source, batch, prefetch)
        self._late = Lane(LATE, open_source, batch, prefetch, longest=_LONGEST_LATE)
        self._turns = Turns()
        self._losses = BackOff()
        self._housekeeping = housekeeping
        self._clock, self._sleep = clock, sleep
        self._swept = clock() - _HOUSEKEEPING  # at once: what a crash left waiting is taken in first
        self._stopping = self._ready = False

    @property
    def ready(self) -> bool:
        """Tell whether messages are being taken in: both queues open, the store there, not stopping."""
        return self._ready and not self._stopping

    def stop(self) -> None:
        """Ask `run` to end after the batch at hand; for a signal handler, so it takes no lock."""
        self._stopping = True

    def run(self) -> None:
        """Take in until `stop`. Raises IntakeHalted, with everything at hand unacknowledged, on a bad deploy."""
        while not self._stopping:
            try:
                self._live.open()
                self._late.open()
                self._work()
            except SourceLost as lost:
                log.warning("source lost", queue=lost.where, because=lost.because)
            finally:
                self._ready = False
                self._live.close()
                self._late.close()
            rest(self._losses.next(), lambda: self._stopping, self._sleep)

    def _work(self) -> None:
        self._ready, late_had_some = True, False
        while not self._stopping:
            if self._clock() >= self._swept + _HOUSEKEEPING:
                self._keep_house()
            if self._turns.late_is_owed or not self._turn(self._live, 0 if late_had_some else _IDLE):
                late_had_some = self._turn(self._late, 0)
            self._losses.reset()

    def _turn(self, lane: Lane, wait: float) -> bool:
        """Read the lane and handle what came; False when nothing did."""
        messages = lane.read(wait)
        began = self._clock()
        if messages:
            self._handle(lane, messages)
        seconds = self._clock() - began
        if lane is self._live:
            self._turns.live_took(seconds)
        elif messages:
            self._turns.late_took(seconds)
            lane.took(len(messages), seconds)
        else:
            self._turns.late_was_empty()
        return bool(messages)

    def _handle(self, lane: Lane, messages: Sequence[Message]) -> None:
        began = self._clock()
        outcomes = patiently(lambda: self._apply(messages), self._hold, lambda: self._stopping)
        if outcomes is None:
            return
        self._ready = True
        failpoint("intake-after-apply")
        lane.settle(messages[-1])
        counts = Counter(outcome.outcome for outcome in outcomes)
        log.info(
            "batch",
            queue=lane.queue,
            size=len(messages),
            **{kind.value: counts[kind] for kind in OutcomeKind},
            milliseconds=round((self._clock() - began) * 1000),
        )

    def _apply(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        submissions = self._door.read(messages)
        # Noted first: the journal's commit then makes both last, and what comes again is noted again.
        self._watch.note(messages, submissions)
        return self._journal.apply(submissions)

    def _hold(self, seconds: float) -> None:
        """Keep the messages and both links while the store is away. Raises SourceLost."""
        self._ready = False
        while seconds > 0 and not self._stopping:
            for lane in (self._live, self._late):
                lane.keep_alive(min(seconds, _SLICE) / 2)
            seconds -= _SLICE

    def _keep_house(self) -> None:
        try:
            self._housekeeping()
        except JournalUnavailable as unavailable:
            log.warning("housekeeping put off", because=unavailable.because)
        self._swept = self._clock()
