"""A subscriber of the tests: a durable queue on the notices, read by a plain client that comes back when cut off."""

import contextlib
import json
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from types import TracebackType
from typing import Any, Final, Self

import pika
import pika.exceptions

QUEUE: Final = "tap"
LOST: Final = (pika.exceptions.AMQPError, OSError)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a subscriber sees of one delivery."""

    id: str
    application: str
    sequence: int
    digest: bytes
    redelivered: bool  #: by the broker, because the tap was cut off; what the relay sent twice is not
    at: float


class Tap:
    """Everything that came to the notices, in the order of its coming; `with` subscribes and leaves."""

    def __init__(self, url: str, exchange: str = "ektp.notices") -> None:
        self._settings = pika.URLParameters(url)
        self._settings.socket_timeout = self._settings.stack_timeout = 3
        self._settings.connection_attempts = 1
        self._settings.heartbeat = 10
        self.deliveries: list[Notice] = []
        self.ids: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._failure: BaseException | None = None
        with contextlib.closing(pika.BlockingConnection(self._settings)) as connection:
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(QUEUE, exchange, "#")
        self._thread = threading.Thread(target=self._run, name="tap")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._thread.join(30)
        if self._failure is not None:
            raise self._failure

    def has(self, notice: str) -> bool:
        """Tell whether this notice came."""
        with self._lock:
            return notice in self.ids

    def came(self) -> int:
        """Return how many different notices came."""
        with self._lock:
            return len(self.ids)

    def about(self, application: str) -> list[Notice]:
        """Return what came about one application."""
        with self._lock:
            return [one for one in self.deliveries if one.application == application]

    def twice(self) -> dict[str, list[float]]:
        """Return the notices that relays sent more than once, and when each delivery came."""
        sent: dict[str, list[float]] = defaultdict(list)
        with self._lock:
            for one in self.deliveries:
                if not one.redelivered:
                    sent[one.id].append(one.at)
        return {notice: moments for notice, moments in sent.items() if len(moments) > 1}

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with contextlib.closing(pika.BlockingConnection(self._settings)) as connection:
                    channel = connection.channel()
                    channel.basic_qos(prefetch_count=500)
                    channel.basic_consume(QUEUE, self._take)
                    while not self._closing.is_set():
                        connection.process_data_events(time_limit=0.1)
            except LOST:
                self._closing.wait(0.2)
            except BaseException as failure:
                self._failure = failure
                raise

    def _take(self, channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        told = json.loads(body)
        notice = Notice(
            told["id"], told["subject"], int(told["sequence"]), sha256(body).digest(), method.redelivered,
            time.monotonic(),
        )  # fmt: skip
        with self._lock:
            self.deliveries.append(notice)
            self.ids[notice.id] += 1
        channel.basic_ack(method.delivery_tag)


def faults_of(deliveries: list[Notice]) -> list[str]:
    """Return what is wrong with a subscriber's notices: a gap, a first delivery out of order, an id with two bodies."""
    bodies: dict[str, bytes] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    faults = []
    for one in deliveries:
        if bodies.setdefault(one.id, one.digest) != one.digest:
            faults.append(f"notice {one.id} came with two bodies")
        if one.sequence not in numbers[one.application]:
            numbers[one.application].append(one.sequence)
    if len(bodies) != sum(map(len, numbers.values())):
        faults.append(f"{len(bodies)} ids for {sum(map(len, numbers.values()))} numbers")
    for application, came in numbers.items():
        if came != list(range(1, len(came) + 1)):
            faults.append(f"notices of {application} came as {came}")
    return faults
