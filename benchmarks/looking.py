"""What one look of the general watch costs, and one recount, over a store as large as a regency's drive."""

import argparse
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Engine

from benchmarks.sweep import DUE, Town
from ektp.logs import configure
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.engine import transaction
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres
from workflows.watch import Limits

ROUNDS: Final = 7
_OVERDUE: Final = """
update applications set state = 'verified', timers = (timers::jsonb || '{"passed": 2}')::json
where id in (select id from applications limit %s)
"""
_PARKED: Final = """
insert into parked (id, door, sender, office, reason, detail, sealed, digest, received)
select gen_random_uuid(), 'amqp', 'st' || n %% 40, '33.74.10', 'reason-' || n %% 5, '',
    decode(repeat('ab', 600), 'hex'), n::text::bytea, ektp_now() - n * interval '1 second'
from generate_series(1, %s) as n
"""
_TALLIES: Final = """
insert into tallies (office, kind, key, delta) select office, 'state', state, count(*) from applications group by 1, 3
"""


def main(arguments: Sequence[str]) -> int:
    """Print the median of a look and of a recount, and the slowest."""
    options = argparse.ArgumentParser("benchmarks looking")
    options.add_argument("--applications", type=int, default=600_000)
    options.add_argument("--overdue", type=int, default=100_000)
    options.add_argument("--parked", type=int, default=100_000)
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url:
            town = Town(url)
            town.copy("look", given.applications, DUE)
            _fill(town.engine, given.overdue, given.parked)
            print(f"PostgreSQL {postgres.version}, {given}")
            watch = PostgresAlertWatch(town.engine, PLAIN, Limits(), lambda _year: True, dict)
            _time("a look", watch.watch)
            _time("a recount", watch.recount)
            town.engine.dispose()
    finally:
        postgres.remove()
    return 0


def _fill(engine: Engine, overdue: int, parked: int) -> None:
    with transaction(engine) as connection:
        connection.execute("set local statement_timeout = 0")
        connection.execute(_OVERDUE, [overdue])
        connection.execute(_PARKED, [parked])
        connection.execute("delete from tallies where kind = 'state'")
        connection.execute(_TALLIES)
        connection.execute("analyze applications, parked")


def _time(what: str, work: Callable[[], object]) -> None:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    print(f"{what}: median {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms")
