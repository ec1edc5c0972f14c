"""The journal's books in memory: a hand-written twin of the PostgreSQL store for tests of the rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from consumers.books import Application, Asked, Changes, Held, Known, Moved, Parked, Suket, Written
from consumers.ports import Letter
from tests.histories import NOON
from workflows.card_issuance import END_STATES
from workflows.ledger import Blanko
from workflows.steps.step import NewStep
from workflows.timers import Outage


class PlainVault:
    """A vault without secrets."""

    def key_of(self, nik: str) -> bytes:
        """Digest the NIK."""
        return sha256(nik.encode()).digest()

    def digest(self, body: bytes) -> bytes:
        """Digest the body."""
        return sha256(body).digest()

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Keep it as it is."""
        return about + plain


class MemoryBooks:
    """All rows in dictionaries; a page that fails leaves them as they were. `failures` are raised before a commit."""

    def __init__(self) -> None:
        self.applications: dict[UUID, Application] = {}
        self.history: dict[UUID, Written] = {}
        self.held: dict[UUID, Held] = {}
        self.parked: dict[UUID, Parked] = {}
        self.repaired: dict[UUID, str] = {}
        self.blankos: dict[str, Blanko] = {}
        self.movements: list[Moved] = []
        self.letters: list[tuple[UUID, Letter]] = []
        self.steps: dict[str, NewStep] = {}
        self.tallies: Counter[tuple[str, str, str]] = Counter()
        self.failures: list[Exception] = []
        self.refuses: dict[UUID, Exception] = {}
        self.outages: list[Outage] = []
        self.sukets: list[Suket] = []
        self.now: datetime = NOON

    @contextmanager
    def open(self) -> Iterator["MemoryPage"]:
        """Give a page; what it wrote counts only if the block ends well."""
        page = MemoryPage(self)
        yield page
        if self.failures:
            raise self.failures.pop(0)
        for changes in page.written:
            self._keep(changes)

    def waiting_for_niks(self, freed: Iterable[bytes] | None) -> list[UUID]:
        """Return who is held for a NIK that nobody holds open any more."""
        wanted = None if freed is None else set(freed)
        taken = {row.nik_key for row in self.applications.values() if row.state not in END_STATES}
        return [
            held.entry.application
            for held in self.held.values()
            if held.waits_for == "nik-has-open-application"
            and held.entry.nik_key not in taken
            and (wanted is None or held.entry.nik_key in wanted)
            and held.entry.application
        ]

    def _keep(self, changes: Changes) -> None:
        for written in changes.history:
            if error := self.refuses.get(written.entry.id):
                raise error
        self.applications.update(changes.applications)
        self.history.update({row.entry.id: row for row in changes.history})
        for released in changes.released:
            del self.held[released]
        self.held.update(changes.held)
        for told in changes.overdue_held & set(self.held):
            self.held[told] = self.held[told]._replace(due=None)
        self.parked.update(changes.parked)
        self.repaired.update(changes.repaired)
        self._note_outages(changes)
        self.blankos.update(changes.blankos)
        self.movements.extend(changes.movements)
        self.letters.extend(changes.letters)
        for step in changes.steps:
            self.steps.setdefault(step.key, step)
        self.tallies.update(changes.tallies)
        self._note_sukets(changes)

    def _note_sukets(self, changes: Changes) -> None:
        self.sukets = [
            one._replace(withdrawn=self.now, because=changes.sukets_ended[one.application])
            if one.withdrawn is None and one.application in changes.sukets_ended
            else one
            for one in self.sukets
        ]
        self.sukets += changes.sukets

    def _note_outages(self, changes: Changes) -> None:
        for entry in changes.outages:
            if entry.name == "outage-declared":
                begins, ends = entry.data["from"], entry.data.get("until")
                self.outages.append(Outage(entry.subject, _moment(begins), _moment(ends) if ends else None))
            else:
                ended, about = min(entry.time, self.now), (entry.subject, None)
                self.outages = [
                    one._replace(ends=max(one.begins, ended)) if (one.subject, one.ends) == about else one
                    for one in self.outages
                ]


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


class MemoryPage:
    """One transaction on the dictionaries."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books
        self.written: list[Changes] = []

    def read(self, asked: Asked) -> Known:
        """Return what is known; nothing can be locked, for there is only one of us."""
        books = self._books
        subjects = set(asked.subjects)
        held: dict[UUID, list[Held]] = {}
        for row in books.held.values():
            if row.entry.application in subjects:
                held.setdefault(row.entry.application, []).append(row)
        claimed: dict[UUID, Any] = {**books.history, **books.held}
        return Known(
            now=books.now,
            digests={one: claimed[one].entry.digest for one in asked.ids if one in claimed},
            parked={
                one.id: one.reason
                for one in books.parked.values()
                if one.digest in asked.digests or one.id in asked.repairs
            },
            applications={one: books.applications[one] for one in subjects if one in books.applications},
            held=held,
            blankos=dict(books.blankos),
            open_niks={row.nik_key: row.id for row in books.applications.values() if row.state not in END_STATES},
            outages=books.outages,
            supplies={(office, key): n for (office, kind, key), n in books.tallies.items() if kind == "supply"},
        )

    def write(self, changes: Changes) -> None:
        """Keep the changes for the commit."""
        self.written.append(deepcopy(changes))
