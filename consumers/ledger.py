"""The fold's ledger: each serial follows its turns and its office's word, and every step of it is a movement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from consumers.books import Moved
from consumers.outcome import OutcomeKind
from schemas.serials import serials
from workflows.ledger import (
    MOVEMENTS,
    Blanko,
    Delivery,
    Refused,
    Word,
    contradicts,
    followed,
    is_anothers,
    moved,
    received,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from consumers.books import Application, Changes
    from consumers.entry import Entry
    from workflows.facts import Fact
    from workflows.standing import Standing

RECEIVED: Final = "blanko-received"
MOVED: Final = "blanko-moved"
#: Events about serials from one to another.
OF_A_RANGE: Final = frozenset({RECEIVED, MOVED})
STOCK: Final = "stock"
LOAN: Final = "loan"


class Ledger:
    """The serials as one batch sees and changes them, in `blankos`; `changes` gets rows, movements and counts."""

    def __init__(self, blankos: dict[str, Blanko], changes: Changes) -> None:
        self._blankos = blankos
        self._changes = changes

    def find(self, fact: Fact) -> Blanko | None:
        """Return the serial that the fact names, if the ledger knows it."""
        return self._blankos.get(fact.blanko or "")

    def is_anothers(self, fact: Fact, application: UUID | None) -> bool:
        """Tell whether the fact's blanko is bound to another application."""
        return is_anothers(self._blankos.get(fact.blanko or ""), application)

    def denies(self, fact: Fact, application: UUID, before: Standing, after: Standing) -> bool:
        """Tell whether the fact takes a blanko from where an office's word has put it."""
        known = self._blankos.get(fact.blanko or "")
        return contradicts(known, before.turn_of(fact.blanko), after.turn_of(fact.blanko), application)

    def office_of(self, serial: str) -> str:
        """Return where a serial lies, or lay when it left."""
        return self._blankos[serial].office

    def follow(self, entry: Entry, before: Application, after: Application) -> None:
        """Let each serial follow its own turn, whatever became of the application."""
        if before.standing.turns == after.standing.turns:
            return
        for turn in after.standing.turns:
            earlier = before.standing.turn_of(turn.blanko)
            if earlier is not None and earlier.place == turn.place:
                continue
            known = self._blankos.get(turn.blanko)
            office = entry.fact.office or after.standing.office
            row = followed(known, turn, after.id, office)
            if row != known:
                self._put(entry.id, known, row)

    def note(self, entry: Entry) -> OutcomeKind | Refused:
        """Take an office's word about a range: all of it, or nothing."""
        data = entry.data
        rows: list[Blanko] = []
        for row in self._told(entry.name, data):
            if isinstance(row, Refused):
                return row
            if row is not None:
                rows.append(row)
        if not rows:
            return OutcomeKind.SUPERSEDED
        self._lend(entry.name, data, rows)
        for row in rows:
            self._put(entry.id, self._blankos.get(row.serial), row)
        return OutcomeKind.APPLIED

    def _told(self, name: str, data: Mapping[str, Any]) -> Iterator[Blanko | Refused | None]:
        known = self._blankos.get
        every = serials(data["first"], data["last"])
        if name == RECEIVED:
            delivery = Delivery(data["office"], data["delivery_note"], data.get("from"))
            return (received(known(serial), serial, delivery) for serial in every)
        word = Word(data["office"], data["movement"], data.get("to"))
        return (moved(known(serial), serial, word) for serial in every)

    def _lend(self, name: str, data: Mapping[str, Any], rows: list[Blanko]) -> None:
        """Count what another office owes to this one: more by what was given, less by what came."""
        office, tallies = data["office"], self._changes.tallies
        if name == RECEIVED:
            if data.get("as", "delivery") != "delivery":
                tallies[office, LOAN, data["from"]] -= len(rows)
        elif MOVEMENTS[data["movement"]].is_loan:
            tallies[office, LOAN, data["to"]] += len(rows)
        elif data["movement"] == "came-back":
            for row in rows:
                if holder := self._blankos[row.serial].holder:
                    tallies[office, LOAN, holder] -= 1

    def _put(self, event: UUID, known: Blanko | None, row: Blanko) -> None:
        changes, serial = self._changes, row.serial
        self._blankos[serial] = changes.blankos[serial] = row
        if known is None:
            changes.named.add(serial)
            changes.movements.append(Moved(event, serial, None, None, row.office, row.place))
        else:
            changes.movements.append(Moved(event, serial, known.office, known.place, row.office, row.place))
            changes.tallies[known.office, STOCK, known.place] -= 1
        changes.tallies[row.office, STOCK, row.place] += 1
