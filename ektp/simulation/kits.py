"""The mobile kits (jemput bola): operators promise what is proposed, a kit drives and tells who was met."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying, Work
from ektp.simulation.counters import Counters
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.households import Households
from ektp.simulation.people import Resident
from ektp.simulation.stations import Stations, station_of
from ektp.simulation.town import Town, number_of
from workflows.outreach import Purpose
from workflows.visits import Booked, Errand, Guest, VisitState, planned_data

_MORNING: Final = 15  # minutes after the opening, when the operators look at what is proposed
_FIRST, _LAST = 20, 320  # minutes after the opening, between which a kit meets people
_TOLD: Final = 40  # minutes before the closing, when it tells who was met
_CALLED_OFF: Final = (1, 2)  # working days after the promise


@dataclass
class Drive:
    """One visit, and who was met on it."""

    visit: Booked
    met: set[str] = field(default_factory=set)
    others: int = 0


class Kits:
    """In the morning the operators look at the visits in the room, as real ones do.

    All that is proposed they promise, and a kit sets out to whom a visit was promised for the day, whoever promised it.
    """

    def __init__(
        self,
        town: Town,
        stations: Stations,
        counters: Counters,
        households: Households,
        visits: Callable[[], Sequence[Booked]],
    ) -> None:
        self._town = town
        self._stations = stations
        self._counters = counters
        self._households = households
        self._visits = visits
        self._operator = f"operator_{number_of(town.scenario.regency)}"
        self._invited: dict[str, int] = {}  # by application: the attempt that failed
        self.drives: dict[str, Drive] = {}  #: Every visit on which a kit set out, by id.
        self.called_off: set[str] = set()
        if town.scenario.visits is not None:
            town.plan(town.on_day(0, _MORNING), "", self._look)

    @property
    def ears(self) -> Mapping[str, Ear]:
        """A kit knows who is to be recorded again."""
        return {"invite-resident": self._learn}

    def _learn(self, asked: Heard) -> None:
        self._invited[asked.subject] = asked.data["attempt"]

    def _look(self, moment: datetime) -> None:
        """Promise what is proposed, set out, and look again on the next morning while there is anybody to visit."""
        town, visits, tomorrow = self._town, self._visits(), self._town.days.after(moment.date(), 1)
        for visit in visits:
            if visit.state is VisitState.PROPOSED:
                if visit.begins < town.end:
                    town.plan(moment, str(visit.id), partial(self._promise, visit), _concerns(visit))
            elif visit.day <= moment.date() and str(visit.id) not in self.drives:
                self._set_out(visit, moment)
        if town.now < town.end and (visits or town.watches or town.now < town.on_day(town.scenario.days)):
            town.plan(town.days.at(tomorrow, _MORNING), "", self._look)

    def _promise(self, visit: Booked, moment: datetime) -> Saying:
        town, identity, rates = self._town, str(visit.id), self._town.scenario.visits
        assert rates is not None
        if town.chance.happens(rates.called_off, identity, "called off"):
            days = town.chance.between(*_CALLED_OFF, identity, "called off after")
            when = town.in_days(days, identity, "called off")
            town.plan(when, identity, partial(self._call_off, visit), _concerns(visit))
        said = town.say("visit-planned", identity, self._operator, moment, **planned_data(visit))
        # At once: what an operator promises in the evening is another plan by then.
        return Saying(said.event, carried=True)

    def _call_off(self, visit: Booked, moment: datetime) -> Saying | None:
        if str(visit.id) in self.drives:
            return None
        self.called_off.add(str(visit.id))
        because = "the road is under water"
        said = self._town.say(
            "visit-cancelled", str(visit.id), self._operator, moment, office=visit.office, because=because
        )
        return Saying(said.event, carried=True)

    def _set_out(self, visit: Booked, moment: datetime) -> None:
        """Go where the list says, from one to the next, and tell at the end who was met."""
        town, drive = self._town, Drive(visit)
        self.drives[str(visit.id)] = drive
        to_meet = [*self._guests(drive), *self._newcomers(drive)]
        for place, (resident, work) in enumerate(to_meet):
            minute = _FIRST + (_LAST - _FIRST) * place // len(to_meet)
            town.plan(town.days.at(moment.date(), minute), resident.application, work)
        end = town.days.at(moment.date(), town.days.minutes - _TOLD)
        town.plan(end, str(visit.id), partial(self._tell, drive))

    def _guests(self, drive: Drive) -> Iterator[tuple[Resident, Work]]:
        for guest in drive.visit.guests:
            resident = self._town.people.known(str(guest.application))
            if resident is not None and self._is_there(resident.number, drive.visit.day):
                yield resident, partial(self._meet, drive, guest, resident)

    def _newcomers(self, drive: Drive) -> Iterator[tuple[Resident, Work]]:
        """Yield those whom the requests were for; whoever is met lives where the request said."""
        town, rates, office = self._town, self._town.scenario.visits, drive.visit.kecamatan
        assert rates is not None
        wanted = [one for one in drive.visit.errands if self._households.want(str(one.request))]
        for errand in wanted if office in town.offices else ():
            for number in range(errand.people):
                if not self._is_there(errand.request, number, drive.visit.day):
                    continue
                resident = town.people.come(office, errand.kelurahan)
                if self._cannot_come(errand, number):
                    self._counters.at_home.add(resident.application)
                yield resident, partial(self._record, drive, resident)

    def _is_there(self, *about: object) -> bool:
        rates = self._town.scenario.visits
        return rates is not None and not self._town.chance.happens(rates.absent, *about, "absent")

    def _cannot_come(self, errand: Errand, number: int) -> bool:
        rates, request = self._town.scenario.visits, str(errand.request)
        exempt = self._households.is_exempt(request)
        return exempt and rates is not None and self._town.chance.happens(rates.at_home, request, number, "at home")

    def _meet(self, drive: Drive, guest: Guest, resident: Resident, moment: datetime) -> Saying | None:
        """Bring the card or record again; nothing is to be done where that has been done meanwhile."""
        said = None
        if guest.purpose is Purpose.COLLECT:
            said = self._counters.bring(resident, moment)
        elif (attempt := self._invited.get(resident.application)) is not None:
            said = self._stations.record_at_home(resident, attempt + 1, moment)
        if said is not None:
            drive.met.add(resident.application)
        return said

    def _record(self, drive: Drive, resident: Resident, moment: datetime) -> Saying | None:
        drive.others += 1
        return self._stations.record_at_home(resident, 1, moment)

    def _tell(self, drive: Drive, moment: datetime) -> Saying:
        visit = drive.visit
        absent = {str(guest.application) for guest in visit.guests} - drive.met
        return self._town.say(
            "visit-held",
            str(visit.id),
            station_of(visit.kecamatan),
            moment,
            office=visit.kecamatan,
            met=sorted(drive.met),
            absent=sorted(absent),
            others=drive.others,
        )


def _concerns(visit: Booked) -> frozenset[str]:
    """Return the residents and requests to whom something happens when a visit is promised or called off."""
    residents = (guest.application for guest in visit.guests)
    return frozenset(map(str, (*residents, *(errand.request for errand in visit.errands))))
