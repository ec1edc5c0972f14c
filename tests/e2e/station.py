"""A station of the tests: it sends events at a pace, with confirms, until the broker has every one of them."""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from consumers.errors import PublisherLost
from consumers.ports import Letter
from ektp.broker.publisher import KombuPublisher
from ektp.broker.topology import EVENTS
from tests.histories import History

TICK: Final = 0.1  # seconds
DOUBLED: Final = 0.05
SPREAD: Final = 8.0  # seconds over which the events of one application are scattered


def letter_of(event: dict[str, Any]) -> Letter:
    """Return the message that carries one event, under its own key; each message has an id of its own."""
    name = event["type"].removeprefix("id.ektp.").removesuffix(".v1")
    station = event["source"].rpartition("/")[2]
    return Letter(uuid4(), EVENTS, f"{name}.{station}", json.dumps(event).encode())


def scattered(histories: Sequence[History], seconds: float, chance: random.Random) -> list[Letter]:
    """Return the events of all in the order in which they are sent within so many seconds: mixed up, some doubled."""
    moments: list[tuple[float, Letter]] = []
    for history in histories:
        begun = chance.uniform(0, max(seconds - SPREAD, 0))
        for event in history.events:
            times = 2 if chance.random() < DOUBLED else 1
            moments += [(begun + chance.uniform(0, SPREAD), letter_of(event)) for _ in range(times)]
    return [letter for _, letter in sorted(moments, key=lambda moment: moment[0])]


class Station:
    """Send letters at so many a second, in a thread; what the broker did not confirm is sent again until it does."""

    def __init__(self, url: str, letters: Sequence[Letter], rate: float) -> None:
        self._publisher = KombuPublisher(url, deadline=2)
        self._waiting = deque(letters)
        self._rate = rate
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="station")
        self.confirmed = 0
        self.troubles = 0  # calls in which the broker did not confirm everything

    @property
    def done(self) -> bool:
        """Whether the broker has confirmed everything."""
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Stop pacing: send what is left as fast as it goes."""
        self._rate = float("inf")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(30)

    def _run(self) -> None:
        try:
            began, taken = time.monotonic(), 0
            unconfirmed: list[Letter] = []
            while (self._waiting or unconfirmed) and not self._stopping.is_set():
                due = (time.monotonic() - began) * self._rate - taken
                fresh = [self._waiting.popleft() for _ in range(int(min(due, len(self._waiting), 1000)))]
                taken += len(fresh)
                unconfirmed = self._send([*unconfirmed, *fresh])
                self._stopping.wait(TICK)
        except BaseException as failure:
            self._failure = failure
            raise
        finally:
            self._publisher.close()

    def _send(self, letters: list[Letter]) -> list[Letter]:
        """Publish and return what was not confirmed."""
        if not letters:
            return []
        try:
            routed = self._publisher.publish(letters)
        except PublisherLost:
            routed = {}
        self.confirmed += len(routed)
        left = [letter for letter in letters if letter.id not in routed]
        self.troubles += bool(left)
        assert all(routed.values()), "an event was confirmed but routed nowhere"
        return left
