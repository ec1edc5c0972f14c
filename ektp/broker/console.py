"""The operator's and the station's instruments at the broker, over pika; nothing here touches a live work queue."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from time import monotonic
from typing import Any, Final

import pika
import pika.exceptions

from consumers.errors import LinkLost, SourceLost
from consumers.ports import Message
from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Fate, read_url
from ektp.broker.connection import NOT_FOUND
from ektp.broker.delivery_frames import deliveries
from ektp.broker.errors import because

__all__ = ["BatchPublisher", "Dispatch", "Fate", "PikaSource", "listen", "queue_depth", "queue_depths"]

_TIMEOUT: Final = 10.0  # seconds to open a connection, or to wait for one that is blocked
_BEHIND: Final = 10_000  # notices that may wait for a slow listener; older ones are dropped
_LOST: Final = (pika.exceptions.AMQPError, OSError)


class PikaSource:
    """A MessageSource over one pika connection, for dead letters and strange keys; opens at once.

    pika loses its connection over a message with a header that it cannot decode, each time anew: KombuSource is the one
    to read what anybody may have sent. `linger` is as there.
    """

    def __init__(self, url: str, queue: str, prefetch: int = 1, linger: float = 0.0) -> None:
        self._queue = queue
        self._linger = linger
        self._buffer: deque[Message] = deque()
        self._connection: Any = None
        self._cancelled = False
        settings = read_url(url, _TIMEOUT)
        with _watched(queue):
            self._connection = pika.BlockingConnection(settings)
        with self._open():
            self._channel = self._connection.channel()
            self._channel.add_on_cancel_callback(self._on_cancel)
            self._channel.basic_qos(prefetch_count=prefetch)
            self._channel.basic_consume(self._prepare(queue), self._receive)

    def fetch(self, most: int, seconds: float) -> Sequence[Message]:
        """Return up to `most` messages; wait `seconds` for the first, then at most the linger for more."""
        with self._open():
            end = monotonic() + seconds
            while most == 0 or not self._buffer:
                self._connection.process_data_events(time_limit=max(end - monotonic(), 0))
                if monotonic() >= end:
                    break
            end = monotonic() + self._linger
            while 0 < len(self._buffer) < most and (left := end - monotonic()) > 0:
                self._connection.process_data_events(time_limit=left)
            return [self._buffer.popleft() for _ in range(min(most, len(self._buffer)))]

    def settle(self, message: Message) -> None:
        """Acknowledge this message and everything before it."""
        with self._open():
            self._channel.basic_ack(message.tag, multiple=True)

    def refuse(self, message: Message) -> None:
        """Send this one message to the dead letters."""
        with self._open():
            self._channel.basic_reject(message.tag, requeue=False)

    def close(self) -> None:
        """Give everything unsettled back to the queue; on a half-open link this takes up to two heartbeats."""
        connection, self._connection = self._connection, None
        self._buffer.clear()
        if connection is not None:
            with suppress(*_LOST):
                connection.close()

    def _prepare(self, queue: str) -> str:
        """Return the queue to read."""
        return queue

    def _on_cancel(self, _frame: Any) -> None:  # noqa: ANN401 - pika has no types
        self._cancelled = True  # the queue was deleted: pika would wait for its messages for ever

    def _raise_if_cancelled(self) -> None:
        if self._cancelled:
            raise SourceLost(self._queue, "the queue was deleted")

    def _receive(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:  # noqa: ANN401
        headers = {name: value for name, value in (properties.headers or {}).items() if isinstance(name, str)}
        self._buffer.append(
            Message(
                body=body,
                content_type=_text(properties.content_type),
                content_encoding=_text(properties.content_encoding),
                headers=headers,
                routing_key=_text(method.routing_key) or "",
                user_id=_text(properties.user_id),
                deliveries=deliveries(headers, redelivered=method.redelivered),
                redelivered=method.redelivered,
                tag=method.delivery_tag,
            )
        )

    @contextmanager
    def _open(self) -> Iterator[None]:
        if self._connection is None:
            raise SourceLost(self._queue, "the link was lost or closed before")
        try:
            with _watched(self._queue):
                yield
                self._raise_if_cancelled()
        except SourceLost:
            self.close()
            raise


class _Listener(PikaSource):
    """Reads a queue of its own, which is gone when it closes."""

    def _prepare(self, queue: str) -> str:
        limits = {"x-max-length": _BEHIND}
        own = str(self._channel.queue_declare("", exclusive=True, auto_delete=True, arguments=limits).method.queue)
        self._channel.queue_bind(own, topology.NOTICES, queue)
        return own


def listen(url: str, pattern: str = "#") -> Iterator[Message]:
    """Listen from now on; return an iterator over the notices whose key matches, as they come. Raises SourceLost."""
    return _notices(_Listener(url, pattern, prefetch=100))


def _notices(source: PikaSource) -> Iterator[Message]:
    try:
        while True:
            for notice in source.fetch(1, 1.0):
                source.settle(notice)
                yield notice
    finally:
        source.close()


def queue_depths(url: str) -> Mapping[str, tuple[int, int]]:
    """Return queue -> (messages ready, consumers) of the queues that are declared. Raises LinkLost."""
    settings = read_url(url, _TIMEOUT)
    depths = {}
    with _watched("broker", LinkLost), closing(pika.BlockingConnection(settings)) as connection:
        for queue in topology.QUEUES:
            if (depth := _depth(connection, queue.name)) is not None:
                depths[queue.name] = depth
    return depths


def queue_depth(url: str, queue: str) -> tuple[int, int] | None:
    """Return (messages ready, consumers) of one queue, None where it is not there. Raises LinkLost."""
    with _watched("broker", LinkLost), closing(pika.BlockingConnection(read_url(url, _TIMEOUT))) as connection:
        return _depth(connection, queue)


def _depth(connection: Any, queue: str) -> tuple[int, int] | None:  # noqa: ANN401 - pika has no types
    try:
        told = connection.channel().queue_declare(queue, passive=True).method
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != NOT_FOUND:
            raise
        return None
    return told.message_count, told.consumer_count


@contextmanager
def _watched(where: str, lost: type[LinkLost] = SourceLost) -> Iterator[None]:
    try:
        yield
    except _LOST as error:
        raise lost(where, because(error)) from error


def _text(value: str | bytes | None) -> str | None:
    """Return what pika decoded, or make text of what it could not."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
