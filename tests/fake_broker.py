"""Queues in memory that count deliveries as RabbitMQ does, and a clock that only they and the test move."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from consumers.errors import SourceLost
from consumers.ports import Message

JSON = "application/cloudevents+json"


class FakeClock:
    """Seconds that pass when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


class FakeBroker:
    """Queues by name, what was settled of each, and every opening of a source; `refusals` openings fail first."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.queues: dict[str, list[Message]] = defaultdict(list)
        self.settled: dict[str, list[bytes]] = defaultdict(list)
        self.refused: dict[str, list[bytes]] = defaultdict(list)
        self.opened: list[tuple[str, int]] = []
        self.delivered: list[Message] = []
        self.refusals = 0
        self.lose_in = -1  # fetches until one is lost; negative: never
        self.when_empty: Callable[[], None] = lambda: None
        self._tag = 0

    def put(self, queue: str, *bodies: bytes, key: str = "recorded.st337401", deliveries: int = 0) -> None:
        """Add messages at the end."""
        for body in bodies:
            message = Message(body, JSON, None, {}, key, None, deliveries, redelivered=deliveries > 0, tag=0)
            self.queues[queue].append(message)

    def open_source(self, queue: str, prefetch: int) -> "FakeSource":
        """Open a source, unless openings are to fail."""
        if self.refusals:
            self.refusals -= 1
            raise SourceLost(queue, "refused")
        self.opened.append((queue, prefetch))
        return FakeSource(self, queue, prefetch)

    def tag(self) -> int:
        """Return the next delivery tag."""
        self._tag += 1
        return self._tag


class FakeSource:
    """One consumer: what was prefetched and not settled returns to the head of its queue, counted, when it closes."""

    def __init__(self, broker: FakeBroker, queue: str, prefetch: int) -> None:
        self._broker, self._queue, self._prefetch = broker, queue, prefetch
        self._buffer: list[Message] = []
        self._unsettled: list[Message] = []

    def fetch(self, most: int, seconds: float) -> Sequence[Message]:
        """Hand over what there is; else let the time pass."""
        self._lose_perhaps()
        waiting = self._broker.queues[self._queue]
        while waiting and len(self._unsettled) < self._prefetch:
            message = waiting.pop(0)._replace(tag=self._broker.tag())
            self._buffer.append(message)
            self._unsettled.append(message)
        taken, self._buffer = self._buffer[:most], self._buffer[most:]
        self._broker.delivered += taken
        if not taken:
            self._broker.clock.now += seconds
            if most and not any(self._broker.queues.values()):
                self._broker.when_empty()
        return taken

    def settle(self, message: Message) -> None:
        """Settle it and everything before it."""
        self._broker.settled[self._queue] += [one.body for one in self._unsettled if one.tag <= message.tag]
        self._unsettled = [one for one in self._unsettled if one.tag > message.tag]

    def refuse(self, message: Message) -> None:
        """Put it with the refused."""
        self._broker.refused[self._queue].append(message.body)
        self._unsettled.remove(message)

    def close(self) -> None:
        """Give back what is not settled."""
        back = [one._replace(deliveries=one.deliveries + 1, redelivered=True) for one in self._unsettled]
        self._broker.queues[self._queue][:0] = back
        self._buffer, self._unsettled = [], []

    def _lose_perhaps(self) -> None:
        if self._broker.lose_in == 0:
            self._broker.lose_in = -1
            raise SourceLost(self._queue, "cut")
        self._broker.lose_in -= self._broker.lose_in > 0
