"""The whole way of a card, timed: queue to journal to confirmed notices, against a consumer that only acknowledges."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from kombu import Connection, Consumer, Queue

from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch
from ektp.storage.migrate import upgrade
from tests.histories import happy
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit

ROOT = Path(__file__).parents[1]
FINISHED = "select count(*) filter (where state = 'collected') from applications"
UNSENT = "select count(*) from outbox where sent is null and exchange = 'ektp.notices'"


def main(arguments: Sequence[str]) -> int:
    """Print the floor, then one and two consumers, each as a rate and a ratio to the floor beside it."""
    options = argparse.ArgumentParser("benchmarks intake")
    options.add_argument("--applications", type=int, default=4000)
    options.add_argument("--consumers", type=int, nargs="*", default=[1, 2])
    given = options.parse_args(arguments)
    rabbit, postgres = PrivateRabbit().launch(), PrivatePostgres(durable=True).start()
    rabbit.wait()
    try:
        print(f"RabbitMQ {rabbit.version}, PostgreSQL {postgres.version}, {given.applications} applications x 5 events")
        for consumers in given.consumers:
            with rabbit.vhost() as url:
                floor = acknowledge_only(url, given.applications)
            with rabbit.vhost() as url, postgres.database() as database:
                upgrade(database)
                rate, cpu = whole_way(url, database, given.applications, consumers)
            print(f"floor {floor:.0f} events/s, {consumers} consumer(s) {rate:.0f} events/s, ratio {rate / floor:.2f}")
            print("   CPU microseconds per event: " + ", ".join(f"{name} {used:.0f}" for name, used in cpu.items()))
    finally:
        postgres.remove()
        rabbit.remove()
    return 0


def preload(url: str, applications: int) -> int:
    """Fill the intake's queue: all recordings, then all verifications, and so on; return the number of events."""
    histories = [happy(number) for number in range(1, applications + 1)]
    with Connection(url) as connection:
        topology.declare(connection)
    events = [dispatch(history.events[step]) for step in range(5) for history in histories]
    BatchPublisher(url, window=1000, deadline=60).publish(events)
    return len(events)


def dispatch(event: dict[str, object]) -> Dispatch:
    """Return one event on its way."""
    name = str(event["type"]).split(".")[2]
    station = str(event["source"]).rpartition("/")[2]
    return Dispatch(str(event["id"]), f"{name}.{station}", json.dumps(event).encode())


def acknowledge_only(url: str, applications: int) -> float:
    """Return the events a second of a kombu consumer that only acknowledges (prefetch 500, multiple of 250)."""
    total, seen = preload(url, applications), 0
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


def whole_way(url: str, database: str, applications: int, consumers: int) -> tuple[float, dict[str, float]]:
    """Return events a second from the first applied to the last confirmed notice, and the CPU of each party."""
    total = preload(url, applications)
    with psycopg.connect(database, autocommit=True) as store, processes(url, database, consumers) as running:
        while not store.execute("select 1 from history limit 1").fetchone():
            time.sleep(0.01)
        started = time.monotonic()
        while store.execute(FINISHED).fetchone() != (applications,) or store.execute(UNSENT).fetchone() != (0,):
            time.sleep(0.05)
        seconds = time.monotonic() - started
        used = {name: cpu_seconds(process.pid) / total * 1e6 for name, process in running}
    return total / seconds, used


@contextmanager
def processes(url: str, database: str, consumers: int) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Run the consumers and one relay as they run in production."""
    environment = {**os.environ, "EKTP_BROKER_URL": url, "EKTP_DATABASE_URL": database, "PYTHONPATH": str(ROOT),
                   "EKTP_SECRET_KEY": "s" * 32, "EKTP_NIK_KEY": "n" * 32}  # fmt: skip
    started: list[tuple[str, subprocess.Popen[bytes]]] = []
    for name in [*(f"consume{number}" for number in range(consumers)), "relay"]:
        command = [sys.executable, "-m", "ektp.cli.main", name.rstrip("0123456789")]
        started.append((name, subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)))
    try:
        yield started
    finally:
        for _, process in started:
            process.terminate()
        for _, process in started:
            process.wait(20)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
