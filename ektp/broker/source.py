"""Where the intake's messages come from: a queue read through kombu."""
# mypy: allow-untyped-calls

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from consumers.errors import SourceLost
from consumers.ports import Message
from ektp.broker import topology
from ektp.broker.connection import HEARTBEAT, Link, is_missing, new_connection
from ektp.broker.delivery_frames import delivered
from ektp.broker.frames import read_in_bulk
from ektp.broker.in_memory.deliveries import Delivery

_LONGEST_SILENCE: Final = 1.0  # seconds between two looks at the heartbeat


class KombuSource:
    """A MessageSource over one kombu connection: one channel, one queue; opens at once.

    Heartbeats are sent from `fetch`. Between two calls, while the journal works, nobody sends them: a call into the
    journal may last up to `heartbeat` seconds (the broker waits for two). If one lasts longer, the link is lost, the
    messages are delivered again, and the journal knows them: nothing is lost or applied twice.
    After SourceLost this object is of no more use: tags of an old link mean other messages on a new one.
    """

    def __init__(
        self, url: str, queue: str, prefetch: int = 500, linger: float = 0.05, *, heartbeat: float = HEARTBEAT
    ) -> None:
        self._queue = queue
        self._linger = linger
        self._buffer: deque[Message] = deque()
        self._beat_every = min(heartbeat / 4, _LONGEST_SILENCE)
        self._beaten = monotonic()
        self._link: Link | None = Link(new_connection(url, heartbeat=heartbeat), SourceLost, queue)
        with self._watched() as link:
            self._channel, name = self._prepare(link, queue)
            read_in_bulk(link.raw, delivered({self._channel.channel_id: self._buffer.append}))
            self._channel.basic_qos(0, prefetch, False)  # per consumer: quorum queues know no other
            self._channel.basic_consume(name, no_ack=False, callback=self._receive, consumer_tag=uuid4().hex)

    def fetch(self, most: int, seconds: float) -> Sequence[Message]:
        """Return up to `most` messages; wait `seconds` for the first, then at most the linger for more."""
        with self._watched() as link:
            self._fill(link, most, seconds)
            self._beat(link)
        return [self._buffer.popleft() for _ in range(min(most, len(self._buffer)))]

    def settle(self, message: Message) -> None:
        """Acknowledge this message and everything before it."""
        with self._watched():
            self._channel.basic_ack(message.tag, multiple=True)

    def refuse(self, message: Message) -> None:
        """Send this one message to the dead letters."""
        with self._watched():
            self._channel.basic_reject(message.tag, requeue=False)

    def close(self) -> None:
        """Give everything unsettled back to the queue."""
        link, self._link = self._link, None
        self._buffer.clear()
        if link is not None:
            link.close()

    def _prepare(self, link: Link, queue: str) -> tuple[Any, str]:
        """Return an open channel and the queue to read on it."""
        return _channel_on(link, queue), queue

    def _fill(self, link: Link, most: int, seconds: float) -> None:
        end = monotonic() + seconds
        while most == 0 or not self._buffer:
            # In slices, so that heartbeats go out while nothing comes in.
            link.drain(min(end - monotonic(), self._beat_every))
            if monotonic() >= end:
                break
            self._beat(link)
        end = monotonic() + self._linger
        while 0 < len(self._buffer) < most and (left := end - monotonic()) > 0:
            link.drain(left)

    def _beat(self, link: Link) -> None:
        if monotonic() >= self._beaten + self._beat_every:
            link.beat()
            self._beaten = monotonic()

    def _receive(self, delivery: Delivery) -> None:
        """Take a delivery of the broker in this process; those of a real one come by frames."""
        self._buffer.append(delivery.message())

    @contextmanager
    def _watched(self) -> Iterator[Link]:
        if self._link is None:
            raise SourceLost(self._queue, "the link was lost or closed before")
        try:
            with self._link.watched():
                yield self._link
        except SourceLost:
            self._link = None
            self._buffer.clear()
            raise


def _channel_on(link: Link, queue: str) -> Any:  # noqa: ANN401 - kombu's channels have no common type
    """Open a channel on which the queue is known to exist; declare everything where it does not."""
    channel = link.channel()
    try:
        # Asks without declaring: an account that may only read needs no more than this.
        channel.queue_declare(queue, passive=True)
    except link.connection.channel_errors as error:
        if not is_missing(error):
            raise
        topology.declare(link.connection)
        return link.channel()
    return channel
