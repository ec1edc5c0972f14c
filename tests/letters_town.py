"""A town in memory in which people wait for blanko: days go by, letters are issued, cards come or fail."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from consumers.books import Application, Suket
from consumers.journal import Journal
from tests.histories import OFFICE, History, said
from tests.memory_books import MemoryBooks, PlainVault
from tests.memory_due import MemoryDue, timekeeper_in_memory
from tests.plain_time import PLAIN
from workflows.ledger import Blanko
from workflows.timekeeping import Timekeeping

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
CLOSING: Final = timedelta(hours=6)  # from the morning's nine o'clock to three in the afternoon
DAY: Final = timedelta(days=1)


class LettersTown:
    """Residents who were verified on a Monday morning, and no blanko at all."""

    def __init__(self, residents: int = 1, keeping: Timekeeping = PLAIN, **recorded: Any) -> None:
        """Record and verify them; *recorded* is what the recordings say besides the usual."""
        self.books = MemoryBooks()
        self.books.now = MONDAY
        self.journal = Journal(self.books, PlainVault(), keeping)
        self.timekeeper = timekeeper_in_memory(MemoryDue(self.books), self.journal, keeping, most=0)
        self.people = [History() for _ in range(residents)]
        for number, one in enumerate(self.people):
            usual = {"nik": one.nik, "office": OFFICE, "attempt": 1, "channel": "kecamatan", "reason": "first"}
            self.tell(number, "recorded", enrolment=f"E-{number}", **usual, **recorded)
            self.tell(number, "data-verified", station="centre", attempt=1)
        self._serials = 0

    def tell(self, number: int, name: str, **data: Any) -> None:
        """Say something about the resident of this number, now."""
        self.journal.apply([said(self.people[number].application, name, at=self.books.now, **data)])

    def deliver(self, count: int) -> None:
        """Put blanko on the regency's shelf."""
        for _ in range(count):
            self._serials += 1
            serial = f"BL{self._serials:08d}"
            self.books.blankos[serial] = Blanko(serial, "33.74", "in-stock", None)

    def free(self) -> list[str]:
        """Return the serials that lie free."""
        return [row.serial for row in self.books.blankos.values() if row.place == "in-stock"]

    def allocate(self, number: int) -> None:
        """Give this resident a blanko that lies free."""
        turn = len(self.application(number).standing.turns) + 1
        self.tell(number, "blanko-allocated", blanko=self.free()[0], office="33.74", turn=turn)

    def print(self, number: int, *, spoiled: bool = False) -> None:
        """Print the newest blanko of this resident, or spoil it."""
        turn = self.application(number).standing.turns[-1]
        data = {"blanko": turn.blanko, "printer": "printer1", "turn": turn.number}
        if spoiled:
            self.tell(number, "print-failed", cause="the ribbon tore", **data)
        else:
            self.tell(number, "printed", **data)

    def application(self, number: int = 0) -> Application:
        """Return how it stands with this resident."""
        return self.books.applications[self.people[number].application]

    def days(self, count: int) -> None:
        """Let so many days go by, with a sweep each afternoon."""
        for _ in range(count):
            self.sweep()
            self.books.now += DAY - CLOSING

    def sweep(self) -> list[Suket]:
        """Sweep when the offices close; return the letters that it issued."""
        before = len(self.books.sukets)
        self.books.now += CLOSING
        self.timekeeper.sweep(10_000)
        return self.books.sukets[before:]

    def in_force(self, number: int = 0) -> list[Suket]:
        """Return the letters of this resident that were not withdrawn."""
        return [one for one in self.letters(number) if one.withdrawn is None]

    def letters(self, number: int = 0) -> list[Suket]:
        """Return every letter of this resident, the first first."""
        return [one for one in self.books.sukets if one.application == self.people[number].application]

    def notices(self, number: int = 0) -> list[dict[str, Any]]:
        """Return what was told of this resident."""
        about: UUID = self.people[number].application
        return [
            json.loads(letter.body)
            for application, letter in self.books.letters
            if application == about and letter.exchange == "ektp.notices"
        ]
