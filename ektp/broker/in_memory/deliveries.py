"""Who reads: a connection's inbox, a channel's window of unsettled deliveries, and the consumers on it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, groupby, takewhile
from threading import Condition
from typing import Any

from amqp.exceptions import (  # type: ignore[import-untyped]
    ConnectionForced,
    ConsumerCancelled,
    PreconditionFailed,
    RecoverableConnectionError,
)

from consumers.ports import Message
from ektp.broker.delivery_frames import deliveries
from ektp.broker.in_memory.broker import REJECTED, Broker
from ektp.broker.in_memory.queues import Copy, Queue


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy on its way to one reader."""

    tag: int
    copy: Copy
    redelivered: bool
    reader: "Subscription | None" = None

    def message(self) -> Message:
        """Return it as the intake wants it, nothing decoded."""
        parcel, headers = self.copy.parcel, self.copy.headers()
        return Message(
            body=parcel.body,
            content_type=parcel.properties.get("content_type"),
            content_encoding=parcel.properties.get("content_encoding"),
            headers=headers,
            routing_key=parcel.routing_key,
            user_id=parcel.properties.get("user_id"),
            deliveries=deliveries(headers, redelivered=self.redelivered),
            redelivered=self.redelivered,
            tag=self.tag,
        )


class Inbox:
    """One connection: what was delivered to it and not yet looked at."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.windows: list[Window] = []
        self._filled = Condition(broker.lock)
        self._waiting: deque[Delivery] = deque()
        self._end: Callable[[], Exception] | None = None
        with broker.lock:
            broker.connections.add(self)

    def put(self, delivery: Delivery) -> None:
        """Add a delivery; under the lock."""
        self._waiting.append(delivery)
        self._filled.notify()

    def next(self, seconds: float | None) -> Delivery | None:
        """Return the next delivery; wait up to `seconds`, None is for ever. Raises what ended the connection."""
        with self._filled:
            if not self._waiting:
                self._filled.wait_for(lambda: self._waiting or self._end, seconds)
            self.check()
            return self._waiting.popleft() if self._waiting else None

    def check(self) -> None:
        """Raise what ended the connection, if it is ended."""
        if self._end is not None:
            raise self._end()

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return self._end is None

    def withdraw(self, reader: "Subscription") -> list[Delivery]:
        """Take back what a reader has not looked at; under the lock."""
        unseen = [one for one in self._waiting if one.reader is reader]
        self._waiting = deque(one for one in self._waiting if one.reader is not reader)
        return unseen

    def end(self, because: Callable[[], Exception]) -> None:
        """Let every further call raise; whoever waits is woken."""
        with self._filled:
            self._end = self._end or because
            self._waiting.clear()
            self._filled.notify_all()

    def cut(self) -> None:
        """End the connection from the broker's side."""
        self.end(lambda: ConnectionForced("CONNECTION_FORCED - closed by the broker"))
        self.close()

    def close(self) -> None:
        """Give everything unsettled back."""
        with self.broker.lock:
            self.end(lambda: RecoverableConnectionError("the connection is closed"))
            self.broker.connections.discard(self)
            for window in list(self.windows):
                window.close()


class Window:
    """One channel: its consumers, and what they were given and have not settled."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.readers: dict[str, Subscription] = {}
        self._broker = inbox.broker
        self._prefetch = 0
        self._tags = count(1)
        self._unsettled: dict[int, tuple[Queue, Copy]] = {}
        with self._broker.lock:
            inbox.check()
            inbox.windows.append(self)

    @property
    def has_room(self) -> bool:
        """Tell whether one more may be under way."""
        return not self._prefetch or len(self._unsettled) < self._prefetch

    def limit(self, prefetch: int) -> None:
        """Let no more than so many be under way on this channel; 0 is no limit."""
        with self._broker.lock:
            self._prefetch = prefetch
            self._feed()

    def consume(self, name: str, queue: str, callback: Callable[[Delivery], Any], *, no_ack: bool) -> None:
        """Add a consumer. Raises NotFound."""
        with self._broker.lock:
            self.inbox.check()
            reader = self.readers[name] = Subscription(self, self._broker.queue(queue), callback, no_ack=no_ack)
            reader.queue.readers.append(reader)
            reader.queue.feed()

    def cancel(self, name: str) -> None:
        """End a consumer; what it has not looked at goes back, the rest stays to be settled."""
        with self._broker.lock:
            if (reader := self.readers.pop(name, None)) is None:
                return
            self._leave(reader)
            unseen = [self._unsettled.pop(one.tag) for one in self.inbox.withdraw(reader) if one.tag in self._unsettled]
            self._broker.put_back(reader.queue, [copy for _, copy in unseen])

    def get(self, name: str, *, no_ack: bool) -> Delivery | None:
        """Return the next message of a queue without waiting. Raises NotFound."""
        with self._broker.lock:
            self.inbox.check()
            queue = self._broker.queue(name)
            return self.hand_out(queue, queue.ready.popleft(), no_ack=no_ack) if queue.ready else None

    def hand_out(self, queue: Queue, copy: Copy, *, no_ack: bool, reader: "Subscription | None" = None) -> Delivery:
        """Give a delivery its tag and keep it until it is settled; under the lock."""
        tag = next(self._tags)
        if not no_ack:
            self._unsettled[tag] = (queue, copy)
        return Delivery(tag, copy, copy.returns > 0, reader)

    def settle(self, tag: int, *, multiple: bool = False) -> None:
        """Acknowledge a delivery, or all up to it. Raises PreconditionFailed for a tag that is not open."""
        with self._broker.lock:
            for queue, _ in self._take(tag, multiple=multiple):
                queue.went += 1
            self._feed()

    def refuse(self, tag: int, *, requeue: bool) -> None:
        """Give a delivery back to its queue, or to the dead letters. Raises as `settle`."""
        with self._broker.lock:
            ((queue, copy),) = self._take(tag, multiple=False)
            if requeue:
                self._broker.put_back(queue, [copy])
            else:
                queue.went += 1
                self._broker.bury(queue, copy, REJECTED)
            self._feed()

    def recover(self) -> None:
        """Give everything unsettled back to where it came from, to be delivered again."""
        with self._broker.lock:
            for reader in self.readers.values():
                self.inbox.withdraw(reader)
            open_ones, self._unsettled = list(self._unsettled.values()), {}
            for queue, ones in groupby(sorted(open_ones, key=lambda one: id(one[0])), key=lambda one: one[0]):
                self._broker.put_back(queue, [copy for _, copy in ones])

    def close(self) -> None:
        """End all consumers and give everything back."""
        with self._broker.lock:
            readers, self.readers = list(self.readers.values()), {}
            for reader in readers:
                self.inbox.withdraw(reader)
                # Its queue may go with it, and then there is nothing to give back to.
                self._leave(reader)
            self.recover()
            if self in self.inbox.windows:
                self.inbox.windows.remove(self)

    def _leave(self, reader: "Subscription") -> None:
        if reader in reader.queue.readers:
            reader.queue.readers.remove(reader)
            if reader.queue.is_over:
                self._broker.delete_queue(reader.queue.name)

    def _feed(self) -> None:
        for reader in list(self.readers.values()):
            reader.queue.feed()

    def _take(self, tag: int, *, multiple: bool) -> list[tuple[Queue, Copy]]:
        self.inbox.check()
        if multiple and tag == 0:
            tags = list(self._unsettled)
        elif tag not in self._unsettled:
            raise PreconditionFailed(f"PRECONDITION_FAILED - unknown delivery tag {tag}")
        else:
            tags = list(takewhile(lambda one: one <= tag, self._unsettled)) if multiple else [tag]
        return [self._unsettled.pop(one) for one in tags]


class Subscription:
    """One consumer."""

    def __init__(self, window: Window, queue: Queue, callback: Callable[[Delivery], Any], *, no_ack: bool) -> None:
        self.queue = queue
        self.callback = callback
        self._window = window
        self._no_ack = no_ack

    @property
    def has_room(self) -> bool:
        """Tell whether it may be given one more."""
        return self._no_ack or self._window.has_room

    def take(self, queue: Queue, copy: Copy) -> None:
        """Put a delivery into its connection's inbox."""
        self._window.inbox.put(self._window.hand_out(queue, copy, no_ack=self._no_ack, reader=self))

    def cancel(self) -> None:
        """Tell its connection that the queue is gone; a reader must not wait for it for ever."""
        self._window.inbox.end(lambda: ConsumerCancelled(f"queue '{self.queue.name}' was deleted"))
