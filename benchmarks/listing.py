"""What a page of a list costs among very many applications: each filter, and those that find little among much."""

import argparse
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from benchmarks.sweep import DUE, Town
from ektp.logs import configure
from ektp.reading.applications import Chosen, applications
from ektp.reading.deadlines import Asked, coming, detailed, overdue_groups
from ektp.reading.overdue import OVERDUE
from ektp.reading.snapshot import snapshot
from ektp.reading.timeline import timeline
from ektp.reading.waiting_events import waiting_events, waiting_groups
from ektp.storage.engine import transaction
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres
from workflows.card_issuance import Party, State
from workflows.print_queue import Lane

ROUNDS: Final = 15
# As a regency has it after three years: most are over, many wait for a blanko, some in each situation, overdue or not.
SPREAD: Final = """
update applications set
    office = '33.74.' || lpad((1 + hashtext(resi) & 15)::text, 2, '0'),
    recorded = ektp_now() - (1 + (hashtext(resi || 'r') & 1023)) * interval '1 day',
    state = to_be.state, situation = to_be.situation,
    lane = case when to_be.state <> 'verified' then 'new' when hashtext(resi || 'l') & 16383 = 0 then 'urgent'
        when hashtext(resi || 'l') & 7 = 0 then 'new' else 'backlog' end,
    queued = case when to_be.state = 'verified' then recorded end,
    due_at = case when to_be.state = 'collected' then null
        else ektp_now() + (hashtext(resi || 'd') & 63) * interval '1 hour' end,
    timers = case when to_be.state <> 'collected' and hashtext(resi || 'o') & 1023 < %(overdue)s
        then '{"since": "2026-01-01T00:00:00+00:00", "moment": "2026-01-01T00:00:00+00:00", "passed": 1}'::json
        else '{"since": "2026-01-01T00:00:00+00:00", "moment": "2026-01-01T00:00:00+00:00"}'::json end
from (values (0, 200, 'collected', 'collected'), (200, 400, 'verified', 'without-blanko'),
    (400, 440, 'printed', 'printed'), (440, 460, 'recorded', 'no-news'), (460, 480, 'recorded', 'sent-for-enrolment'),
    (480, 490, 'allocated', 'allocated'), (490, 500, 'deletion-requested', 'deletion-requested'),
    (500, 505, 're-recording', 'invited'), (505, 511, 'under-review', 'under-review'),
    (511, 512, 'failed', 'search-failed')) as to_be (low, high, state, situation)
where (hashtext(resi || 's') & 511) >= to_be.low and (hashtext(resi || 's') & 511) < to_be.high
"""
TALLIES: Final = """
insert into tallies (office, kind, key, delta) select office, 'state', state, count(*) from applications group by 1, 3
"""
STUCK: Final = f"""
insert into tallies (office, kind, key, delta) select office, 'stuck', situation, count(*) from applications
where {OVERDUE} group by 1, 3
"""  # noqa: S608 - a constant of ours


def main(arguments: Sequence[str]) -> int:
    """Print the median and the slowest of each; exit code 1 when one took longer than a tenth of a second."""
    options = argparse.ArgumentParser("benchmarks listing")
    options.add_argument("--applications", type=int, default=600_000)
    options.add_argument("--overdue", type=int, default=280, help="of 1024 that are open")
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url:
            town = Town(url)
            town.copy("list", given.applications, DUE)
            _fill(town.engine, given.overdue)
            print(f"PostgreSQL {postgres.version}, {given}")
            slowest = max(_timed(town.engine, name, work) for name, work in _works(town.engine).items())
            town.engine.dispose()
    finally:
        postgres.remove()
    return int(slowest > 0.1)


def _fill(engine: Engine, overdue: int) -> None:
    with transaction(engine) as connection:
        connection.execute("set local statement_timeout = 0")
        connection.execute(SPREAD, {"overdue": overdue})
        connection.execute("delete from tallies where kind in ('state', 'stuck')")
        connection.execute(TALLIES)
        connection.execute(STUCK)
        connection.execute("analyze applications, tallies")


def _works(engine: Engine) -> dict[str, Callable[[Any], object]]:
    """Return what is timed, each in a snapshot of its own."""
    lists = {
        "everything": Chosen(),
        "everything, newest first": Chosen(newest=True),
        "state": Chosen(state=State.RECORDED),
        "regency": Chosen(office="33.74"),
        "kecamatan and cause": Chosen(office="33.74.10", cause="search-failed"),
        "cause": Chosen(cause="without-blanko"),
        "few in a lane": Chosen(lane=Lane.URGENT),
        "age, of the newest": Chosen(age=1022, newest=True),
        "overdue": Chosen(overdue=True),
        "overdue in a regency": Chosen(office="33.74", overdue=True, newest=True),
        "whose move": Chosen(move=Party.RESIDENT),
        "nothing found": Chosen(cause="recovered-by-hand", office="33.74.10"),
    }
    works: dict[str, Callable[[Any], object]] = {name: partial(_page, chosen) for name, chosen in lists.items()} | {
        "a viewer of three kecamatan": lambda it: applications(
            it, PLAIN, Chosen(overdue=True), offices=("33.74.01", "33.74.02", "33.74.16"), limit=50
        ),
        "the groups of what is overdue": lambda it: overdue_groups(it, PLAIN, Asked()),
        "and what comes next to a hundred": lambda it: detailed(it, PLAIN, overdue_groups(it, PLAIN, Asked())[:100]),
        "what comes due": lambda it: coming(it, PLAIN, Asked()),
        "what comes due in a kecamatan": lambda it: coming(it, PLAIN, Asked(office="33.74.10", cause="search-failed")),
        "events that wait too long": lambda it: (waiting_groups(it, PLAIN, Asked()), waiting_events(it, Asked())),
    }
    with transaction(engine) as connection:
        row = connection.execute("select application from history where application is not null limit 1").fetchone()
    assert row is not None
    return works | {"the line of time of one": lambda it: timeline(it, row[0], PLAIN)}


def _page(chosen: Chosen, connection: Any) -> object:  # noqa: ANN401 - a connection
    return applications(connection, PLAIN, chosen, limit=50)


def _timed(engine: Engine, name: str, work: Callable[[Any], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with snapshot(engine) as connection:
            work(connection)
        took.append(time.perf_counter() - began)
    print(f"{name}: median {statistics.median(took) * 1000:.1f} ms, slowest {max(took) * 1000:.1f} ms", flush=True)
    return statistics.median(took)
