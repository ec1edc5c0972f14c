"""The fold's supplies: pieces in store and cards left on each printer, never below nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consumers.ledger import LOAN
from consumers.outcome import OutcomeKind
from schemas.reasons import Reason
from workflows.facts import Kind
from workflows.ledger import Refused
from workflows.supplies import YIELD, loaded_on, owed_by, printer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from consumers.books import Application, Changes
    from consumers.entry import Entry
    from workflows.standing import Turn
    from workflows.timekeeping import Timekeeping

SUPPLY: Final = "supply"
#: What was used though nothing was left by the count, or taken from a store that was empty.
DIFFERENCE: Final = "supply-difference"
RECEIVED: Final = "supplies-received"
MOVED: Final = "supplies-moved"
LOADED: Final = "supply-loaded"
OF_SUPPLIES: Final = frozenset({RECEIVED, MOVED, LOADED})


class Supplies:
    """The supplies of the offices that one batch concerns, in `counts`; an office that counts none has none here."""

    def __init__(self, counts: dict[tuple[str, str], int], keeping: Timekeeping, changes: Changes) -> None:
        self._counts = counts
        self._keeping = keeping
        self._changes = changes

    def note(self, entry: Entry) -> OutcomeKind | Refused:
        """Take an office's word about its supplies."""
        data = entry.data
        office, supply = data["office"], data["supply"]
        if entry.name == LOADED:
            self._load(office, supply, data["printer"])
        elif entry.name == RECEIVED:
            self._add(office, supply, data["count"])
            if data.get("as", "delivery") != "delivery":
                self._changes.tallies[office, LOAN, owed_by(data["from"], supply)] -= data["count"]
        elif data["movement"] == "found":
            self._add(office, supply, data["count"])
        else:
            return self._take(office, supply, data["count"], data["movement"], data.get("to"))
        return OutcomeKind.APPLIED

    def follow(self, entry: Entry, before: Application, after: Application, office_of: Callable[[str], str]) -> None:
        """Take one card's worth of everything loaded on the printer that has printed or spoiled one."""
        fact = entry.fact
        if not self._counts or fact.blanko is None or fact.kind not in (Kind.PRINTED, Kind.PRINT_FAILED):
            return
        if _used(after.standing.turn_of(fact.blanko)) <= _used(before.standing.turn_of(fact.blanko)):
            return
        office, printer = office_of(fact.blanko), entry.data["printer"]
        for counted, key in list(self._counts):
            if counted == office and printer_of(key)[1] == printer:
                self._use(office, key)

    def _take(self, office: str, supply: str, count: int, movement: str, to: str | None) -> OutcomeKind | Refused:
        there = self._counts.get((office, supply), 0)
        if there < count:
            return Refused(Reason.SUPPLIES_NOT_THERE, f"{office} has {there} {supply} in store")
        self._add(office, supply, -count)
        if movement == "transferred" and to is not None:
            self._add(to, supply, count)
        elif to is not None:
            self._changes.tallies[office, LOAN, owed_by(to, supply)] += count
        return OutcomeKind.APPLIED

    def _load(self, office: str, supply: str, printer: str) -> None:
        """Put one piece in; what was left of the one before is thrown away."""
        self._use(office, supply)
        key = loaded_on(supply, printer)
        cards = dict(self._keeping.policy(office).yields).get(supply, YIELD[supply])
        self._add(office, key, cards - self._counts.get((office, key), 0))

    def _use(self, office: str, key: str) -> None:
        if self._counts.get((office, key), 0) > 0:
            self._add(office, key, -1)
        else:
            self._changes.tallies[office, DIFFERENCE, key] += 1

    def _add(self, office: str, key: str, count: int) -> None:
        self._counts[office, key] = self._counts.get((office, key), 0) + count
        self._changes.tallies[office, SUPPLY, key] += count


def _used(turn: Turn | None) -> int:
    """Return how many cards' worth a turn has taken: one if it was printed, one if that had failed before."""
    return 0 if turn is None else turn.printed + turn.failed
