"""The whole way of a card, timed: queue to journal to confirmed notices, against a consumer that only acknowledges."""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from kombu import Connection, Consumer, Queue

from benchmarks.processes import cpu_seconds, memory, parent
from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch
from ektp.storage.migrate import upgrade
from tests.histories import happy
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit

ROOT: Final = Path(__file__).parents[1]
# Each message counts once, whatever became of it.
TAKEN_IN: Final = "select coalesce(sum(delta), 0)::int from tallies where kind = 'event'"
COLLECTED: Final = "select count(*) from applications where state = 'collected'"
APPLIED: Final = "select count(*) from history"
UNSENT: Final = "select exists (select from outbox where sent is null)"
NOTICES: Final = "select count(distinct id) from outbox where exchange = 'ektp.notices' and sent is not null"


def main(arguments: Sequence[str]) -> int:
    """Print the floor, then each number of consumers, as a rate and a ratio to the floor beside it."""
    options = argparse.ArgumentParser("benchmarks intake")
    options.add_argument("--applications", type=int, default=4000)
    options.add_argument("--consumers", type=int, nargs="*", default=[1, 2])
    options.add_argument("--disorder", action="store_true", help="2 %% come twice, 2 %% before their predecessor")
    given = options.parse_args(arguments)
    rabbit, postgres = PrivateRabbit().launch(), PrivatePostgres(durable=True).start()
    rabbit.wait()
    try:
        print(f"RabbitMQ {rabbit.version}, PostgreSQL {postgres.version}, {given.applications} applications x 5 events")
        for consumers in given.consumers:
            events = load(given.applications, disorder=given.disorder)
            with rabbit.vhost() as url:
                floor = acknowledge_only(url, events)
            with rabbit.vhost() as url, postgres.database() as database:
                upgrade(database)
                broker = int(rabbit.ask("GET", "nodes")[0]["os_pid"])
                run = WholeWay(url, database, broker, given.applications)
                rate = run.rate(events, consumers)
            print(
                f"floor {floor:.0f} events/s, {consumers} consumer(s) {rate:.0f} events/s, ratio {rate / floor:.2f}, "
                f"the last notice {run.behind:.2f} s after the last event"
            )
            print("   CPU microseconds per event: " + ", ".join(f"{name} {used:.0f}" for name, used in run.cpu.items()))
            print("   MiB at the beginning and the end: " + ", ".join(
                f"{name} {before} {after}" for name, (before, after) in run.memory.items()), flush=True)  # fmt: skip
    finally:
        postgres.remove()
        rabbit.remove()
    return 0


def load(applications: int, *, disorder: bool) -> list[Dispatch]:
    """Return the events of so many applications: all recordings, then all verifications, and so on.

    With disorder 2 % change places with their application's next event, and 2 % come again up to 50 places later.
    """
    chance = random.Random(1)  # noqa: S311 - the same disorder each time
    histories = [happy(number).events for number in range(1, applications + 1)]
    if disorder:
        for history in histories:
            for step in range(4):
                if chance.random() < 0.02:
                    history[step], history[step + 1] = history[step + 1], history[step]
    events = [dispatch(history[step]) for step in range(5) for history in histories]
    if disorder:
        for at in sorted(chance.sample(range(len(events)), len(events) // 50), reverse=True):
            events.insert(at + chance.randint(1, 50), events[at])
    return events


def dispatch(event: dict[str, Any]) -> Dispatch:
    """Return one event on its way."""
    name = event["type"].split(".")[2]
    station = event["source"].rpartition("/")[2]
    return Dispatch(event["id"], f"{name}.{station}", json.dumps(event).encode())


def preload(url: str, events: Sequence[Dispatch]) -> None:
    """Fill the intake's queue."""
    with Connection(url) as connection:
        topology.declare(connection)
    BatchPublisher(url, window=1000, deadline=60).publish(events)


def acknowledge_only(url: str, events: Sequence[Dispatch]) -> float:
    """Return the events a second of a kombu consumer that only acknowledges (prefetch 500, multiple of 250)."""
    preload(url, events)
    total, seen = len(events), 0
    started = time.monotonic()
    with Connection(url) as connection:
        batch: list[object] = []
        queue = Queue("ektp.intake", no_declare=True)
        with Consumer(connection, [queue], on_message=batch.append, prefetch_count=500):
            while seen < total:
                connection.drain_events(timeout=10)
                if len(batch) >= 250 or seen + len(batch) == total:
                    batch[-1].ack(multiple=True)  # type: ignore[attr-defined]
                    seen += len(batch)
                    batch.clear()
    return total / (time.monotonic() - started)


class WholeWay:
    """One run, and what each party used for it: `cpu` in microseconds per event, `memory` in MiB before and after.

    `behind` are the seconds from the last event applied to the last notice confirmed.
    """

    def __init__(self, url: str, database: str, broker: int, applications: int) -> None:
        self._url, self._database, self._broker, self._applications = url, database, broker, applications
        self.behind = 0.0
        self.cpu: dict[str, float] = {}
        self.memory: dict[str, tuple[int, int]] = {}

    def rate(self, events: Sequence[Dispatch], consumers: int) -> float:
        """Return events a second from the first applied to the last confirmed notice; all must have come right."""
        preload(self._url, events)
        with (
            psycopg.connect(self._database, autocommit=True) as store,
            processes(self._url, self._database, consumers) as running,
        ):
            backend = store.info.backend_pid
            parties = {**running, "RabbitMQ": self._broker, "PostgreSQL": parent(backend)}
            while not store.execute("select 1 from history limit 1").fetchone():
                time.sleep(0.01)
            started = time.monotonic()
            before = {name: cpu_seconds(pid) for name, pid in parties.items()}
            began = {name: memory(pid) for name, pid in running.items()}
            until(store, TAKEN_IN, len(events))
            taken_in = time.monotonic()
            until(store, UNSENT, False)
            seconds = time.monotonic() - started
            self.behind = started + seconds - taken_in
            used = {name: cpu_seconds(pid) - before[name] for name, pid in parties.items()}
            self.cpu = {name: spent / len(events) * 1e6 for name, spent in used.items()}
            self.memory = {name: (began[name], memory(pid)) for name, pid in running.items()}
            self._check(store)
        return len(events) / seconds

    def _check(self, store: psycopg.Connection) -> None:
        for question, expected in ((COLLECTED, 1), (APPLIED, 5), (NOTICES, 5)):
            found = store.execute(question).fetchone()
            if found != (self._applications * expected,):
                raise SystemExit(f"{question}: {found}")


def until(store: psycopg.Connection, question: str, answer: object) -> None:
    """Ask until the answer comes; seldom, for it costs the database something too."""
    while store.execute(question).fetchone() != (answer,):
        time.sleep(0.05)


@contextmanager
def processes(url: str, database: str, consumers: int) -> Iterator[dict[str, int]]:
    """Run the consumers and one relay as they run in production; give their process ids by name."""
    environment = {**os.environ, "EKTP_BROKER_URL": url, "EKTP_DATABASE_URL": database, "PYTHONPATH": str(ROOT),
                   "EKTP_SECRET_KEY": "s" * 32, "EKTP_NIK_KEY": "n" * 32}  # fmt: skip
    started: dict[str, subprocess.Popen[bytes]] = {}
    for name in [*(f"consume{number}" for number in range(consumers)), "relay"]:
        command = [sys.executable, "-m", "ektp.cli.main", name.rstrip("0123456789")]
        started[name] = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield {name: process.pid for name, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(20)
