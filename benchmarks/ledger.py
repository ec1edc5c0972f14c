"""What the ledger costs: a delivery received and moved by its range, beside cards that are printed one by one."""

import argparse
import logging
import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.logs import configure
from ektp.reading.snapshot import snapshot
from ektp.reading.stock import stock
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.secrets.vault import Vault
from ektp.verification.invariants import verify
from schemas.submission import Submission
from tests.histories import History
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres
from tests.stock import OTHER, moved, received, supplied, told

ROUNDS: Final = 5
BATCH: Final = 500


def main(arguments: Sequence[str]) -> int:
    """Print the seconds for each range, and the events a second of cards with and without counted supplies."""
    options = argparse.ArgumentParser("benchmarks ledger")
    options.add_argument("--blanko", type=int, default=10_000)
    options.add_argument("--cards", type=int, default=2000)
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=True).start()
    try:
        print(f"PostgreSQL {postgres.version}, {given.blanko:,} blanko, the quickest of {ROUNDS} rounds")
        with postgres.database() as url:
            upgrade(url)
            engine = engine_for(url)
            _ranges(engine, given.blanko)
            _cards(engine, given.cards)
            _read(engine)
            engine.dispose()
    finally:
        postgres.remove()
    return 0


def _ranges(engine: Engine, count: int) -> None:
    quickest: dict[str, float] = {}
    journal = _journal(engine)
    for number in range(ROUNDS):
        first, last = f"B{number}-{1:07}", f"B{number}-{count:07}"
        for what, event in (
            ("receive", received(first, last, delivery_note=f"N-{number}")),
            ("transfer", moved("transferred", first, last, to="33.74.10")),
            ("lend", moved("lent", first, last, "33.74.10", to=OTHER)),
            ("take back", moved("came-back", first, last, "33.74.10")),
        ):
            used = _apply(journal, told(event))
            quickest[what] = min(quickest.get(what, used), used)
    for what, used in quickest.items():
        print(f"  {what:<10}{used * 1000:>6.0f} ms")


def _cards(engine: Engine, count: int) -> None:
    """Print cards of an office that counts no supplies, then of the same that counts them."""
    journal = _journal(engine)
    for what in ("no supplies counted", "a ribbon counted"):
        if what.startswith("a ribbon"):
            _apply(journal, told(supplied("supplies-received"), supplied("supply-loaded", printer="printer1")))
        histories = [History().recorded().verified().allocated().printed().collected() for _ in range(count)]
        events = [event for step in zip(*(one.submissions() for one in histories), strict=True) for event in step]
        used = sum(_apply(journal, events[at : at + BATCH]) for at in range(0, len(events), BATCH))
        print(f"  {len(events):,} events of cards, {what}: {len(events) / used:.0f}/s")


def _read(engine: Engine) -> None:
    began = time.perf_counter()
    with snapshot(engine) as connection:
        offices = len(stock(connection, PLAIN))
    print(f"  stock of {offices} offices read in {(time.perf_counter() - began) * 1000:.1f} ms")
    began = time.perf_counter()
    wrong = [finding.name for finding in verify(engine, PLAIN) if finding.violations]
    if wrong:
        raise SystemExit(f"violated: {', '.join(wrong)}")
    print(f"  verified in {time.perf_counter() - began:.1f} s")


def _apply(journal: Journal, batch: Sequence[Submission]) -> float:
    began = time.perf_counter()
    outcomes = journal.apply(batch)
    used = time.perf_counter() - began
    if parked := [outcome.reason for outcome in outcomes if outcome.outcome == "parked"]:
        raise SystemExit(f"parked: {parked[0]}")
    return used


def _journal(engine: Engine) -> Journal:
    vault = Vault(b"s" * 32, b"n" * 32)
    return Journal(PostgresBooks(engine, vault), vault, PLAIN)
