"""The brokers of this process by name: what is declared in each, and the way of a message through it."""

from collections.abc import Iterable, Mapping
from threading import Lock, RLock
from typing import Final, Protocol

from amqp.exceptions import NotFound  # type: ignore[import-untyped]

from ektp.broker.counters import Counters
from ektp.broker.in_memory.queues import Copy, Parcel, Queue
from ektp.broker.in_memory.routing import Routing, insist_on_equal

REJECTED: Final = "rejected"
TOO_OFTEN: Final = "delivery_limit"


class Connected(Protocol):
    """A connection, as the broker sees it."""

    def cut(self) -> None:
        """Hear that the broker has ended the connection, and give everything back."""


class Broker:
    """One broker; any thread may call, and `lock` holds while several calls belong together."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.connections: set[Connected] = set()
        self._routing = Routing()
        self._queues: dict[str, Queue] = {}

    def declare_exchange(self, name: str, traits: Mapping[str, object]) -> None:
        """Declare an exchange. Raises PreconditionFailed when there is a different one."""
        with self.lock:
            self._routing.declare(name, traits)

    def check_exchange(self, name: str) -> None:
        """Raise NotFound when there is no such exchange."""
        with self.lock:
            self._routing.check(name)

    def delete_exchange(self, name: str) -> None:
        """Delete an exchange with its bindings."""
        with self.lock:
            self._routing.delete(name)

    def declare_queue(self, name: str, traits: Mapping[str, object]) -> None:
        """Declare a queue. Raises PreconditionFailed when there is a different one."""
        with self.lock:
            known = self._queues.get(name)
            if known is None:
                self._queues[name] = Queue(name, traits)
            else:
                insist_on_equal(f"queue '{name}'", known.traits, traits)

    def queue(self, name: str) -> Queue:
        """Return a queue, to be used under the lock. Raises NotFound."""
        with self.lock:
            if (found := self._queues.get(name)) is None:
                raise NotFound(f"NOT_FOUND - no queue '{name}'")
            return found

    def delete_queue(self, name: str) -> int:
        """Delete a queue with all it holds and tell its readers; return how many were ready."""
        with self.lock:
            queue = self._queues.pop(name, None)
            self._routing.forget_queue(name)
            if queue is None:
                return 0
            readers, waiting = list(queue.readers), len(queue.ready)
            queue.readers.clear()
            queue.ready.clear()
            for reader in readers:
                reader.cancel()
            return waiting

    def purge(self, name: str) -> int:
        """Drop what is ready in a queue; return how many there were. Raises NotFound."""
        with self.lock:
            ready = self.queue(name).ready
            dropped = len(ready)
            ready.clear()
            return dropped

    def bind(self, exchange: str, queue: str, key: str) -> None:
        """Bind a queue to an exchange. Raises NotFound."""
        with self.lock:
            self.queue(queue)
            self._routing.bind(exchange, queue, key)

    def unbind(self, exchange: str, queue: str, key: str) -> None:
        """Undo a binding."""
        with self.lock:
            self._routing.unbind(exchange, queue, key)

    def publish(self, parcel: Parcel) -> bool:
        """Put a message into every queue it is for and tell whether there was one. Raises NotFound."""
        with self.lock:
            queues = self._targets(parcel)
            for queue in queues:
                queue.add(parcel)
            return bool(queues)

    def put_back(self, queue: Queue, copies: Iterable[Copy]) -> None:
        """Take back what was delivered and not settled, in the order in which it was delivered."""
        with self.lock:
            if self._queues.get(queue.name) is queue:
                for copy in queue.put_back(copies):
                    self.bury(queue, copy, TOO_OFTEN)
                queue.feed()

    def bury(self, queue: Queue, copy: Copy, reason: str) -> None:
        """Send a copy to the queue's dead letters; it is dropped where nobody keeps them."""
        with self.lock:
            parcel = queue.dead_letter(copy, reason)
            if parcel is not None:
                for target in self._targets(parcel, missing_is_none=True):
                    target.add(parcel)

    def depths(self) -> Mapping[str, tuple[int, int]]:
        """Return queue -> (messages ready, consumers)."""
        with self.lock:
            return {name: (len(queue.ready), len(queue.readers)) for name, queue in self._queues.items()}

    def counters(self) -> Mapping[str, Counters]:
        """Return what each queue has counted since it was declared."""
        with self.lock:
            return {name: Counters(queue.came, queue.went, queue.again) for name, queue in self._queues.items()}

    def disconnect(self) -> None:
        """End every connection, as an operator of RabbitMQ can: each notices it at its next call."""
        with self.lock:
            for connection in list(self.connections):
                connection.cut()

    def _targets(self, parcel: Parcel, *, missing_is_none: bool = False) -> list[Queue]:
        if parcel.exchange == "":
            found = self._queues.get(parcel.routing_key)
            return [] if found is None else [found]
        try:
            return [self._queues[name] for name in self._routing.route(parcel.exchange, parcel.routing_key)]
        except NotFound:
            if missing_is_none:
                return []
            raise


_brokers: Final[dict[str, Broker]] = {}
_naming: Final = Lock()


def broker_named(name: str) -> Broker:
    """Return the broker of a name, a new one when it is first asked for."""
    with _naming:
        return _brokers.setdefault(name, Broker())


def forget_broker(name: str) -> None:
    """End the broker of a name with all it holds; its connections are lost, and the name is free for a new one."""
    with _naming:
        broker = _brokers.pop(name, None)
    if broker is not None:
        broker.disconnect()
