"""The mover: what the intake could not take is offered to the journal once more, alone, and else parked."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from consumers.back_off import BackOff, patiently, rest
from consumers.errors import ConsumerError, SourceLost
from consumers.front_door import Trusting, Unwatched
from consumers.lanes import OpenSource
from consumers.outcome import Outcome
from consumers.ports import FrontDoor, Journal, Message, MessageSource, Watch
from schemas.reasons import Reason
from schemas.submission import Door, Refusal, Submission

DEAD: Final = "ektp.intake.dead"
STRANGE: Final = "ektp.intake.strange"
DEADLY: Final = 10  # deliveries of one letter alone: it ends this process too, or something is very wrong

_IDLE: Final = 0.25  # seconds

log = structlog.get_logger()


class DeadLetters:
    """Move dead letters and messages with strange keys into the journal, one at a time.

    A dead letter may be healthy: the broker counts a delivery for everything that was prefetched when a process ended.
    What has a strange key is parked by the journal as such.
    """

    def __init__(
        self,
        journal: Journal,
        open_source: OpenSource,
        *,
        door: FrontDoor | None = None,
        watch: Watch | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._journal = journal
        self._door = door or Trusting()
        self._watch = watch or Unwatched()
        self._open_source = open_source
        self._sleep = sleep
        self._losses = BackOff()
        self._sources: dict[str, MessageSource] = {}
        self._stopping = False

    @property
    def ready(self) -> bool:
        """Tell whether both queues are open, and it is not stopping."""
        return len(self._sources) > 1 and not self._stopping

    def stop(self) -> None:
        """Ask `run` to end after the letter at hand; for a signal handler, so it takes no lock."""
        self._stopping = True

    def run(self) -> None:
        """Move from both queues until `stop`. Raises IntakeHalted, with the letter at hand unacknowledged."""
        while not self._stopping:
            try:
                self._open(DEAD, STRANGE)
                while not self._stopping:
                    for queue in self._sources:
                        self._move(queue)
                    self._losses.reset()
            except SourceLost as lost:
                log.warning("source lost", queue=lost.where, because=lost.because)
            finally:
                self._close()
            rest(self._losses.next(), lambda: self._stopping, self._sleep)

    def drain(self, queue: str) -> int:
        """Move what lies in one queue now and return how many there were. Raises SourceLost and IntakeHalted."""
        moved = 0
        try:
            self._open(queue)
            while self._move(queue):
                moved += 1
        finally:
            self._close()
        return moved

    def _move(self, queue: str) -> bool:
        """Move the next letter; False when there is none."""
        source = self._sources[queue]
        for letter in source.fetch(1, _IDLE):
            if self._offer(letter):
                source.settle(letter)
                return True
        return False

    def _offer(self, letter: Message) -> bool:
        """Let the journal have it, in one form or the other; False when told to stop meanwhile."""
        if letter.deliveries >= DEADLY:
            return self._apply(
                letter, lambda: self._undeliverable(letter, f"delivered {letter.deliveries} times without an answer")
            )
        try:
            return self._apply(letter, lambda: self._door.read([letter])[0])
        except ConsumerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: the letter is kept for a person
            log.warning("dead letter failed", error=type(error).__name__)
            detail = f"failed with {type(error).__name__}"
            return self._apply(letter, lambda: self._undeliverable(letter, detail))

    def _apply(self, letter: Message, read: Callable[[], Submission]) -> bool:
        return patiently(lambda: self._taken(letter, read()), self._hold, lambda: self._stopping) is not None

    def _taken(self, letter: Message, submission: Submission) -> Sequence[Outcome]:
        self._watch.note([letter], [submission])
        return self._journal.apply([submission])

    def _hold(self, seconds: float) -> None:
        """Keep the letter and the links while the store is away: giving it back would count as a delivery."""
        for source in self._sources.values():
            source.fetch(0, seconds / len(self._sources))

    def _open(self, *queues: str) -> None:
        for queue in queues:
            self._sources[queue] = self._open_source(queue, 1)

    def _close(self) -> None:
        for source in self._sources.values():
            source.close()
        self._sources.clear()

    def _undeliverable(self, letter: Message, detail: str) -> Submission:
        """Return the letter as one to be parked, its body as it came; `detail` is safe to be read by anybody."""
        refusal = Refusal(Reason.UNDELIVERABLE, detail)
        return Submission(Door.AMQP, self._door.sender_of(letter), letter.body, None, refusal)
