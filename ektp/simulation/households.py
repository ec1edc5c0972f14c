"""Those who are at home: who was recorded asks for a visit to them (jemput bola), and some want none after all."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from ektp.simulation.agenda import Saying
from ektp.simulation.centre import Packet
from ektp.simulation.counters import counter_of
from ektp.simulation.people import Resident
from ektp.simulation.town import Town, number_of
from schemas.places import place
from workflows.outreach import EXEMPT

_CATEGORIES: Final = {"group": 3.0, "disabled": 2.5, "elderly-sick": 3.5, "hospital": 1.0}
_GROUP: Final = (12, 30)  # people of a school or a village
_WITHIN: Final = (0, 2)  # working days after the recording
_WITHDRAWN: Final = (1, 3)  # working days after the request


class Households:
    """Hears nothing of the pipeline: what was asked for is known at the counter that passed it on."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._wishes: dict[str, str] = {}  # by request: the category
        self._withdrawn: set[str] = set()

    def receive(self, packet: Packet, moment: datetime) -> None:
        """Learn that somebody was recorded, who may ask for others; once the last were recorded nobody does."""
        town, who = self._town, packet.resident
        rates, over = town.scenario.visits, moment >= town.on_day(town.scenario.days)
        if rates is None or over or packet.attempt > 1:
            return
        if town.chance.happens(rates.asked, who.number, "asks for a visit"):
            request = str(town.chance.identity("visit request", who.number))
            days = town.chance.between(*_WITHIN, who.number, "asks after")
            town.plan(town.in_days(days, who.number, "asks"), request, partial(self._ask, who, request))

    def is_exempt(self, request: str) -> bool:
        """Tell whether one person is enough; of a request that somebody else made nobody knows."""
        return self._wishes.get(request) in EXEMPT

    def want(self, request: str) -> bool:
        """Tell whether they still want to be visited."""
        return request not in self._withdrawn

    def _ask(self, who: Resident, request: str, moment: datetime) -> Saying:
        town, about = self._town, (who.number, "visit")
        assert town.scenario.visits is not None
        category = self._wishes[request] = town.chance.one_of(_CATEGORIES, *about, "category")
        if town.chance.happens(town.scenario.visits.withdrawn, *about, "withdrawn"):
            days = town.chance.between(*_WITHDRAWN, *about, "withdrawn after")
            town.plan(town.in_days(days, *about, "withdrawn"), request, partial(self._withdraw, who, request))
        return town.say(
            "visit-requested",
            request,
            counter_of(who.office),
            moment,
            office=who.office,
            category=category,
            count=town.chance.between(*_GROUP, *about, "people") if category == "group" else 1,
            kelurahan=who.kelurahan,
            contact={"kind": "email", "address": f"contoh.keluarga.{who.number}@example.invalid"},
            **_where(category, who),
        )

    def _withdraw(self, who: Resident, request: str, moment: datetime) -> Saying:
        self._withdrawn.add(request)
        operator = f"operator_{number_of(self._town.scenario.regency)}"
        because = "they could come to the office"
        return self._town.say("visit-cancelled", request, operator, moment, office=who.office, because=because)


def _where(category: str, who: Resident) -> Mapping[str, Any]:
    """Return the place that everybody may know, or the home."""
    kecamatan = place(who.office)
    name = kecamatan.name if kecamatan else who.office
    match category:
        case "group":
            return {"place": f"SMA Contoh {name}"}
        case "hospital":
            return {"place": f"RS Contoh {name}"}
        case _:
            return {"home": f"Jalan Contoh {who.number}"}
