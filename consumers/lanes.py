"""The two queues of the intake: how each is read, and whose turn it is."""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import structlog

from consumers.errors import SourceLost
from consumers.ports import Message, MessageSource

SUSPICIOUS: Final = 3  # deliveries: it may be what ended the process each time
CALM: Final = 20  # messages in a row without suspicion, then batches again
HOPELESS: Final = 10  # deliveries, most of them alone: it must not stop what comes after it until the broker's limit
_NEXT: Final = 0.1  # seconds in which the next message should be there
_LEAST_DEBT: Final = -0.05  # seconds: so much less than its share may late get, for not being looked at all the time
_MOST_DEBT: Final = 0.5  # seconds: an hour in which the store was away is not paid back to late at once
_FEWEST: Final = 50  # messages together at first, and however long they take

log = structlog.get_logger()

OpenSource = Callable[[str, int], MessageSource]
"""(queue, prefetch) -> an open source; raises SourceLost."""


class Lane:
    """One queue, read in batches; one by one with prefetch 1 while suspicious messages are about.

    The broker counts a delivery for everything that was prefetched when a process ended; alone, only the guilty one
    goes on counting. So the first message after opening comes alone too: it may be what ended the last process.
    What has been delivered HOPELESS times goes to the dead letters, where the mover offers it once more.
    Where `longest` is given batches begin small and grow until one takes so many seconds: the other lane waits for it.
    """

    def __init__(
        self, queue: str, open_source: OpenSource, batch: int, prefetch: int, longest: float | None = None
    ) -> None:
        self.queue = queue
        self._longest, self._fewest = longest, min(batch, _FEWEST)
        self._most = batch if longest is None else self._fewest
        self._open_source = open_source
        self._batch, self._prefetch = batch, prefetch
        self._source: MessageSource | None = None
        self._alone = self._wants_alone = True
        self._calm = 0

    def open(self) -> None:
        """Open the source. Raises SourceLost."""
        self._wants_alone, self._calm = True, CALM - 1
        self._open()

    def close(self) -> None:
        """Give back everything unsettled."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def read(self, wait: float) -> Sequence[Message]:
        """Return what is to be handled together; wait up to `wait` seconds for it. Raises SourceLost."""
        if self._wants_alone is not self._alone:
            self.close()
            self._open()
        if self._alone:
            return self._read_alone(wait)
        messages = self._opened.fetch(self._most, wait)
        innocent = list(takewhile(_is_innocent, messages))
        if len(innocent) == len(messages):
            return messages
        self._wants_alone, self._calm = True, 0
        return innocent or self.read(wait)

    def settle(self, message: Message) -> None:
        """Acknowledge up to here. Raises SourceLost."""
        self._opened.settle(message)

    def took(self, count: int, seconds: float) -> None:
        """Note how long so many messages took together: the next batch is smaller, or up to twice as large."""
        if self._longest is None:
            return
        if seconds > self._longest:
            self._most = max(self._fewest, min(self._most, int(count * self._longest / seconds)))
        elif count >= self._most and seconds < self._longest / 2:
            self._most = min(self._batch, self._most * 2)

    def keep_alive(self, seconds: float) -> None:
        """Do nothing for so long but keep the link. Raises SourceLost."""
        self._opened.fetch(0, seconds)

    def _open(self) -> None:
        self._alone = self._wants_alone
        self._source = self._open_source(self.queue, 1 if self._alone else self._prefetch)

    def _read_alone(self, wait: float) -> Sequence[Message]:
        messages = self._opened.fetch(1, wait)
        while messages and messages[0].deliveries >= HOPELESS:
            self._opened.refuse(messages[0])
            log.warning("message given to the dead letters", queue=self.queue, deliveries=messages[0].deliveries)
            messages = self._opened.fetch(1, max(wait, _NEXT))
        self._calm = self._calm + 1 if all(map(_is_innocent, messages)) else 0
        if not messages or self._calm >= CALM:
            self._wants_alone = False
        return messages

    @property
    def _opened(self) -> MessageSource:
        if self._source is None:
            raise SourceLost(self.queue, "not open")
        return self._source


class Turns:
    """Whose turn it is by the seconds spent: late when live is empty, and for at least a tenth of the time."""

    def __init__(self) -> None:
        self._debt = 0.0  # seconds that late is owed

    @property
    def late_is_owed(self) -> bool:
        """Tell whether late goes first now."""
        return self._debt > 0

    def live_took(self, seconds: float) -> None:
        """Note time spent on live messages: late is owed a ninth of it."""
        self._debt = min(self._debt + seconds / 9, _MOST_DEBT)

    def late_took(self, seconds: float) -> None:
        """Note time spent on late messages; time in which live was empty earns no right to starve late afterwards."""
        self._debt = max(self._debt - seconds, _LEAST_DEBT)

    def late_was_empty(self) -> None:
        """Forget the debt: there was nothing to pay it with."""
        self._debt = _LEAST_DEBT


def _is_innocent(message: Message) -> bool:
    return message.deliveries < SUSPICIOUS
