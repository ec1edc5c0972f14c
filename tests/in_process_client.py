"""A plain client of a broker in this process, with the same verbs as `tests/amqp_client.py`."""

from types import SimpleNamespace
from typing import Any, Final

from ektp.broker import topology
from ektp.broker.connection import new_connection

_NAMED: Final = ("content_type", "content_encoding", "headers")


class InProcessClient:
    """One connection: what `send` returned from is in its queue."""

    def __init__(self, url: str) -> None:
        self._connection = new_connection(url)
        self._channel: Any = self._connection.channel()

    def send(self, key: str, *bodies: bytes, exchange: str = topology.EVENTS, **properties: Any) -> None:
        """Publish messages one after the other."""
        named = {name: properties.pop(name) for name in _NAMED if name in properties}
        for body in bodies:
            message = self._channel.prepare_message(body, **named, properties={"delivery_mode": 2, **properties})
            self._channel.basic_publish(message, exchange=exchange, routing_key=key, mandatory=True)

    def tell(self, key: str, *bodies: bytes) -> None:
        """Publish structured CloudEvents as a station does."""
        self.send(key, *bodies, content_type="application/cloudevents+json")

    def depth(self, queue: str) -> int:
        """Return how many messages are ready."""
        return int(self._channel.queue_declare(queue, passive=True).message_count)

    def take(self, queue: str) -> tuple[Any, Any, bytes] | None:
        """Take one message away: its method, its properties and its body; None when there is none."""
        found = self._channel.basic_get(queue, no_ack=True)
        if found is None:
            return None
        named = {name: getattr(found, name) for name in _NAMED}
        return SimpleNamespace(**found.delivery_info), SimpleNamespace(**{**found.properties, **named}), found.body

    def take_all(self, queue: str) -> list[bytes]:
        """Take everything away."""
        bodies = []
        while found := self.take(queue):
            bodies.append(found[2])
        return bodies

    def queue(self, name: str, exchange: str, key: str = "#", **arguments: object) -> str:
        """Declare a queue and bind it; return its name."""
        self._channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})
        self._channel.queue_bind(name, exchange, key)
        return name

    def delete_queue(self, name: str) -> None:
        """Delete a queue with all it holds."""
        self._channel.queue_delete(name)

    def delete_exchange(self, name: str) -> None:
        """Delete an exchange with its bindings."""
        self._channel.exchange_delete(name)

    def close(self) -> None:
        """Close the connection."""
        self._connection.release()
