"""The saga from outside: processes that can be made to die at a line, and a city that answers what it is asked."""

import json
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from ektp.broker import topology
from ektp.storage.engine import engine_for, transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.amqp_client import Client
from tests.e2e.pipeline import EKTP, Pipeline, Process
from tests.histories import NOON, History

_CELERY: Final = (sys.executable, "-m", "celery", "-A", "tests.e2e.saga_app")
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "consume": (*EKTP, "consume"),
    "relay": (*EKTP, "relay"),
    "worker": (*_CELERY, "worker", "-P", "threads", "--concurrency=2"),
    "beat": (*_CELERY, "beat"),
}


class Crew:
    """The four processes; each dies at its failpoints, one after the other, and is started again every time."""

    def __init__(self, pipeline: Pipeline, folder: Path, failpoints: Mapping[str, Sequence[str]]) -> None:
        self._pipeline, self._folder = pipeline, folder
        self._left = {name: deque(failpoints.get(name, ())) for name in CALLS}
        self._armed: dict[str, str | None] = {}
        self._processes: dict[str, Process] = {}
        self.deaths: list[tuple[str, str, float]] = []
        for name in CALLS:
            self._start(name)

    @property
    def left(self) -> int:
        """How many failpoints no process has died at yet."""
        return sum(map(len, self._left.values())) + sum(armed is not None for armed in self._armed.values())

    def revive(self) -> None:
        """Start again what has died of its failpoint, as a supervisor does; from now on it dies of the next."""
        for name, process in self._processes.items():
            if process.alive:
                continue
            armed = self._armed[name]
            assert armed is not None, f"{name} died by itself"
            assert process.code == -signal.SIGKILL
            self.deaths.append((name, armed, time.monotonic()))
            self._start(name)

    def _start(self, name: str) -> None:
        failpoint = self._left[name].popleft() if self._left[name] else None
        self._armed[name] = failpoint
        armed = {} if failpoint is None else {"EKTP_FAILPOINT": failpoint}
        environment = {**self._pipeline.environment, **armed}
        out = self._folder / f"{name}.out"
        self._processes[name] = self._pipeline.start_foreign(name, list(CALLS[name]), environment, out)


class Card:
    """One application, and what the city does about it: printed before it is called back, failed, or without news."""

    def __init__(self, number: int, fate: Literal["printed", "failed", "settled"]) -> None:
        self.history = History(number)
        self.settled = fate == "settled"
        self._sent = 0
        self._printed = fate == "printed"
        self._asked: Counter[str] = Counter()
        self.history.recorded()
        if fate == "printed":
            self.history.verified().allocated()
        elif fate == "failed":
            self.history.failed("ENROLL_FAILURE_AT_CENTRAL")

    def hear(self, ask: str) -> bool:
        """Do what a request asks for; False when nobody answers."""
        self._asked[ask] += 1
        tell = self.history
        match ask:
            case "delete-central-record":
                if self._asked[ask] == 1:
                    return False
                tell.deleted()
            case "print-card" if self._printed:
                tell.printed().deleted()
            case "print-card" | "resend-packet":
                tell.tell("application-cancelled", because="moved-away")
            case "void-print":
                tell.tell("print-voided", station="printer1", blanko=tell.blanko())
            case "destroy-card":
                witnesses = ["Contoh Satu", "Contoh Dua"]
                tell.tell("card-destroyed", blanko=tell.blanko(), document="BA-1", by=witnesses)
            case "invite-resident":
                tell.tell("resident-invited", attempt=1)
                if self._printed:
                    tell.tell("application-cancelled", because="withdrawn")
                else:
                    tell.recorded(2).verified(2).allocated()
            case _:
                return False
        return True

    def news(self) -> list[dict[str, Any]]:
        """Return what was told and is not sent yet."""
        news, self._sent = self.history.events[self._sent :], len(self.history.events)
        return news


class City:
    """Sends what happens, answers each request once, and lets days pass where nobody answers."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._client = Client(pipeline.broker_url)
        self._queue = self._client.queue("outside", topology.REQUESTS)
        self._cards: dict[UUID, Card] = {}
        self._heard: set[str] = set()
        self._silent: tuple[Card, datetime] | None = None
        self.redelivered = 0
        self.engine = engine_for(pipeline.database_url)
        self._now = begin_simulation(self.engine, NOON).moment

    def begin(self, *cards: Card) -> None:
        """Let residents come."""
        for card in cards:
            self._cards[card.history.application] = card
            self._send(card)

    def listen(self) -> None:
        """Answer what was asked since."""
        while (found := self._client.take(self._queue)) is not None:
            request = json.loads(found[2])
            if request["id"] in self._heard:
                self.redelivered += 1
                continue
            self._heard.add(request["id"])
            card = self._cards[UUID(request["subject"])]
            if card.hear(request["type"].split(".")[2]):
                self._send(card)
            else:
                self._silent = card, datetime.fromisoformat(request["data"]["answer_by"]) + timedelta(minutes=1)
        if self._silent is None:
            return
        # Days pass for all alike: nobody else may be waited for meanwhile, but who settled is noticed by them.
        card, late = self._silent
        if self.is_over(*(one for one in self._cards.values() if one is not card and not one.settled)):
            self._silent = None
            self.pass_until(late)

    def pass_until(self, moment: datetime) -> None:
        """Let it be that late."""
        self._now = max(self._now, moment)
        set_simulated_now(self.engine, self._now)

    def pass_days(self, days: int) -> None:
        """Let so many days pass."""
        self.pass_until(self._now + timedelta(days=days))

    def is_over(self, *cards: Card) -> bool:
        """Tell whether the cards have come to their end, and every letter has left."""
        with transaction(self.engine) as connection:
            ids = [card.history.application for card in cards]
            left = connection.execute(
                "select (select count(*) from applications where id = any(%s) and state = 'cancelled'),"
                " (select count(*) from outbox where sent is null)"
                " + (select count(*) from blanko where place not in ('in-stock', 'destroyed'))",
                [ids],
            ).fetchone()
        return left == (len(cards), 0)

    def waits(self) -> int:
        """Return how many answers are waited for."""
        with transaction(self.engine) as connection:
            question = "select count(*) from steps where kind = 'await-answer' and state in ('waiting', 'running')"
            row = connection.execute(question).fetchone()
        assert row is not None
        return int(row[0])

    def told(self, card: Card) -> tuple[Counter[str], Counter[str]]:
        """Return of one card: the requests that left by name, the events applied or superseded by name."""
        with transaction(self.engine) as connection:
            asked = connection.execute(
                "select split_part(routing_key, '.', 1) from outbox where application = %s and exchange = %s",
                [card.history.application, topology.REQUESTS],
            ).fetchall()
            came = connection.execute(
                "select split_part(type, '.', 3) from history where application = %s"
                " and (type not like '%%.deadline-passed.%%' or data->>'ask' is not null)",
                [card.history.application],
            ).fetchall()
        return Counter(name for (name,) in asked), Counter(name for (name,) in came)

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self.engine.dispose()

    def _send(self, card: Card) -> None:
        for event in card.news():
            station = event["source"].rpartition("/")[2]
            self._client.tell(f"{event['type'].split('.')[2]}.{station}", json.dumps(event).encode())
