"""Those who ask for a visit, and the kits that drive: who is met, who is not, and what is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ektp.simulation.centre import Packet
from ektp.simulation.city import City
from ektp.simulation.counters import Counters
from ektp.simulation.households import Households
from ektp.simulation.kits import Kits
from ektp.simulation.people import Resident
from ektp.simulation.printers import Card
from ektp.simulation.scenarios import Visits
from ektp.simulation.stations import Stations
from tests.memory_city import MemoryPipeline
from tests.simulated import WEEK
from tests.town import STILL, Quiet, data, names
from workflows.card_issuance import State
from workflows.outreach import Purpose
from workflows.visits import Booked, Errand, Guest, VisitState

RELIABLE: Final = Visits(asked=1.0, withdrawn=0, at_home=1.0, absent=0, called_off=0)
VISIT: Final = UUID(int=7)


class Outreach:
    """A quiet town with households and kits; `booked` is what its operators see in the morning."""

    def __init__(self, visits: Visits = RELIABLE) -> None:
        self.quiet = Quiet(replace(STILL, visits=visits, days=30, people=0, closings=False, watch=10))
        town = self.quiet.town
        self.booked: list[Booked] = []
        self.counters, self.households = Counters(town), Households(town)
        self.stations = Stations(town)
        self.kits = Kits(town, self.stations, self.counters, self.households, self._visits)

    def _visits(self) -> Sequence[Booked]:
        """Return them; on the next morning they are promised, or called off."""
        found, off = self.booked, self.kits.called_off
        self.booked = [one._replace(state=VisitState.PLANNED) for one in found if str(one.id) not in off]
        return found

    def book(self, *guests: Guest, errands: tuple[Errand, ...] = ()) -> None:
        """Let a visit on the coming Friday be proposed."""
        friday = date(2018, 2, 9)
        begins = datetime.fromisoformat("2018-02-09T08:00:00+07:00")
        self.booked = [
            Booked(VISIT, "33.74", "33.74.10", friday, begins, 1, "full", VisitState.PROPOSED, guests, errands)
        ]


def guest(resident: Resident, purpose: Purpose) -> Guest:
    """Return somebody who is to be met."""
    return Guest(UUID(resident.application), resident.kelurahan, purpose)


def test_a_visit_brings_cards_and_records_again_and_tells_who_was_met() -> None:
    """Who has come to the office meanwhile is not met; who was asked for is recorded, and cannot fetch the card."""
    city = Outreach()
    quiet = city.quiet
    card, again, came = (quiet.resident() for _ in range(3))
    city.counters.put(Card(card.application, "CONTOH-000-0000001", 1))
    quiet.tell(city.kits, "invite-resident", again, attempt=1)
    quiet.tell(city.kits, "invite-resident", came, attempt=1)
    city.stations.come_again(came, 2, quiet.town.in_minutes(60))
    wished = Errand(UUID(int=9), "Tembalang Lor", 2)
    city.book(
        guest(card, Purpose.COLLECT), guest(again, Purpose.RE_RECORD), guest(came, Purpose.RE_RECORD), errands=(wished,)
    )
    said = quiet.pass_days(5)
    assert names(said) == ["visit-planned", "recorded", "collected", "recorded", "recorded", "recorded", "visit-held"]
    assert [event["channel"] for event in data(said) if "channel" in event][1:] == ["outreach"] * 3
    assert {event["kelurahan"] for event in data(said)[4:6]} == {"Tembalang Lor"}
    held = data(said)[-1]
    assert (held["met"], held["absent"]) == (sorted([card.application, again.application]), [came.application])
    assert held["others"] == 2
    assert city.kits.drives[str(VISIT)].met == set(held["met"])


def test_a_visit_that_is_called_off_meets_nobody() -> None:
    """The residents keep their cards at the office."""
    city = Outreach(replace(RELIABLE, called_off=1.0))
    resident = city.quiet.resident()
    city.counters.put(Card(resident.application, "CONTOH-000-0000001", 1))
    city.book(guest(resident, Purpose.COLLECT))
    assert names(city.quiet.pass_days(5)) == ["visit-planned", "visit-cancelled"]
    assert city.kits.called_off == {str(VISIT)}


def test_who_was_recorded_asks_for_others_once_and_some_want_none_after_all() -> None:
    """What nobody may know is said as a home; a request that was withdrawn is not visited."""
    city = Outreach(replace(RELIABLE, withdrawn=1.0))
    resident = city.quiet.resident()
    for attempt in (1, 2):
        city.households.receive(Packet(resident, attempt, "E-1"), city.quiet.town.now)
    asked, withdrawn = city.quiet.pass_days(10)
    assert names([asked, withdrawn]) == ["visit-requested", "visit-cancelled"]
    assert asked["subject"] == withdrawn["subject"]
    assert asked["data"]["kelurahan"] == resident.kelurahan
    assert len({"place", "home"} & asked["data"].keys()) == 1
    assert not city.households.want(asked["subject"])


class Planned(MemoryPipeline):
    """Proposes a visit to everybody whose card lies at the office; of each slot it keeps who was told what."""

    def __init__(self) -> None:
        super().__init__()
        self.slots: list[list[Mapping[str, Any]]] = []
        self._proposed: set[UUID] = set()

    def set_clock(self, moment: datetime) -> None:
        """Begin a slot."""
        super().set_clock(moment)
        self.slots.append([])

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Note it."""
        self.slots[-1] += events
        super().publish(events, late=late)

    def visits(self, _regency: str) -> Sequence[Booked]:
        """Invite each once; they often come by themselves in the same hour."""
        lying = [one for one in self.books.applications.values() if one.state is State.PRINTED]
        fresh = [one for one in lying if one.id not in self._proposed]
        self._proposed |= {one.id for one in fresh}
        day = self.books.now.date()
        return [
            Booked(UUID(int=one.id.int ^ 1), "33.74", one.standing.office or "", day, self.books.now, number, "full",
                   VisitState.PROPOSED, (Guest(one.id, "", Purpose.COLLECT),))
            for number, one in enumerate(fresh, 1)
        ]  # fmt: skip


def test_nobody_is_told_of_a_visit_in_a_slot_in_which_something_else_happens_to_them() -> None:
    """So the order in which a slot is taken in changes nothing."""
    pipeline = Planned()
    City(replace(WEEK, visits=Visits(), people=1.0, watch=0), 3, outside=pipeline, pipeline=pipeline).run()
    told = 0
    for events in pipeline.slots:
        planned = [event for event in events if event["type"] == "id.ektp.visit-planned.v1"]
        guests = {one["application"] for event in planned for stop in event["data"]["stops"]
                  for one in stop["residents"]}  # fmt: skip
        told += len(guests)
        assert guests.isdisjoint(event["subject"] for event in events)
    assert told > 10
