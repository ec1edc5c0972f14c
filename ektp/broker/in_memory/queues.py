"""One queue: what waits in it, who reads it, and what comes back to it."""

from collections import deque
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from amqp.exceptions import PreconditionFailed  # type: ignore[import-untyped]

DURABLE, AUTO_DELETE, EXCLUSIVE = "durable", "auto_delete", "exclusive"
_FLAGS: Final = frozenset({DURABLE, AUTO_DELETE, EXCLUSIVE})
_LIMIT: Final = "x-delivery-limit"
_DEAD_LETTER_EXCHANGE: Final = "x-dead-letter-exchange"
_DEAD_LETTER_KEY: Final = "x-dead-letter-routing-key"
# Of these the last three say how a server keeps its promises; here there is nothing to choose.
_KNOWN: Final = frozenset(
    {_LIMIT, _DEAD_LETTER_EXCHANGE, _DEAD_LETTER_KEY, "x-queue-type", "x-dead-letter-strategy", "x-overflow"}
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it was published; all queues share it, so what is handed out are copies of its tables."""

    exchange: str
    routing_key: str
    body: bytes
    properties: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Copy:
    """A parcel in one queue; `returns` is how often it came back undone."""

    parcel: Parcel
    returns: int = 0

    def headers(self) -> dict[str, Any]:
        """Return headers of the reader's own, with the broker's count of earlier deliveries."""
        headers = deepcopy(dict(self.parcel.headers)) if self.parcel.headers else {}
        if self.returns:
            headers["x-delivery-count"] = self.returns
        return headers


class Reader(Protocol):
    """One consumer of a queue, as the queue sees it."""

    @property
    def has_room(self) -> bool:
        """Tell whether it may be given one more."""

    def take(self, queue: "Queue", copy: Copy) -> None:
        """Take a delivery over."""

    def cancel(self) -> None:
        """Hear that the queue is gone."""


class Queue:
    """One queue; not safe for threads by itself. Raises PreconditionFailed for arguments that would have no effect.

    `came` counts what was put in, `went` what was settled, `again` what came back to be delivered again.
    """

    def __init__(self, name: str, traits: Mapping[str, object]) -> None:
        if unknown := set(traits) - _FLAGS - _KNOWN:
            raise PreconditionFailed(f"PRECONDITION_FAILED - {min(unknown)} for queue '{name}' is not known here")
        self.name = name
        self.traits = dict(traits)
        self.readers: deque[Reader] = deque()
        self.ready: deque[Copy] = deque()
        self.came = self.again = self.went = 0

    def add(self, parcel: Parcel) -> None:
        """Take a message in, and hand out what can be."""
        self.came += 1
        self.ready.append(Copy(parcel))
        self.feed()

    @property
    def is_over(self) -> bool:
        """Tell whether it was declared to go with its last reader."""
        return not self.readers and bool(self.traits.get(AUTO_DELETE) or self.traits.get(EXCLUSIVE))

    def feed(self) -> None:
        """Hand out what is ready, in turn, as long as a reader has room."""
        while self.ready and (reader := self._next_reader()) is not None:
            reader.take(self, self.ready.popleft())

    def put_back(self, copies: Iterable[Copy]) -> list[Copy]:
        """Put copies, given in the order of their delivery, before everything else; return those beyond the limit."""
        limit = self.traits.get(_LIMIT)
        kept: list[Copy] = []
        too_often: list[Copy] = []
        for copy in copies:
            copy.returns += 1
            self.again += 1
            (too_often if isinstance(limit, int) and copy.returns > limit else kept).append(copy)
        self.ready.extendleft(reversed(kept))
        return too_often

    def dead_letter(self, copy: Copy, reason: str) -> Parcel | None:
        """Return the parcel to publish in place of a copy that is given up; None when it is to be dropped."""
        exchange = self.traits.get(_DEAD_LETTER_EXCHANGE)
        if exchange is None:
            return None
        parcel = copy.parcel
        return replace(
            parcel,
            exchange=str(exchange),
            routing_key=str(self.traits.get(_DEAD_LETTER_KEY, parcel.routing_key)),
            headers={**parcel.headers, "x-death": self._deaths(parcel, reason)},
        )

    def _next_reader(self) -> Reader | None:
        for _ in range(len(self.readers)):
            reader = self.readers[0]
            self.readers.rotate(-1)
            if reader.has_room:
                return reader
        return None

    def _deaths(self, parcel: Parcel, reason: str) -> list[dict[str, Any]]:
        told = parcel.headers.get("x-death")
        deaths = [death for death in told if isinstance(death, dict)] if isinstance(told, list) else []
        same = [death for death in deaths if (death.get("queue"), death.get("reason")) == (self.name, reason)]
        death = {
            "queue": self.name,
            "reason": reason,
            "count": 1 + (int(same[0].get("count", 0)) if same else 0),
            "exchange": parcel.exchange,
            "routing-keys": [parcel.routing_key],
            "time": datetime.now(UTC),
        }
        return [death, *(one for one in deaths if one not in same)]
