"""The memory of the processes over many events: rounds of the same load through the same consumer and relay."""

import argparse
from collections.abc import Sequence

import psycopg

from benchmarks.intake import APPLIED, UNSENT, dispatch, preload, processes, until
from benchmarks.processes import memory
from ektp.storage.migrate import upgrade
from tests.histories import happy
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit


def main(arguments: Sequence[str]) -> int:
    """Print the memory of each process after every round; exit 1 where it grew by more than a tenth after the first."""
    options = argparse.ArgumentParser("benchmarks soak")
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--applications", type=int, default=20_000, help="in each round, five events each")
    given = options.parse_args(arguments)
    rabbit, postgres = PrivateRabbit().launch(), PrivatePostgres(durable=False).start()
    rabbit.wait()
    try:
        with rabbit.vhost() as url, postgres.database() as database:
            upgrade(database)
            first, last = rounds(url, database, given.rounds, given.applications)
    finally:
        postgres.remove()
        rabbit.remove()
    grown = [name for name in first if last[name] > first[name] * 1.1]
    print("memory grew: " + ", ".join(grown) if grown else "memory is flat")
    return 1 if grown else 0


def rounds(url: str, database: str, number: int, applications: int) -> tuple[dict[str, int], dict[str, int]]:
    """Let so many rounds pass; return the memory in MiB after the first and after the last."""
    seen: list[dict[str, int]] = []
    with psycopg.connect(database, autocommit=True) as store, processes(url, database, 1) as running:
        for turn in range(1, number + 1):
            numbers = range((turn - 1) * applications + 1, turn * applications + 1)
            histories = [happy(one).events for one in numbers]
            preload(url, [dispatch(history[step]) for step in range(5) for history in histories])
            until(store, APPLIED, turn * applications * 5)
            until(store, UNSENT, False)
            seen.append({name: memory(pid) for name, pid in running.items()})
            told = ", ".join(f"{name} {size} MiB" for name, size in seen[-1].items())
            print(f"{turn * applications * 5:>9,} events: {told}", flush=True)
    return seen[0], seen[-1]
