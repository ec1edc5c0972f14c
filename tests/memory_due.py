"""What is due in books in memory: a hand-written twin of the timekeeper's store."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from consumers.due import Claimed, DueApplication, DueHeld, Move, Page, Rules
from consumers.follow_up import view_of
from consumers.journal import Journal
from consumers.rule_changes import RuleChanges
from consumers.timekeeper import Timekeeper
from tests.memory_books import MemoryBooks
from tests.plain_time import PLAIN
from workflows.timekeeping import Timekeeping
from workflows.turns import MOST, Turns, give_turns, minute_of

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class MemoryDue:
    """Everything that is due in the books; what is claimed stays so until it has another time."""

    def __init__(self, books: MemoryBooks) -> None:
        self.books = books
        self.claimed: set[UUID] = set()
        self.rules: dict[str, Rules] = {}
        self.turns: dict[str, Turns] = {}
        self.moves: list[Move] = []

    def claim(self, most: int) -> Claimed:
        """Take the longest due."""
        books = self.books
        rows = [row for row in self._applications() if row.due_at <= books.now and row.id not in self.claimed][:most]
        held = [
            self._held(id_, one.entry.application or id_, one.entry.fact.office or "", one.due)
            for id_, one in books.held.items()
            if one.due is not None and one.due <= books.now
        ]
        held.sort(key=lambda one: (one.due_at, one.id))
        return Claimed(books.now, books.outages, rows, held[: most - len(rows)])

    def _held(self, id_: UUID, application: UUID, office: str, due: datetime) -> DueHeld:
        known = self.books.applications.get(application)
        if known is None:
            return DueHeld(id_, application, office, 1, 0, due)
        return DueHeld(id_, application, known.standing.office, known.standing.attempt, known.version, due)

    def move(self, moves: Sequence[Move]) -> None:
        """Give them their time."""
        self.moves += moves
        for id_, version, due_at in moves:
            if version is None:
                self.books.held[id_] = self.books.held[id_]._replace(due=due_at)
            elif self.books.applications[id_].version == version:
                self.books.applications[id_] = self.books.applications[id_]._replace(due_at=due_at)

    def take_turns(self, now: datetime, wanted: Mapping[str, int], most: int) -> Mapping[str, Sequence[datetime]]:
        """Keep the turns in a dictionary."""
        given = {}
        for office, number in wanted.items():
            known = self.turns.get(office, Turns(LONG_AGO, 0, LONG_AGO, 0))
            self.turns[office], given[office] = give_turns(known, minute_of(now), number, most)
        return given

    def free_stock(self, offices: Collection[str]) -> Mapping[str, int]:
        """Count what lies free."""
        return Counter(
            row.office for row in self.books.blankos.values() if row.place == "in-stock" and row.office in offices
        )

    def seconds_since_sweep(self) -> float:
        """Say that it was just now."""
        return 0.0

    def moment(self) -> datetime:
        """Return the books' time."""
        return self.books.now

    def known(self) -> Mapping[str, Rules | None]:
        """Return the rules of every office there is."""
        offices = {row.standing.office for row in self.books.applications.values()}
        return {office: self.rules.get(office) for office in sorted(offices)}

    def page(self, offices: Collection[str], after: tuple[datetime, UUID] | None, most: int) -> Page:
        """Return so many behind that one."""
        rows = [row for row in self._applications() if row.view.standing.office in offices]
        rows = [row for row in rows if after is None or (row.due_at, row.id) > after][:most]
        last = (rows[-1].due_at, rows[-1].id) if len(rows) == most else None
        return Page(self.books.now, [], rows, last)

    def note(self, rules: Mapping[str, Rules]) -> None:
        """Remember them."""
        self.rules.update(rules)

    def _applications(self) -> list[DueApplication]:
        rows = (
            DueApplication(one.id, one.version, view_of(one), one.timers, one.due_at)
            for one in self.books.applications.values()
            if one.due_at is not None
        )
        return sorted(rows, key=lambda row: (row.due_at, row.id))


class FreeRules:
    """The known rules of the same books, which nobody else is looking at."""

    def __init__(self, due: MemoryDue) -> None:
        self.moment, self.known, self.page, self.note = due.moment, due.known, due.page, due.note

    def claim(self, offices: Collection[str]) -> Collection[str]:
        """Give all of them."""
        return list(offices)


def timekeeper_in_memory(
    due: MemoryDue, journal: Journal, keeping: Timekeeping = PLAIN, most: int = MOST
) -> Timekeeper:
    """Return a timekeeper on these books."""
    return Timekeeper(due, lambda: journal, keeping, RuleChanges(due, FreeRules(due), keeping), most)
