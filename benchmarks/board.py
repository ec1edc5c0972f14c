"""How long the board, the queues and the alerts take at the server, over a store as large as a regency's drive."""

import argparse
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from benchmarks.sweep import DUE, Town
from ektp.logs import configure
from ektp.storage.engine import transaction
from tests.servers.postgres import PrivatePostgres
from tests.web_client import WebClient, parts_on, served

PAGES: Final = (
    "/",
    "/board",
    "/board/curve",
    "/queues",
    "/queues/now",
    "/alerts",
    "/alerts?history=1",
    "/api/v1/summary",
)
_FILL: Final = """
update applications set office = '33.74.' || lpad((1 + hashtext(id::text) & 15)::text, 2, '0'),
    state = (array['recorded', 'verified', 'verified', 'allocated', 'printed', 'collected', 'collected', 'collected'])
        [1 + (hashtext(resi) & 7)];
delete from tallies;
insert into tallies (office, kind, key, delta) select office, 'state', state, count(*) from applications group by 1, 3;
insert into office_days (what, day, office, count)
select what, day::date, '33.74.' || lpad(n::text, 2, '0'), 7 from unnest(array['open', 'in', 'verified', 'failed',
    'printed', 'collected', 'cancelled', 'kept', 'missed', 'took-1', 'took-5', 'took-14']) as what,
    generate_series(date '2023-02-12', date '2026-02-12', '1 day') as day, generate_series(1, 16) as n;
insert into alerts (rule, about, station, office, resolved)
select (array['station-silent', 'clock-skew', 'stuck'])[1 + n % 3], 'st' || n, 'st' || n,
    '33.74.' || lpad((1 + n % 16)::text, 2, '0'), case when n % 10 > 0 then now() end
from generate_series(1, 20000) as n;
insert into outbox (id, application, slot, exchange, routing_key, body, created, sent)
select gen_random_uuid(), gen_random_uuid(), 1, 'ektp.notices', 'application-printed.33.74.01',
    '{"data": {"office": "33.74.01", "state": "printed"}}', now() - n * interval '10 milliseconds',
    case when n > 500 then now() end
from generate_series(300000, 1, -1) as n;
insert into steps (kind, key, application, due, created, state)
select 'await-answer', id::text, id, now() + interval '9 days', now(), 'waiting' from applications;
insert into held (id, subject, application, type, waits_for, door, station, source, time, data, digest)
select gen_random_uuid(), id::text, id, 'id.ektp.printed.v1', 'waits-for-allocation', 'amqp', 's', 's', now(), '{}', ''
from applications limit 2000;
insert into parked (id, door, sender, office, reason, detail, sealed, digest)
select gen_random_uuid(), 'amqp', 'st' || n % 40, '33.74.10', 'bad-data', '', '', n::text::bytea
from generate_series(1, 20000) as n;
insert into queue_looks (queue, looked, ready, consumers)
select 'ektp.q' || n % 6, now() - n * interval '5 seconds', n, 1 from generate_series(1, 180) as n;
analyze
"""


def main(arguments: Sequence[str]) -> int:
    """Print the median, the 95th percentile and the slowest of each page, for all offices and for one."""
    options = argparse.ArgumentParser("benchmarks board")
    options.add_argument("--applications", type=int, default=600_000)
    options.add_argument("--rounds", type=int, default=40)
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url, tempfile.TemporaryDirectory() as home:
            town = Town(url)
            town.copy("board", given.applications, DUE)
            _fill(town.engine)
            print(f"PostgreSQL {postgres.version}, {given}")
            with parts_on(url, Path(home)) as parts, served(parts) as web:
                for path in PAGES:
                    _time(web, path, given.rounds)
            town.engine.dispose()
    finally:
        postgres.remove()
    return 0


def _fill(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute("set local statement_timeout = 0")
        for statement in _FILL.split(";\n"):
            connection.execute(statement)


def _time(web: WebClient, path: str, rounds: int) -> None:
    took, weight = [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        answer = web.get(path)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200, answer.text
        weight = len(answer.body)
    took.sort()
    median, late, slowest = took[rounds // 2], took[rounds * 95 // 100], took[-1]
    print(f"{path}: median {median:.0f} ms, 95 % {late:.0f} ms, slowest {slowest:.0f} ms, {weight} bytes")
