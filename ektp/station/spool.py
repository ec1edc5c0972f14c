"""The spool: one SQLite file in which every event stays until 30 days after the centre has it.

Each row's body is sealed; what stands in clear names no person. A row that was written is on the disk: TRUNCATE syncs
the journal after each commit, which DELETE does not, and FULL syncs the rest.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ektp.station.errors import KeyDiffers, SpoolBusy, SpoolFull, SpoolUnusable
from ektp.station.parcels import Entry, Parcel, Said
from ektp.station.sealing import Seal

KEPT: Final = 30 * 86_400  # seconds after the centre has it
# Time that passes while nobody looks counts a week at most: a clock set wrong by years must not empty the spool.
_LEAP: Final = 7 * 86_400
_BUSY: Final = 30.0  # seconds
_SCHEMA: Final = """
create table if not exists events (
    number integer primary key autoincrement, id text not null unique, name text not null, day text not null,
    occurred real not null, spooled real not null, sequence integer not null, sealed blob not null,
    answered real, said text, confirmed real, lived real
);
create index if not exists unsent on events (number) where confirmed is null;
create index if not exists confirmed on events (confirmed) where confirmed is not null;
create table if not exists words (id text primary key, kind text not null, event text, at text not null, data text);
create table if not exists facts (name text primary key, value blob not null) without rowid;
"""
_CONFIRM: Final = "update events set answered = ?, said = ?, confirmed = ?, lived = ? where id = ?"
_ANSWER: Final = "update events set answered = ?, said = ? where id = ? and confirmed is null"
_FORGET_WORDS: Final = """
delete from words where rowid in (select rowid from words order by at desc, rowid desc limit -1 offset 10000)
"""


class Spool:
    """One station's spool; opens the file at once, and makes it. Every method raises SpoolUnusable.

    Without a seal it can be counted and not be read. With one that is not its own it raises KeyDiffers.
    """

    def __init__(self, path: Path, seal: Seal | None = None, *, most_pages: int | None = None) -> None:
        self._path, self._seal = path, seal
        with self._watched():
            self._database = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
        try:
            self._prepare(most_pages)
            path.chmod(0o600)
            if seal is not None:
                self._check(seal)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator["Pen"]:
        """Keep everything that is written in the block, on the disk when it ends, or nothing."""
        with self._transaction():
            yield Pen(self._database, self._seal_of_mine())

    def unsent(self, after: int, most: int) -> list[Parcel]:
        """Return the oldest events after a number that the centre has not confirmed; a damaged one has no body."""
        seal = self._seal_of_mine()
        query = (
            "select number, id, name, occurred, spooled, sealed from events"
            " where confirmed is null and number > ? order by number limit ?"
        )
        with self._watched():
            rows = self._database.execute(query, (after, most)).fetchall()
        return [Parcel._make((*row[:5], _opened(seal, row[5], row[1]))) for row in rows]

    def answer(self, said: Mapping[str, Said], now: float, skew: float | None = None) -> None:
        """Write down what the centre said about events, by id, and how far off this clock is: all or nothing."""
        lived = self._lived()
        confirmed = [(now, one, now, lived, event) for event, one in said.items() if one is Said.CONFIRMED]
        others = [(now, one, event) for event, one in said.items() if one is not Said.CONFIRMED]
        with self._transaction():
            self._database.executemany(_CONFIRM, confirmed)
            self._database.executemany(_ANSWER, others)
            if confirmed:
                self._database.execute("insert or replace into facts values ('contact', ?)", (now,))
            if skew is not None:
                self._database.execute("insert or replace into facts values ('skew', ?)", (skew,))

    def send_again(self, since: float) -> int:
        """Make what was confirmed or spooled since then unsent again, and return how many these are."""
        query = (
            "update events set confirmed = null, lived = null"
            " where confirmed is not null and (confirmed >= ? or spooled >= ?)"
        )
        with self._transaction():
            return self._database.execute(query, (since, since)).rowcount

    def forget(self, now: float) -> int:
        """Delete what the centre has had for 30 days, and return how many these were."""
        looked = self.fact("looked")
        passed = 0.0 if looked is None else min(max(now - looked, 0.0), _LEAP)
        lived = self._lived() + passed
        with self._transaction():
            self._database.execute("insert or replace into facts values ('looked', ?), ('lived', ?)", (now, lived))
            query = "delete from events where confirmed is not null and lived <= ? and confirmed <= ?"
            forgotten = self._database.execute(query, (lived - KEPT, now - KEPT)).rowcount
            self._database.execute(_FORGET_WORDS)
        return forgotten

    def count(self, where: str = "confirmed is null", *values: object) -> int:
        """Return how many events there are of which that is true."""
        return int(self.ask(f"select count(*) from events where {where}", *values)[0][0])  # noqa: S608 - our own words

    def fact(self, name: str) -> float | None:
        """Return a number that was written down: sequence, contact, looked, lived."""
        rows = self.ask("select value from facts where name = ?", name)
        return float(rows[0][0]) if rows else None

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._watched():
            return self._database.execute(query, values).fetchall()

    def tell(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Write rows, all of them or none."""
        with self._transaction():
            self._database.executemany(query, rows)

    def _prepare(self, most_pages: int | None) -> None:
        with self._watched():
            for setting in ("journal_mode = truncate", "synchronous = full", "secure_delete = on"):
                self._database.execute(f"pragma {setting}")
            if most_pages is not None:
                self._database.execute(f"pragma max_page_count = {most_pages}")
            self._database.executescript(_SCHEMA)

    def _lived(self) -> float:
        return self.fact("lived") or 0.0

    def _check(self, seal: Seal) -> None:
        known = self.ask("select value from facts where name = 'key'")
        if not known:
            self.tell("insert or ignore into facts values ('key', ?)", [(seal.fingerprint,)])
            known = self.ask("select value from facts where name = 'key'")
        if known[0][0] != seal.fingerprint:
            raise KeyDiffers

    def _seal_of_mine(self) -> Seal:
        if self._seal is None:
            raise KeyDiffers
        return self._seal

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._watched():
            self._database.execute("begin immediate")
            try:
                yield
                self._database.execute("commit")
            finally:
                if self._database.in_transaction:
                    self._database.execute("rollback")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if kind == sqlite3.SQLITE_FULL:
                raise SpoolFull(self._path, str(error)) from None
            if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise SpoolBusy(self._path, str(error)) from None
            raise SpoolUnusable(self._path, str(error)) from None


def _opened(seal: Seal, sealed: bytes, about: str) -> bytes:
    try:
        return seal.open(sealed, about)
    except KeyDiffers:
        return b""  # the key is right, or the spool would not have opened: this row alone is damaged


class Pen:
    """Writes events into the spool within one transaction."""

    def __init__(self, database: sqlite3.Connection, seal: Seal) -> None:
        self._database, self._seal = database, seal
        self._query = "select coalesce((select value from facts where name = 'sequence'), 0)"

    def last_sequence(self) -> int:
        """Return the last of the running numbers."""
        return int(self._database.execute(self._query).fetchone()[0])

    def body_of(self, event: str) -> bytes | None:
        """Return the body that is kept under an id, None where there is none. Raises KeyDiffers."""
        row = self._database.execute("select sealed from events where id = ?", (event,)).fetchone()
        return self._seal.open(row[0], event) if row else None

    def keep(self, entry: Entry, now: float) -> None:
        """Write one event; its number is used up."""
        row = (entry.id, entry.name, entry.day, entry.occurred, now, entry.sequence)
        self._database.execute(
            "insert into events (id, name, day, occurred, spooled, sequence, sealed) values (?, ?, ?, ?, ?, ?, ?)",
            (*row, self._seal.seal(entry.body, entry.id)),
        )
        used = max(entry.sequence, self.last_sequence())
        self._database.execute("insert or replace into facts values ('sequence', ?)", (used,))
