"""A station's backlog of weeks beside another's live events: how much longer these take, and how fast late ones go."""

import argparse
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final

import psycopg
from kombu import Connection

from benchmarks.intake import processes
from consumers.intake import LATE, LIVE
from ektp.storage.migrate import upgrade
from tests.e2e.live_and_late import Live, fill_late
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit

LONGEST: Final = 1.0  # second
_ALONE: Final = 10.0  # seconds of live events with nothing beside them
_END: Final = 600.0  # seconds


def main(arguments: Sequence[str]) -> int:
    """Print what live events take alone and beside the backlog; 1 when one took longer than a second beside it."""
    options = argparse.ArgumentParser("benchmarks fairness")
    options.add_argument("--late", type=int, default=50_000)
    options.add_argument("--consumers", type=int, nargs="*", default=[1, 2])
    given = options.parse_args(arguments)
    rabbit, postgres = PrivateRabbit().launch(), PrivatePostgres(durable=True).start()
    rabbit.wait()
    try:
        print(f"RabbitMQ {rabbit.version}, PostgreSQL {postgres.version}, {given.late:,} late events, live ones 5 a s")
        longest = [measured(rabbit, postgres, given.late, consumers) for consumers in given.consumers]
    finally:
        postgres.remove()
        rabbit.remove()
    return int(max(longest) > LONGEST)


def measured(rabbit: PrivateRabbit, postgres: PrivatePostgres, late: int, consumers: int) -> float:
    """Return the longest that a live event took beside the backlog, in seconds."""
    with rabbit.vhost() as url, postgres.database() as database:
        upgrade(database)
        fill_late(url, 0)
        with psycopg.connect(database, autocommit=True) as store, processes(url, database, consumers):
            wait_for_readers(url, consumers)
            live = Live(url, store)
            live.work(lambda: False, _ALONE)
            alone = live.taken
            fill_late(url, late)
            began, before = time.monotonic(), live.taken_in()
            live.work(lambda: live.taken_in() >= late, _END)
            rate, beside = (late - before) / (time.monotonic() - began), live.taken[len(alone) :]
            live.close()
    print(
        f"{consumers} consumer(s): alone {told(alone)}; beside {told(beside)}; late {rate:.0f} events/s",
        flush=True,
    )
    return max(beside)


def wait_for_readers(url: str, consumers: int) -> None:
    """Wait until so many read both queues: what a process takes to come up is another matter."""
    with Connection(url) as connection:
        for queue in (LIVE, LATE):
            while connection.default_channel.queue_declare(queue, passive=True).consumer_count < consumers:
                time.sleep(0.1)


def told(taken: Sequence[float]) -> str:
    """Write what events took."""
    return f"{median(taken):.3f} s (median), {quantiles(taken, n=20)[-1]:.3f} s (p95), {max(taken):.3f} s (longest)"
