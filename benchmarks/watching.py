"""What watching the stations costs: noting a batch beside applying it, and one look at many stations."""

import argparse
import json
import logging
import statistics
import time
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, text

from consumers.front_door import submission_of
from consumers.journal import Journal
from consumers.ports import Message
from ektp.logs import configure
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.secrets.vault import Vault
from ektp.storage.stations.sightings import PostgresSightings
from ektp.storage.stations.watching import PostgresStationWatch
from tests.histories import happy
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres
from workflows.stations import Thresholds

BATCH: Final = 500
STATIONS: Final = 16
_MANY: Final = """
insert into stations (name, role, office, token, secret, added_by)
select 'w' || n, 'station', '33.74.10', n::text::bytea, '', 'bench' from generate_series(1, :count) as n
"""
_SEEN: Final = """
insert into sightings (station, office, last_contact, arrived)
select 'w' || n, '33.74.10', ektp_now(), int8multirange(int8range(1, 10000)) from generate_series(1, :count) as n
"""


def main(arguments: Sequence[str]) -> int:
    """Print how much longer a batch takes that is noted, and the seconds of one look."""
    options = argparse.ArgumentParser("benchmarks watching")
    options.add_argument("--applications", type=int, default=4000)
    options.add_argument("--stations", type=int, default=7000)
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        with postgres.database() as url:
            upgrade(url)
            engine = engine_for(url)
            print(f"PostgreSQL {postgres.version}, {given.applications} applications x 5 events, {STATIONS} stations")
            _note(engine, given.applications)
            _look(engine, given.stations)
            engine.dispose()
    finally:
        postgres.remove()
    return 0


def _note(engine: Engine, applications: int) -> None:
    vault = Vault(b"s" * 32, b"n" * 32)
    journal, watch = Journal(PostgresBooks(engine, vault), vault, PLAIN), PostgresSightings(engine, flushed=True)
    applied, noted = list[float](), list[float]()
    messages = _messages(applications)
    for at in range(0, len(messages), BATCH):
        batch = messages[at : at + BATCH]
        began = time.perf_counter()
        submissions = [submission_of(one) for one in batch]
        read = time.perf_counter()
        watch.note(batch, submissions)
        between = time.perf_counter()
        journal.apply(submissions)
        applied.append(time.perf_counter() - between + read - began)
        noted.append(between - read)
    extra = sum(noted) / sum(applied)
    print(
        f"read and applied in {statistics.median(applied) * 1000:.1f} ms a batch of {BATCH}, noted in"
        f" {statistics.median(noted) * 1000:.1f} ms: {extra * 100:.1f} % more"
    )


def _messages(applications: int) -> list[Message]:
    """Return all recordings first, each of one of the stations with its running number, then all that follows."""
    histories = [happy(number).events for number in range(1, applications + 1)]
    found = []
    for step in range(5):
        for number, history in enumerate(histories):
            event = history[step]
            if step == 0:
                event = {**event, "source": f"/stations/st3374{number % STATIONS:02}", "sequence": str(number)}
            found.append(_message(event))
    return found


def _message(event: dict[str, Any]) -> Message:
    key = f"{event['type'].split('.')[2]}.{event['source'].rpartition('/')[2]}"
    headers = {"ektp-sent": event["time"], "ektp-unsent": 7}
    body = json.dumps(event).encode()
    return Message(body, "application/cloudevents+json", None, headers, key, None, 0, False, 1)


def _look(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        for statement in (_MANY, _SEEN):
            connection.execute(text(statement), {"count": count})
    watch = PostgresStationWatch(engine, PLAIN, Thresholds())
    watch.watch()
    began = time.perf_counter()
    watch.watch()
    print(f"one look at {count} stations: {time.perf_counter() - began:.2f} s")
