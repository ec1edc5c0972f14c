"""What giving out costs: many wait, many blanko arrive at once, and a consumer's journal takes in events meanwhile."""

import argparse
import json
import logging
import multiprocessing
import os
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from multiprocessing.synchronize import Event
from typing import Final

from benchmarks.processes import cpu_seconds, parent
from consumers.journal import Journal
from ektp.logs import configure
from ektp.running.garbage import settle_down
from ektp.storage.engine import engine_for, transaction
from ektp.storage.migrate import upgrade
from ektp.storage.simulated_clock import begin_simulation
from schemas.submission import Door, read_line
from tests.histories import History
from tests.printing_town import PrintingTown
from tests.servers.postgres import PrivatePostgres

NOW: Final = datetime(2017, 12, 28, 3, tzinfo=UTC)
QUEUE: Final = {"backlog_before": date(2017, 10, 1), "weights": {"backlog": 5, "new": 4}}
# Recorded one after the other over 450 days, the last hundred of them new.
COPIES: Final = """
insert into applications (id, version, state, attempt, office, standing, notices, requests, nik_key, resi, recorded,
    since, timers, due_at, prints_at, lane, queued)
select gen_random_uuid(), version, state, attempt, office, standing, notices, requests,
    decode(md5('copy' || number), 'hex'), 'copy' || number, moment, moment, timers, due_at, prints_at,
    case when moment < '2017-09-30 17:00+00' then 'backlog' else 'new' end, moment - interval '30 days'
from (select * from applications limit 1) as one cross join
    (select number, %(now)s - number * interval '450 days' / %(count)s as moment
     from generate_series(1, %(count)s) as number) as many
"""
# All of a lane have the same head start here: who waits must have been recorded after all that were served.
ORDER: Final = """
select count(*) from (
    select recorded < '2017-09-30 17:00+00' as old, min(recorded) filter (where state = 'verified') as first,
        max(recorded) filter (where state = 'allocated') as last
    from applications group by 1) as lanes where first < last
"""
SHARES: Final = """
select split_part(data->>'because', ',', 1), count(*) from history
where type = 'id.ektp.blanko-allocated.v1' and outcome = 'applied' group by 1 order by 1
"""


def main(arguments: Sequence[str]) -> int:
    """Print how many blanko a second were given out, in which order, and how many events came in meanwhile."""
    options = argparse.ArgumentParser("benchmarks allocate")
    options.add_argument("--waiting", type=int, default=120_000)
    options.add_argument("--blanko", type=int, default=10_000)
    options.add_argument("--alone", action="store_true", help="no events meanwhile")
    given = options.parse_args(arguments)
    configure(None, level=logging.WARNING)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url:
            _measure(url, given.waiting, given.blanko, alone=given.alone)
    finally:
        postgres.remove()
    return 0


def _measure(url: str, waiting: int, blanko: int, *, alone: bool) -> None:
    upgrade(url)
    town = PrintingTown(engine_for(url), queue=QUEUE)
    begin_simulation(town.engine, NOW)
    town.waits(NOW - timedelta(days=460))
    with transaction(town.engine) as connection:
        connection.execute("set local statement_timeout = 0")
        connection.execute(COPIES, {"now": NOW, "count": waiting})
    town.allocator.allocate()  # places everybody by the rules, which is no part of giving out
    with town.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze applications")
    town.deliver(blanko)
    context = multiprocessing.get_context("spawn")
    begun, ended, counts = context.Event(), context.Event(), context.Queue()
    beside = context.Process(target=_take_in, args=(url, begun, ended, counts))
    if not alone:
        beside.start()
        begun.wait(60)
    settle_down()  # as every process of ours does
    with town.engine.connect() as connection:
        server = parent(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())
    began, used = time.perf_counter(), {pid: cpu_seconds(pid) for pid in (os.getpid(), server)}
    done = town.allocator.allocate()
    seconds = time.perf_counter() - began
    spent = {pid: (cpu_seconds(pid) - before) / done.applied * 1e6 for pid, before in used.items()}
    ended.set()
    print(
        f"{waiting:,} wait, {done.applied:,} of {blanko:,} given out in {seconds:.2f} s: {done.applied / seconds:.0f}/s"
    )
    if alone:
        print(f"  CPU microseconds each: allocator {spent[os.getpid()]:.0f}, PostgreSQL {spent[server]:.0f}")
    else:
        print(f"  meanwhile {counts.get(timeout=60):.0f} plain events/s were taken in")
        beside.join(60)
    print("  by lane: " + ", ".join(f"{lane} {count}" for lane, count in town.asked(SHARES)))
    ((overtaken,),) = town.asked(ORDER)
    if overtaken or done.applied < min(blanko, waiting):
        raise SystemExit(f"{overtaken} were overtaken, {done.applied} given out")
    town.engine.dispose()


def _take_in(url: str, begun: Event, ended: Event, counts: "multiprocessing.Queue[float]") -> None:
    """Take in recordings and failed searches until it is over; tell how many a second."""
    configure(None, level=logging.WARNING)
    engine = engine_for(url)
    town = PrintingTown(engine, queue=QUEUE)
    journal, number, started = town.open_journal(), 0, 0.0
    settle_down()
    while not ended.is_set():
        number += _batch(journal)
        if not started:
            begun.set()
            number, started = 0, time.perf_counter()
    counts.put(number / (time.perf_counter() - started))
    engine.dispose()


def _batch(journal: Journal) -> int:
    """Take in 250 recordings, then what the centre says of them."""
    histories = [History().recorded().failed("SEARCH_FAILURE_AT_CENTRAL") for _ in range(250)]
    for step in (0, 1):
        lines = [json.dumps(one.events[step]).encode() for one in histories]
        journal.apply([read_line(line, door=Door.AMQP, sender="st337401") for line in lines])
    return 2 * len(histories)
