"""The counters: people collect their cards, ask for them, or say that they need none any more."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.centre import Packet
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.people import Resident
from ektp.simulation.printers import Card
from ektp.simulation.town import Town, number_of

_REPRESENTED: Final = 0.05
_ENDINGS: Final = {"moved-away": 6.0, "died": 2.5, "withdrawn": 1.5}
_COLLECTED_WITHIN: Final = {0: 4.0, 1: 5.0, 2: 4.0, 3: 3.0, 4: 2.0, 5: 2.0, 7: 1.5, 10: 1.0}  # working days
_RUSH: Final = 20  # working days over which those come who waited for blanko
_LIFE: Final = 18  # working days after a recording in which somebody may come to need no card


class Counters:
    """One counter in each kecamatan; printed cards lie there, and people come when they have been told."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._cards: dict[str, Card] = {}
        self.at_home: set[str] = set()  #: Applications of people who cannot come.
        self.never_come: set[str] = set()  #: Applications whose cards nobody will fetch.

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What the residents do on hearing."""
        return {"application-printed": self._told_to_come, "application-verified": self._told_to_wait}

    def put(self, card: Card) -> None:
        """Take a card over from the printer."""
        self._cards[card.application] = card

    def take_away(self, application: str) -> None:
        """Give up a card that must not be handed out."""
        self._cards.pop(application, None)

    def receive(self, packet: Packet, moment: datetime) -> None:
        """Learn that somebody was recorded, who may move away or die before the card is there."""
        resident, town = packet.resident, self._town
        if packet.attempt == 1 and town.chance.happens(town.scenario.residents.cancel, resident.number, "cancels"):
            days = town.chance.between(1, _LIFE, resident.number, "cancels after")
            at = town.days.later(moment, days * town.days.minutes)
            town.plan(at, resident.application, partial(self.end, resident, None))

    def end(self, resident: Resident, because: str | None, moment: datetime) -> Saying | None:
        """End an application without a card, unless it is over; *because* is drawn where it is not given."""
        if resident.application in self._town.people.gone:
            return None
        self._town.people.gone.add(resident.application)
        why = because or self._town.chance.one_of(_ENDINGS, resident.number, "because")
        station = counter_of(resident.office)
        return self._town.say("application-cancelled", resident.application, station, moment, because=why)

    def _told_to_come(self, told: Heard) -> None:
        resident, card, town = self._town.people.known(told.subject), self._cards.get(told.subject), self._town
        if resident is None or card is None or told.subject in town.people.gone:
            return
        about, rates = (resident.number, "printed", card.turn), town.scenario.residents
        if town.chance.happens(rates.cancel_when_printed, *about, "cancels"):
            moment = town.in_days(town.chance.between(0, 3, *about, "cancels after"), *about)
            town.plan(moment, resident.application, partial(self.end, resident, None))
        elif told.subject in self.at_home or town.chance.happens(
            rates.never_collect, resident.number, "never collects"
        ):
            self.never_come.add(resident.application)
        else:
            moment = town.in_days(town.chance.one_of(_COLLECTED_WITHIN, *about, "days"), *about)
            town.plan(moment, resident.application, partial(self._hand_over, resident, card))

    def bring(self, resident: Resident, moment: datetime) -> Saying | None:
        """Hand the card over at home, if it lies here and is still wanted."""
        card = self._cards.get(resident.application)
        return None if card is None else self._hand_over(resident, card, moment)

    def _hand_over(self, resident: Resident, card: Card, moment: datetime) -> Saying | None:
        town = self._town
        if resident.application in town.people.gone or self._cards.get(resident.application) != card:
            return None
        town.people.gone.add(resident.application)
        del self._cards[resident.application]
        represented = town.chance.happens(_REPRESENTED, resident.number, "represented")
        return town.say(
            "collected",
            resident.application,
            counter_of(resident.office),
            moment,
            blanko=card.blanko,
            by="representative" if represented else "self",
            letter=f"SK-{resident.number:06}" if represented else None,
            turn=card.turn,
        )

    def _told_to_wait(self, told: Heard) -> None:
        """Come in all the same, as some do when nothing happens."""
        resident, town = self._town.people.known(told.subject), self._town
        if resident and town.chance.happens(town.scenario.residents.come_in, resident.number, "comes in"):
            days = town.chance.between(2, 5, resident.number, "comes in after")
            moment = max(town.in_days(days, resident.number, "comes in"), self._rush(resident))
            town.plan(moment, resident.application, partial(self._ask_for_it, resident))

    def _rush(self, resident: Resident) -> datetime:
        """Return when somebody comes who has waited for the day on which there is something to come for."""
        day = self._town.scenario.rush
        if not day:
            return self._town.now
        return self._town.on_day(day + self._town.chance.between(0, _RUSH, resident.number, "rush"))

    def _ask_for_it(self, resident: Resident, moment: datetime) -> Saying | None:
        if resident.application in self._town.people.gone or resident.application in self._cards:
            return None
        counter = counter_of(resident.office)
        return self._town.say("print-requested", resident.application, counter, moment, counter=counter)


def counter_of(office: str) -> str:
    """Return the name of the counter of an office: counter_337410."""
    return f"counter_{number_of(office)}"
