"""What a sweep costs: of few among many, and of very many at once beside a journal that takes in plain events."""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.config.timekeeping import timekeeper_on
from ektp.logs import configure
from ektp.storage.engine import engine_for, transaction
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.secrets.vault import Vault
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from schemas.submission import Door, read_line
from tests.histories import History
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
DUE: Final = datetime(2026, 2, 12, 8, tzinfo=UTC)  # a recording of that Monday without news
MINUTE: Final = timedelta(minutes=1)
ROUNDS: Final = 15
COPIES: Final = """
insert into applications (id, version, state, attempt, office, standing, notices, requests, nik_key, resi, recorded,
    since, timers, due_at)
select gen_random_uuid(), version, state, attempt, office, standing, notices, requests,
    decode(md5(%(name)s || number), 'hex'), %(name)s || number, recorded, since, timers,
    %(due)s + number %% %(spread)s * interval '1 minute'
from generate_series(1, %(count)s) as number, (select * from applications where due_at is not null limit 1) as one
"""
CLAIM: Final = """
explain (analyze, buffers, costs off, timing off, summary off)
select id from applications where due_at <= ektp_now() and coalesce(claimed_until <= now(), true)
order by due_at, id limit 500 for update skip locked
"""


def main(arguments: Sequence[str]) -> int:
    """Print what a thousand due cost among few and among many, then very many due beside plain events."""
    options = argparse.ArgumentParser("benchmarks sweep")
    options.add_argument("--few", type=int, default=100_000)
    options.add_argument("--many", type=int, default=1_000_000)
    options.add_argument("--due", type=int, default=1000)
    options.add_argument("--flood", type=int, default=100_000)
    given = options.parse_args(arguments)
    configure(None, level=logging.WARNING)
    postgres = PrivatePostgres(durable=True).start()
    try:
        print(f"PostgreSQL {postgres.version}, {given.due} due, the quickest of {ROUNDS} sweeps")
        with postgres.database() as few, postgres.database() as many:
            _compare([(few, given.few), (many, given.many)], given.due)
        with postgres.database() as url:
            _flood(url, given.flood)
    finally:
        postgres.remove()
    return 0


class Town:
    """A store with one office and one resident recorded on a Monday, copied as often as wanted."""

    def __init__(self, url: str) -> None:
        upgrade(url)
        self.engine: Engine = engine_for(url)
        begin_simulation(self.engine, MONDAY)
        journal_on(self.engine).apply([read_line(json.dumps(event).encode(), door=Door.CLI) for event in recordings(1)])
        self.timekeeper: Timekeeper = timekeeper_on(self.engine, partial(journal_on, self.engine), PLAIN, most=0)
        self.timekeeper.sweep()  # notes the calendar, so that no later sweep looks at everything

    def copy(self, name: str, count: int, due: datetime, spread: int = 1) -> None:
        """Add so many like the first, due then and in the minutes after."""
        with transaction(self.engine) as connection:
            connection.execute("set local statement_timeout = 0")
            connection.execute(COPIES, {"name": name, "count": count, "due": due, "spread": spread})

    def plan_of_claim(self, now: datetime) -> str:
        """Return which index a claim reads, and how many pages."""
        set_simulated_now(self.engine, now)
        with transaction(self.engine) as connection:
            plan = [row[0].strip() for row in connection.execute(CLAIM)]
        return "; ".join(line for line in plan[2:] if "Scan" in line or "Buffers" in line)

    def sweep(self, now: datetime) -> tuple[int, float]:
        """Let it be then, and sweep; return how many deadlines were applied, and the seconds."""
        set_simulated_now(self.engine, now)
        began = time.perf_counter()
        swept = self.timekeeper.sweep()
        return swept.applied, time.perf_counter() - began


def _compare(stores: Sequence[tuple[str, int]], due: int) -> None:
    """Sweep so many in one store and in the other by turns, so that both see the same machine."""
    towns = [Town(url) for url, _ in stores]
    for town, (_, applications) in zip(towns, stores, strict=True):
        town.copy("later", applications, DUE + timedelta(days=1), spread=43_200)
        with transaction(town.engine) as connection:
            connection.execute("analyze applications")
    quickest = [float("inf")] * len(towns)
    for number in range(1, ROUNDS + 1):
        for at, town in enumerate(towns):
            now = DUE + number * MINUTE
            town.copy(f"round {number} ", due, now)
            if number == 1:
                print(f"  among {stores[at][1]:,}: {town.plan_of_claim(now)}")
            applied, used = town.sweep(now)
            if applied < due:
                raise SystemExit(f"{applied} of {due} were applied")
            quickest[at] = min(quickest[at], used)
    for (_, applications), used in zip(stores, quickest, strict=True):
        print(f"  among {applications:>9,} applications: {used * 1000:.0f} ms")
    print(f"  ratio {quickest[1] / quickest[0]:.2f}")
    for town in towns:
        town.engine.dispose()


def _flood(url: str, count: int) -> None:
    """Sweep very many in ten parts, plain events of the same process between them: both see the same machine."""
    town, parts = Town(url), 10
    town.copy("flood ", count, DUE, spread=parts)
    swept = swept_in = told = told_in = 0.0
    for part in range(parts):
        number, seconds = _plain(town.engine, count // parts // 4)
        told, told_in = told + number, told_in + seconds
        number, seconds = town.sweep(DUE + part * MINUTE)
        swept, swept_in = swept + number, swept_in + seconds
    if swept < count:
        raise SystemExit(f"{swept:.0f} of {count} were applied")
    rate, plain = swept / swept_in, told / told_in
    print(f"{count:,} due: {rate:.0f} events/s; plain events between: {plain:.0f}/s; ratio {rate / plain:.2f}")


def _plain(engine: Engine, applications: int) -> tuple[int, float]:
    """Return how many events a journal reads and applies, recordings and then what the centre says, and the seconds."""
    histories = [History().recorded().failed("SEARCH_FAILURE_AT_CENTRAL") for _ in range(applications)]
    lines = [json.dumps(one.events[step]).encode() for step in (0, 1) for one in histories]
    journal = journal_on(engine)
    began = time.perf_counter()
    for at in range(0, len(lines), 500):
        journal.apply([read_line(line, door=Door.AMQP, sender="st337401") for line in lines[at : at + 500]])
    return len(lines), time.perf_counter() - began


def recordings(count: int) -> list[dict[str, Any]]:
    """Return recordings of that Monday."""
    events = [History().recorded().events[0] for _ in range(count)]
    return [{**event, "time": MONDAY.isoformat()} for event in events]


def journal_on(engine: Engine) -> Journal:
    """Make a journal."""
    vault = Vault(b"s" * 32, b"n" * 32)
    return Journal(PostgresBooks(engine, vault), vault, PLAIN)
