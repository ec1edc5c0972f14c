"""A plain AMQP client that is not ours, as a station's own program would be one."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from time import struct_time
from typing import Any, cast
from urllib.parse import urlsplit

import pika
import pika.exceptions

from ektp.broker import topology
from ektp.broker.connection import new_connection
from tests.histories import History
from tests.servers.proxy import FaultProxy


class Client:
    """One connection, everything confirmed: what `send` returned from is in its queue."""

    def __init__(self, url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def send(self, key: str | bytes, *bodies: bytes, exchange: str = topology.EVENTS, **properties: object) -> None:
        """Publish persistent messages one after the other."""
        settings = pika.BasicProperties(**{"delivery_mode": 2, **properties})
        for body in bodies:
            self._channel.basic_publish(exchange, key, body, settings, mandatory=True)

    def tell(self, key: str, *bodies: bytes) -> None:
        """Publish structured CloudEvents as a station does."""
        self.send(key, *bodies, content_type="application/cloudevents+json")

    def depth(self, queue: str) -> int:
        """Return how many messages are ready; may be a moment old."""
        return int(self._channel.queue_declare(queue, passive=True).method.message_count)

    def take(self, queue: str) -> tuple[Any, Any, bytes] | None:
        """Take one message away: its method, its properties and its body; None when there is none."""
        found = self._channel.basic_get(queue, auto_ack=True)
        return None if found[0] is None else cast("tuple[Any, Any, bytes]", found)

    def take_all(self, queue: str) -> list[bytes]:
        """Take everything away; return when nothing has come for a moment and nothing is left."""
        bodies = []
        for _, _, body in self._channel.consume(queue, auto_ack=True, inactivity_timeout=0.3):
            if body is None:
                if self.depth(queue):
                    continue
                break
            bodies.append(cast("bytes", body))
        self._channel.cancel()
        return bodies

    def queue(self, name: str, exchange: str, key: str = "#", **arguments: object) -> str:
        """Declare a quorum queue and bind it; return its name."""
        self._channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})
        self._channel.queue_bind(name, exchange, key)
        return name

    def exchange(self, name: str, kind: str = "topic") -> None:
        """Declare a durable exchange without arguments."""
        self._channel.exchange_declare(name, kind, durable=True)

    def bind(self, queue: str, exchange: str, key: str) -> None:
        """Bind a queue."""
        self._channel.queue_bind(queue, exchange, key)

    def delete_queue(self, name: str) -> None:
        """Delete a queue with all it holds."""
        self._channel.queue_delete(name)

    def delete_exchange(self, name: str) -> None:
        """Delete an exchange with its bindings."""
        self._channel.exchange_delete(name)

    def close(self) -> None:
        """Close the connection, if it still stands."""
        with suppress(pika.exceptions.AMQPError):
            self._connection.close()


@contextmanager
def client(url: str) -> Iterator[Client]:
    """Give a client with everything declared."""
    declare(url)
    with closing(Client(url)) as plain:
        yield plain


def declare(url: str) -> None:
    """Declare the whole topology."""
    with new_connection(url) as connection:
        topology.declare(connection)


def through(url: str, proxy: FaultProxy) -> str:
    """Return the URL with the proxy's port in place of the server's."""
    return url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/")


class Milliseconds(datetime):
    """A header timestamp as many a program sends it: milliseconds where AMQP says seconds, so the year 50,086."""

    def utctimetuple(self) -> struct_time:
        """Give pika the number it is to write."""
        return cast("struct_time", cast("Sequence[int]", (1970, 1, 1, 0, 0, 1_518_398_100_000)))


def recordings(count: int) -> dict[str, bytes]:
    """Return bodies of good events by id."""
    events = [History().recorded().events[0] for _ in range(count)]
    return {str(event["id"]): json.dumps(event).encode() for event in events}
