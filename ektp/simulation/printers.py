"""The printers: each card takes its place in a queue, as many a day as the machines can do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from ektp.simulation.agenda import Saying
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.rules import printer_of
from ektp.simulation.town import Town

_ON_A_RIBBON: Final = 500  # cards
_CAUSES: Final = {"the laminate peeled off": 5.0, "the card bent": 3.0, "the chip does not answer": 2.0}


@dataclass(frozen=True, slots=True)
class Card:
    """One blanko given to one application, unprinted or printed."""

    application: str
    blanko: str
    turn: int


class Shelf(Protocol):
    """Where printed cards lie until somebody comes."""

    def put(self, card: Card) -> None:
        """Take a card over from the printer."""


class Stock(Protocol):
    """Where blanko come from."""

    def take_back(self, blanko: str) -> None:
        """Take back a blanko that was not printed."""


class Printers:
    """All printers of the regency; a request goes to the one that is free first."""

    def __init__(self, town: Town, shelf: Shelf, stock: Stock) -> None:
        self._town = town
        self._shelf, self._stock = shelf, stock
        self._free = [town.now] * town.scenario.printers.count
        self._minutes = town.days.minutes / town.scenario.printers.cards_a_day
        self._debt = [0.0] * town.scenario.printers.count  # parts of a minute not yet waited for
        self._printed: Counter[int] = Counter()
        self._jobs: set[Card] = set()
        self._done: set[Card] = set()

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What they do when asked."""
        return {"print-card": self._queue, "void-print": self._void}

    def _queue(self, asked: Heard) -> None:
        card = _card(asked)
        if card in self._jobs or card in self._done or not self._town.people.known(card.application):
            return
        printer = min(range(len(self._free)), key=lambda one: (self._free[one], one))
        minutes = self._minutes + self._debt[printer]
        self._debt[printer] = minutes % 1
        self._free[printer] = self._town.days.later(max(self._free[printer], self._town.now), int(minutes))
        self._jobs.add(card)
        self._town.plan(self._free[printer], card.application, partial(self._print, printer, card))

    def _print(self, printer: int, card: Card, moment: datetime) -> Saying | None:
        town = self._town
        if card not in self._jobs:
            return None
        self._jobs.remove(card)
        self._done.add(card)
        name = printer_of(town.scenario.regency, printer)
        fields: dict[str, Any] = {"blanko": card.blanko, "printer": name, "turn": card.turn}
        if town.chance.happens(town.scenario.printers.spoils, card.application, "spoiled", card.turn):
            cause = town.chance.one_of(_CAUSES, card.application, "cause", card.turn)
            return town.say("print-failed", card.application, name, moment, cause=cause, **fields)
        self._printed[printer] += 1
        self._shelf.put(card)
        ribbon = f"R-{printer + 1}-{1 + self._printed[printer] // _ON_A_RIBBON:04}"
        return town.say("printed", card.application, name, moment, ribbon=ribbon, **fields)

    def _void(self, asked: Heard) -> None:
        """Take the card out of the queue; of what is printed or spoiled already, that has been told."""
        card = _card(asked)
        if card in self._done or not self._town.people.known(card.application):
            return
        self._jobs.discard(card)
        self._done.add(card)
        name = printer_of(self._town.scenario.regency, 0)
        moment = self._town.in_minutes(self._town.chance.between(20, 180, card.application, "void", card.turn))
        self._town.plan(moment, card.application, partial(self._give_back, card, name))

    def _give_back(self, card: Card, name: str, moment: datetime) -> Saying:
        self._stock.take_back(card.blanko)
        return self._town.say("print-voided", card.application, name, moment, blanko=card.blanko)


def _card(asked: Heard) -> Card:
    return Card(asked.subject, asked.data["blanko"], asked.data["turn"])
