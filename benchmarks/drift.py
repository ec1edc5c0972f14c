"""The counts of the board over very many events, while the consumers that count are killed again and again."""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from ektp.storage.migrate import upgrade
from tests.e2e.pipeline import Pipeline
from tests.e2e.recount import Recount, messages
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit

PART: Final = 50_000  # events that are on their way at a time


def main(arguments: Sequence[str]) -> int:
    """Print events, kills, comparisons and drift after every part; exit 1 where a count was ever wrong."""
    options = argparse.ArgumentParser("benchmarks drift")
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args(arguments)
    rabbit, postgres = PrivateRabbit().launch(), PrivatePostgres(durable=True).start()
    rabbit.wait()
    try:
        with rabbit.vhost() as url, postgres.database() as database, tempfile.TemporaryDirectory() as folder:
            upgrade(database)
            print(f"RabbitMQ {rabbit.version}, PostgreSQL {postgres.version}, seed {given.seed}", flush=True)
            with closing(Pipeline(Path(folder), url, database)) as pipeline:
                return _storm(pipeline, given.events, random.Random(given.seed))  # noqa: S311 - the same storm each time
    finally:
        postgres.remove()
        rabbit.remove()


def _storm(pipeline: Pipeline, events: int, chance: random.Random) -> int:
    began = time.monotonic()
    with closing(Recount(pipeline, chance)) as recount:
        while recount.different < events:
            recount.let_through(messages(min(PART, events - recount.different), chance))
            print(
                f"{recount.different:>9,} events taken in, {recount.repeated:,} came again, {recount.kills} kills; "
                f"{recount.counts:,} counts compared at {recount.moments} moments, drift {recount.drift}; "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
        for example in recount.examples:
            print(f"  {example}")
    return 1 if recount.drift else 0
