"""The registry office: invites those to be recorded again, has cards destroyed, ends duplicates."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.counters import Counters
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.people import Resident
from ektp.simulation.stations import Stations
from ektp.simulation.town import Town, number_of
from schemas.places import place

_WITNESSES: Final = ("Contoh Petugas Cetak", "Contoh Saksi Inspektorat")


class RegistryOffice:
    """What the people at the regency's desk do."""

    def __init__(self, town: Town, stations: Stations, counters: Counters) -> None:
        self._town = town
        self._stations = stations
        self._counters = counters
        self._written: set[tuple[str, int]] = set()  # application and attempt
        self._called_back: set[str] = set()  # serials
        self._name = f"office_{number_of(town.scenario.regency)}"
        self.duplicates: set[str] = set()  #: Applications of people who have a card already.
        self.never_return: set[str] = set()  #: Applications of people who were invited in vain.

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What it does on hearing."""
        return {
            "invite-resident": self._write,
            "destroy-card": self._call_back,
            "review-opened": self._look_at,
        }

    def _write(self, asked: Heard) -> None:
        resident, attempt = self._town.people.known(asked.subject), asked.data["attempt"]
        if resident is not None and (resident.application, attempt) not in self._written:
            self._written.add((resident.application, attempt))
            days = self._town.chance.between(0, 1, resident.number, "invited", attempt)
            moment = self._town.in_days(days, resident.number, "invited", attempt)
            self._town.plan(moment, resident.application, partial(self._invite, resident, attempt))

    def _invite(self, resident: Resident, attempt: int, moment: datetime) -> Saying | None:
        town, about = self._town, (resident.number, "comes again", attempt)
        if resident.application in town.people.gone:
            return None
        comes = town.in_days(town.chance.between(1, 6, *about), *about)
        if town.chance.happens(town.scenario.residents.never_return, *about, "never"):
            self.never_return.add(resident.application)
        else:
            self._stations.come_again(resident, attempt + 1, comes)
        kecamatan = place(resident.office)
        where = f"Kecamatan {kecamatan.name}" if kecamatan else None
        return town.say(
            "resident-invited",
            resident.application,
            self._name,
            moment,
            attempt=attempt,
            when=comes.isoformat(),
            where=where,
        )

    def _call_back(self, asked: Heard) -> None:
        blanko, turn = asked.data["blanko"], asked.data["turn"]
        if self._town.people.known(asked.subject) is None or blanko in self._called_back:
            return
        self._called_back.add(blanko)
        self._counters.take_away(asked.subject)
        days = self._town.chance.between(1, 3, asked.subject, "destroyed", turn)
        moment = self._town.in_days(days, asked.subject, "destroyed", turn)
        self._town.plan(moment, asked.subject, partial(self._destroy, asked.subject, blanko))

    def _destroy(self, application: str, blanko: str, moment: datetime) -> Saying:
        return self._town.say(
            "card-destroyed",
            application,
            self._name,
            moment,
            blanko=blanko,
            document=f"BA-{moment:%Y}-{blanko[-7:]}",
            by=list(_WITNESSES),
        )

    def _look_at(self, told: Heard) -> None:
        """Find out that somebody has a card already: many such applications are ended."""
        resident = self._town.people.known(told.subject)
        if resident is None or told.data.get("because") != "duplicate-record":
            return
        if resident.application in self.duplicates:
            return
        self.duplicates.add(resident.application)
        if self._town.chance.happens(self._town.scenario.residents.duplicates_end, resident.number, "ended"):
            days = self._town.chance.between(2, 6, resident.number, "ended after")
            moment = self._town.in_days(days, resident.number, "ended")
            self._town.plan(moment, resident.application, partial(self._counters.end, resident, "not-entitled"))
