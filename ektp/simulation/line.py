"""The city's line to the broker: publishes as stations do, and hears in two queues of its own."""
# mypy: allow-untyped-calls

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from kombu.entity import Queue

from consumers.errors import LinkLost, PublisherLost, SourceLost
from consumers.ports import Letter
from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Fate
from ektp.broker.connection import Link, new_connection
from ektp.broker.in_process import is_in_process
from ektp.broker.in_process_publisher import InProcessPublisher
from schemas.routing import EventKey

NOTICES_QUEUE: Final = "ektp.city.notices"
REQUESTS_QUEUE: Final = "ektp.city.requests"
_QUEUES: Final = {NOTICES_QUEUE: topology.NOTICES, REQUESTS_QUEUE: topology.REQUESTS}


class Line:
    """An Outside over a broker of any URL; it opens its queues at once, and again after a loss.

    The queues outlive a lost link, so that nothing said meanwhile is missed, and are gone after `close`.
    """

    def __init__(self, url: str) -> None:
        """Open the line. Raises SourceLost, BrokerUrlInvalid and TopologyMismatch."""
        self._url = url
        self._publish = _publish_in_process if is_in_process(url) else _publish_over_amqp
        self._seen: set[str] = set()
        self._link: Link | None = None
        self._channel: Any = None
        self._open()

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Publish with confirms; what was not confirmed is sent once more. Raises PublisherLost."""
        waiting = {event["id"]: Dispatch(event["id"], key_of(event, late=late), _written(event)) for event in events}
        for _ in range(2):
            if waiting:
                self._publish(self._url, waiting)
        if waiting:
            raise PublisherLost("city", f"{len(waiting)} events were not confirmed")

    def heard(self) -> Sequence[Mapping[str, Any]]:
        """Take everything out of both queues; a letter that was sent twice is heard once. Raises SourceLost."""
        letters = [json.loads(body) for body in self._take_all()]
        fresh = {letter["id"]: letter for letter in letters if letter["id"] not in self._seen}
        self._seen.update(fresh)
        return list(fresh.values())

    def close(self) -> None:
        """Delete the queues and take leave; never raises."""
        link, self._link = self._link, None
        if link is None:
            return
        with suppress(LinkLost), link.watched():
            for name in _QUEUES:
                self._channel.queue_delete(name)
        link.close()

    def _open(self) -> None:
        self._link = link = Link(new_connection(self._url), SourceLost, "city")
        with link.watched():
            topology.declare(link.connection)
            self._channel = link.channel()
            for name, exchange in _QUEUES.items():
                Queue(name, durable=True, queue_arguments=dict(topology.TERMINAL))(self._channel).declare()
                self._channel.queue_bind(name, exchange, "#")

    def _take_all(self) -> list[bytes]:
        if self._link is None:
            self._open()
        link = self._link
        assert link is not None
        try:
            with link.watched():
                return [body for name in _QUEUES for body in self._take(name)]
        except LinkLost:
            # What was not acknowledged comes again.
            self._link = None
            raise

    def _take(self, name: str) -> Iterator[bytes]:
        queue, last = Queue(name)(self._channel), None
        while (message := queue.get(no_ack=False)) is not None:
            yield message.body if isinstance(message.body, bytes) else message.body.encode()
            last = message.delivery_tag
        if last is not None:
            self._channel.basic_ack(last, multiple=True)


def key_of(event: Mapping[str, Any], *, late: bool = False) -> str:
    """Return the routing key of an event: its name and who says it."""
    return str(EventKey(event["type"].split(".")[2], event["source"].rpartition("/")[2], late))


def _written(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _publish_over_amqp(url: str, waiting: dict[str, Dispatch]) -> None:
    """Publish over a connection of its own, and take out of *waiting* what is safe."""
    fates = BatchPublisher(url).publish(list(waiting.values()))
    for one, fate in fates.items():
        if fate is Fate.CONFIRMED:
            del waiting[one]


def _publish_in_process(url: str, waiting: dict[str, Dispatch]) -> None:
    letters = [Letter(UUID(one.id), topology.EVENTS, one.routing_key, one.body) for one in waiting.values()]
    for identity, routed in InProcessPublisher(url).publish(letters).items():
        if routed:
            del waiting[str(identity)]
