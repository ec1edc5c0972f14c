"""One station empties its spool of many days while another works: how long the other's events take meanwhile."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from kombu import Connection

from consumers.ports import Letter
from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch
from ektp.broker.publisher import KombuPublisher
from tests.histories import History

BACKLOG: Final = "st337499"
LIVE: Final = "st337401"
EVERY: Final = 0.2  # seconds between two live events
_LOOK: Final = 0.005  # seconds between two looks at the store
_TAKEN_IN: Final = "select count(*) from history where station = %s"


def fill_late(url: str, events: int) -> None:
    """Declare the queues, and send so many recordings of one station as its backlog, confirmed."""
    with Connection(url) as connection:
        topology.declare(connection)
    fates = BatchPublisher(url, window=1000, deadline=60).publish(_backlog(events))
    assert list(fates.values()) == ["confirmed"] * events


def _backlog(events: int) -> Iterator[Dispatch]:
    for _ in range(events):
        told = _recording(BACKLOG)
        yield Dispatch(told["id"], f"recorded.{BACKLOG}.late", json.dumps(told).encode())


def _recording(station: str) -> dict[str, Any]:
    told = History().recorded().events[0]
    return {**told, "source": f"/stations/{station}"}


class Live:
    """A station that sends an event every fifth of a second, and sees when the store has each.

    `taken` are the seconds from the broker's confirm to the commit, in the order of sending.
    """

    def __init__(self, url: str, store: psycopg.Connection) -> None:
        self._publisher = KombuPublisher(url, deadline=10)
        self._store = store
        self._sent: dict[UUID, float] = {}
        self._taken: dict[UUID, float] = {}

    @property
    def taken(self) -> list[float]:
        """The seconds that each event took; of those that are under way, so far."""
        now = time.monotonic()
        return [self._taken.get(one, now - sent) for one, sent in self._sent.items()]

    def work(self, until: Callable[[], bool], seconds: float) -> None:
        """Send until the condition holds or so many seconds have passed; then wait until the last is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self._send()
            self._look(time.monotonic() + EVERY)
        while len(self._taken) < len(self._sent) and time.monotonic() < end + 60:
            self._look(time.monotonic() + EVERY)

    def taken_in(self, station: str = BACKLOG) -> int:
        """Return how many events of a station the store has."""
        row = self._store.execute(_TAKEN_IN, [station]).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Hang up."""
        self._publisher.close()

    def _send(self) -> None:
        told = _recording(LIVE)
        letter = Letter(uuid4(), topology.EVENTS, f"recorded.{LIVE}", json.dumps(told).encode())
        assert self._publisher.publish([letter]) == {letter.id: True}
        self._sent[UUID(told["id"])] = time.monotonic()

    def _look(self, until: float) -> None:
        while time.monotonic() < until:
            missing = [one for one in self._sent if one not in self._taken]
            rows = self._store.execute("select id from history where id = any(%s)", [missing]) if missing else ()
            now = time.monotonic()
            self._taken |= {row[0]: now - self._sent[row[0]] for row in rows}
            threading.Event().wait(_LOOK)
