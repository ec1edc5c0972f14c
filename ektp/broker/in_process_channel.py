"""What kombu calls a channel, on a broker in this process."""
# mypy: allow-untyped-calls

from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import count
from typing import Any, Final
from uuid import uuid4

from amqp.exceptions import ChannelError  # type: ignore[import-untyped]
from kombu.connection import Connection
from kombu.transport import virtual
from kombu.transport.base import StdChannel
from kombu.transport.virtual.base import queue_declare_ok_t

from ektp.broker.in_memory.broker import Broker
from ektp.broker.in_memory.deliveries import Delivery, Inbox, Window
from ektp.broker.in_memory.queues import AUTO_DELETE, DURABLE, EXCLUSIVE, Parcel

_NO_ROUTE: Final = 312
_BASIC_RETURN: Final = (60, 50)


class Session(Inbox):
    """One open connection; kombu finds its own through `client`."""

    def __init__(self, broker: Broker, client: Connection) -> None:
        super().__init__(broker)
        self.client = client
        self.numbers = count(1)


class Channel(StdChannel):
    """One channel.

    A callback given to `basic_consume` gets a Delivery: kombu's consumers make their own kind of message of it, which
    decompresses, and the intake wants it raw.
    """

    Message = virtual.Message

    def __init__(self, connection: Session) -> None:
        self.connection: Session | None = connection
        self.channel_id = next(connection.numbers)
        self._broker = connection.broker
        self._window = Window(connection)

    def exchange_declare(  # noqa: PLR0913 - these are kombu's
        self,
        *,
        exchange: str = "",
        type: str = "direct",  # noqa: A002
        durable: bool = False,
        auto_delete: bool = False,
        arguments: Mapping[str, object] | None = None,
        nowait: bool = False,  # noqa: ARG002
        passive: bool = False,
    ) -> None:
        """Declare an exchange."""
        if passive:
            self._broker.check_exchange(exchange)
        else:
            flags = {"type": type, DURABLE: durable, AUTO_DELETE: auto_delete}
            self._broker.declare_exchange(exchange, {**(arguments or {}), **flags})

    def exchange_delete(self, exchange: str, **_options: object) -> None:
        """Delete an exchange with its bindings."""
        self._broker.delete_exchange(exchange)

    def queue_declare(  # noqa: PLR0913 - these are kombu's
        self,
        queue: str = "",
        *,
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: Mapping[str, object] | None = None,
        **_options: object,
    ) -> queue_declare_ok_t:
        """Declare a queue, or ask for it; return its name, the messages that are ready and the consumers."""
        name = queue or f"in-process.{uuid4().hex}"
        with self._broker.lock:
            if not passive:
                flags = {DURABLE: durable, EXCLUSIVE: exclusive, AUTO_DELETE: auto_delete}
                self._broker.declare_queue(name, {**(arguments or {}), **flags})
            found = self._broker.queue(name)
            return queue_declare_ok_t(name, len(found.ready), len(found.readers))

    def queue_bind(self, queue: str, exchange: str = "", routing_key: str = "", **_options: object) -> None:
        """Bind a queue to an exchange."""
        self._broker.bind(exchange, queue, routing_key)

    def queue_unbind(self, queue: str, exchange: str = "", routing_key: str = "", **_options: object) -> None:
        """Undo a binding."""
        self._broker.unbind(exchange, queue, routing_key)

    def queue_delete(self, queue: str, **_options: object) -> int:
        """Delete a queue, whatever it holds."""
        return self._broker.delete_queue(queue)

    def queue_purge(self, queue: str, **_options: object) -> int:
        """Drop what is ready in a queue."""
        return self._broker.purge(queue)

    after_reply_message_received = queue_delete

    def prepare_message(  # noqa: PLR0913, PLR0917 - these are kombu's
        self,
        body: bytes | str,
        priority: int | None = None,  # noqa: ARG002
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Parcel:
        """Return a message that `basic_publish` takes; it is the broker's own copy."""
        told = {**(properties or {}), "content_type": content_type, "content_encoding": content_encoding}
        raw = body.encode() if isinstance(body, str) else bytes(body)
        return Parcel("", "", raw, told, deepcopy(dict(headers or {})))

    def basic_publish(
        self, message: Parcel, exchange: str, routing_key: str, mandatory: bool = False, **_options: object
    ) -> None:
        """Publish a message; when it is mandatory and no queue wants it, ChannelError says NO_ROUTE."""
        self._window.inbox.check()
        parcel = Parcel(exchange, routing_key, message.body, message.properties, message.headers)
        if not self._broker.publish(parcel) and mandatory:
            raise ChannelError("NO_ROUTE", _BASIC_RETURN, "Basic.return", _NO_ROUTE)

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Delivery], Any], consumer_tag: str, **_options: object
    ) -> None:
        """Add a consumer."""
        self._window.consume(consumer_tag, queue, callback, no_ack=no_ack)

    def basic_cancel(self, consumer_tag: str, **_options: object) -> None:
        """End a consumer."""
        self._window.cancel(consumer_tag)

    def basic_get(self, queue: str, no_ack: bool = False, **_options: object) -> virtual.Message | None:
        """Return the next message of a queue without waiting; None when there is none."""
        delivery = self._window.get(queue, no_ack=no_ack)
        return None if delivery is None else self.message_to_python(delivery)

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """Acknowledge a delivery, or all up to it."""
        self._window.settle(delivery_tag, multiple=multiple)

    def basic_reject(self, delivery_tag: int, requeue: bool = False) -> None:
        """Give a delivery back, or to the dead letters."""
        self._window.refuse(delivery_tag, requeue=requeue)

    def basic_recover(self, requeue: bool = True) -> None:  # noqa: ARG002 - RabbitMQ knows no other
        """Have everything unsettled delivered again."""
        self._window.recover()

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False) -> None:  # noqa: ARG002
        """Limit what may be under way on this channel."""
        self._window.limit(prefetch_count)

    def message_to_python(self, raw: Delivery | virtual.Message) -> virtual.Message:
        """Return a delivery as kombu's consumers want it."""
        if not isinstance(raw, Delivery):
            return raw
        parcel = raw.copy.parcel
        info = {"exchange": parcel.exchange, "routing_key": parcel.routing_key, "redelivered": raw.redelivered}
        properties = {**parcel.properties, "delivery_tag": raw.tag, "delivery_info": info}
        payload = {
            "body": parcel.body,
            "content-type": properties.pop("content_type", None),
            "content-encoding": properties.pop("content_encoding", None),
            "headers": raw.copy.headers(),
            "properties": properties,
        }
        return self.Message(payload, channel=self)

    def decode_body(self, body: bytes, encoding: str | None = None) -> bytes:  # noqa: ARG002
        """Return the body as it is."""
        return body

    def close(self) -> None:
        """End the consumers and give everything unsettled back."""
        self.connection = None
        self._window.close()
