"""The edge's way in: a batch of events published through pika, many in flight, with the fate of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile
from time import monotonic
from typing import Any, Final

import pika

from consumers.errors import PublisherLost
from ektp.broker.errors import BrokerUrlInvalid, because

HEARTBEAT: Final = 30  # seconds


class Fate(StrEnum):
    """What the broker said about one message."""

    CONFIRMED = "confirmed"  #: It is in a queue and safe.
    RETURNED = "returned"  #: No queue wanted it: the key is wrong, or nothing is declared.
    NACKED = "nacked"  #: The broker refused it, for now.
    UNKNOWN = "unknown"  #: Nothing; it may have arrived and is to be sent again with the same id.


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One message to publish; `id` is the event's id."""

    id: str
    routing_key: str
    body: bytes
    content_type: str = "application/cloudevents+json"
    headers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a batch ended: why before all was answered, if so, and whether the broker had asked to wait (an alarm)."""

    failure: BaseException | None = None
    blocked: bool = False


class BatchPublisher:
    """Publish to one exchange, a connection for each batch: a station is silent for hours between two of them.

    At most `window` messages are unconfirmed at a time. A batch ends when the broker has said nothing for `deadline`
    seconds, be it blocked, gone or half gone.
    """

    def __init__(self, url: str, exchange: str = "ektp.events", window: int = 500, deadline: float = 15.0) -> None:
        self._settings = read_url(url, deadline)
        self._exchange = exchange
        self._window = window
        self._deadline = deadline
        self.ending = Ending()  #: of the last batch

    def publish(self, dispatches: Iterable[Dispatch]) -> Mapping[str, Fate]:
        """Return the fate of every message, by id. Raises PublisherLost when no connection could be opened.

        The iterable is read while the connection is open and must not wait long for anything.
        """
        batch = _Batch(self._exchange, dispatches, self._window, self._deadline)
        try:
            batch.run(self._settings)
        finally:
            self.ending = batch.ending
        return batch.fates


def read_url(url: str, timeout: float) -> Any:  # noqa: ANN401 - pika has no types
    """Read the URL for pika; opening a connection will end within `timeout` seconds. Raises BrokerUrlInvalid."""
    try:
        settings = pika.URLParameters(url)
    except (ValueError, TypeError):
        # The cause quotes the part of the URL it stumbled over, which may be the password.
        raise BrokerUrlInvalid from None
    settings.heartbeat = HEARTBEAT
    settings.socket_timeout = settings.stack_timeout = settings.blocked_connection_timeout = timeout
    settings.connection_attempts = 1
    return settings


class _Batch:
    """One connection and what became of the messages on it; pika calls the methods."""

    def __init__(self, exchange: str, dispatches: Iterable[Dispatch], window: int, deadline: float) -> None:
        self.fates: dict[str, Fate] = {}
        self._exchange = exchange
        self._waiting = iter(dispatches)
        self._window, self._deadline = window, deadline
        self._unconfirmed: dict[int, str] = {}
        self._returned: set[str] = set()
        self._sent = 0
        self._opened = False
        self._heard = monotonic()
        self._failure: BaseException | None = None
        self._blocked = False
        self._done = False

    @property
    def ending(self) -> Ending:
        """How it ended."""
        return Ending() if self._done else Ending(self._failure, self._blocked)

    def run(self, settings: Any) -> None:  # noqa: ANN401 - pika has no types
        """Publish until all is answered, or the broker has been silent for too long."""
        self._user = settings.credentials.username
        self._connection = pika.SelectConnection(
            settings,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_end,
            on_close_callback=self._on_end,
        )
        loop = self._connection.ioloop
        loop.call_later(self._deadline, self._watch)
        try:
            loop.start()
        finally:
            loop.close()
        if not self._opened:
            raise PublisherLost("publisher", because(self._failure or TimeoutError("no answer"))) from self._failure
        self.fates.update(dict.fromkeys((one.id for one in self._waiting), Fate.UNKNOWN))

    def _on_open(self, connection: Any) -> None:  # noqa: ANN401
        self._opened = True
        connection.add_on_connection_blocked_callback(lambda *_: self._block(blocked=True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._block(blocked=False))
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:  # noqa: ANN401
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_end)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _frame: self._pump())

    def _pump(self) -> None:
        """Fill the window; end when everything has been answered."""
        while len(self._unconfirmed) < self._window and (one := next(self._waiting, None)) is not None:
            self._sent += 1
            self._unconfirmed[self._sent] = one.id
            self.fates[one.id] = Fate.UNKNOWN
            properties = pika.BasicProperties(
                content_type=one.content_type,
                headers=dict(one.headers) or None,
                delivery_mode=2,
                message_id=one.id,
                user_id=self._user,
            )
            self._channel.basic_publish(self._exchange, one.routing_key, one.body, properties, mandatory=True)
        if not self._unconfirmed:
            self._done = True
            self._connection.close()

    def _on_return(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:  # noqa: ANN401
        self._returned.add(properties.message_id)  # its acknowledgement follows

    def _on_confirm(self, frame: Any) -> None:  # noqa: ANN401
        self._heard = monotonic()
        answer = frame.method
        tags = [answer.delivery_tag]
        if answer.multiple:
            tags = list(takewhile(lambda tag: tag <= answer.delivery_tag, self._unconfirmed))
        for tag in tags:
            one = self._unconfirmed.pop(tag)
            if isinstance(answer, pika.spec.Basic.Nack):
                self.fates[one] = Fate.NACKED
            else:
                self.fates[one] = Fate.RETURNED if one in self._returned else Fate.CONFIRMED
        if len(self._unconfirmed) <= self._window // 2:
            self._pump()

    def _on_channel_end(self, _channel: Any, reason: BaseException) -> None:  # noqa: ANN401
        if self._connection.is_open:
            self._failure = reason
            self._connection.close()

    def _on_end(self, connection: Any, reason: BaseException) -> None:  # noqa: ANN401
        self._failure = self._failure or reason
        connection.ioloop.stop()

    def _block(self, *, blocked: bool) -> None:
        self._blocked = blocked

    def _watch(self) -> None:
        silence = monotonic() - self._heard
        if self._opened and silence >= self._deadline:
            # close() would wait for an answer that does not come, and pika has no other way to drop a connection.
            self._connection._terminate_stream(TimeoutError("the broker is silent"))  # noqa: SLF001
        else:
            self._connection.ioloop.call_later(max(self._deadline - silence, 0.1), self._watch)
