"""Repairs: how long it takes to group many parked messages, to foresee a repair of them, and to run it."""

import argparse
import json
import logging
import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.logs import configure
from ektp.reading.causes import By, groups
from ektp.reading.repairs import repair
from ektp.reading.snapshot import snapshot
from ektp.repairing.desk import RepairDesk
from ektp.repairing.foreseeing import Foreseer
from ektp.repairing.planning import Planner, Wish
from ektp.repairing.running import Repairer
from ektp.repairing.selection import Selection
from ektp.repairing.side_by_side import Make
from ektp.running.garbage import settle_down
from ektp.storage.engine import engine_for, transaction
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.people.audit import Chain
from ektp.storage.secrets.vault import Vault
from tests.parking_town import PATCH, misspelt, park
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres
from workflows.fingerprints import cause_of

STATIONS: Final = 500
# As many as are wanted out of a few that came in by the door; their bodies could not be opened, and are not looked at.
_MORE: Final = """
insert into parked (id, door, sender, event_id, subject, office, reason, detail, sealed, digest, received, fingerprint)
select gen_random_uuid(), door, stations.name, gen_random_uuid()::text, subject, office, reason,
    detail || ' at character ' || n, sealed, digest, received + n * interval '1 millisecond', stations.fingerprint
from (select * from parked limit 1) as one, generate_series(1, %s) as n
join unnest(%s::text[], %s::text[]) with ordinality as stations (name, fingerprint, place)
    on stations.place = 1 + n %% %s
"""


def main(arguments: Sequence[str]) -> int:
    """Print seconds for the groups and the plan, and items a second for the run."""
    options = argparse.ArgumentParser("benchmarks repairs")
    options.add_argument("--items", type=int, default=20_000)
    options.add_argument("--grouped", type=int, default=100_000)
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url:
            upgrade(url)
            engine = engine_for(url)
            beside = partial(_foreseer, url)
            print(f"PostgreSQL {postgres.version}")
            _repair(engine, beside, given.items)
            _group(engine, given.grouped)
            engine.dispose()
    finally:
        postgres.remove()
    return 0


def _foreseer(url: str) -> Foreseer:
    return Foreseer(engine_for(url), _vault(), PLAIN)


def _busy() -> float:
    """Return the seconds of a core that this process and those it has waited for have used."""
    return sum(os.times()[:4])


def _vault() -> Vault:
    return Vault(b"s" * 32, b"n" * 32)


def _repair(engine: Engine, beside: Make, items: int) -> None:
    vault = _vault()
    park(Journal(PostgresBooks(engine, vault), vault, PLAIN), [misspelt() for _ in range(items)])
    chain = Chain(lambda: b"a" * 32)
    planner = Planner(engine, vault, PLAIN, 20, chain, beside)
    settle_down()  # as every process of ours does
    began, busy = time.perf_counter(), _busy()
    wish = Wish(Selection(reason="bad-data"), "maker", "bench", "patch", json.dumps(PATCH).encode())
    planned = planner.plan(wish)
    took, busy = time.perf_counter() - began, _busy() - busy
    print(f"{items:,} items foreseen in {took:.1f} s, {items / took:,.0f} a second; {busy:.1f} s of a core here")
    desk = RepairDesk(engine, chain)
    desk.approve(planned, "checker")
    desk.run(planned, "maker")
    repairer = Repairer(engine, lambda: vault, PLAIN)
    began, busy = time.perf_counter(), _busy()
    while repairer.go_on(planned, 1):
        pass
    took, busy = time.perf_counter() - began, _busy() - busy
    with snapshot(engine) as connection:
        told = repair(connection, str(planned))
    fixed = told["counts"]["fixed"]
    print(f"{fixed:,} fixed up the ramp in {took:.1f} s, {fixed / took:,.0f} a second; {busy:.1f} s of a core here")


def _group(engine: Engine, items: int) -> None:
    with transaction(engine) as connection:
        connection.execute("update parked set state = 'open'")
        one = connection.execute("select reason, detail, type, office from parked limit 1").fetchone()
        assert one is not None
        reason, detail, type_, office = one
        names = [f"w{number}" for number in range(STATIONS)]
        alike = [cause_of(reason, f"{detail} at character 1", type_, name, office).fingerprint for name in names]
        connection.execute(_MORE, [items, names, alike, STATIONS])
        connection.execute("analyze parked")
    for by in By:
        began = time.perf_counter()
        with snapshot(engine) as connection:
            found = groups(connection, by)
        took = time.perf_counter() - began
        print(f"{sum(one['open'] for one in found):,} items in {len(found):,} groups by {by}: {took:.2f} s")
