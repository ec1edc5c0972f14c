"""Those who live in the city: what each does on hearing."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest

from ektp.simulation.centre import Centre, Packet
from ektp.simulation.counters import Counters
from ektp.simulation.heard import Agent
from ektp.simulation.operators import Operators
from ektp.simulation.printers import Card, Printers
from ektp.simulation.registry_office import RegistryOffice
from ektp.simulation.scenarios import Delivery, Outage, Residents, Scenario
from ektp.simulation.stations import Stations
from ektp.simulation.troubles import Trouble
from ektp.simulation.warehouse import Warehouse
from tests.town import STILL, Quiet, data, names

CARD: dict[str, Any] = {"blanko": "CONTOH-000-0000001", "turn": 1}


def centre_that_says(verdict: str, **more: Any) -> Scenario:
    """Return a scenario whose centre says one thing first."""
    return replace(STILL, centre=replace(STILL.centre, verdicts=MappingProxyType({verdict: 1}), **more))


def days_between(first: str, last: str) -> int:
    """Return the days between two times on the wire."""
    return (datetime.fromisoformat(last).date() - datetime.fromisoformat(first).date()).days


def test_the_centre_reports_the_way_of_a_packet_and_then_verifies() -> None:
    """In order, of the attempt, within three working days."""
    quiet = Quiet(centre_that_says("verified", reports=1.0))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    said = quiet.pass_days()
    assert [one.get("status") for one in data(said)] == [
        "PROCESSING",
        "SENT_FOR_ENROLLMENT",
        "RECEIVED_AT_CENTRAL",
        None,
    ]
    assert data(said)[-1] == {"attempt": 1, "enrolment": "E-1"}
    assert days_between("2018-02-05T08:00:00+07:00", said[-1]["time"]) <= 4
    assert {event["source"] for event in said} == {"/stations/centre"}


def test_the_centre_copies_the_try_of_a_search_it_repeats() -> None:
    """And knows nothing of an attempt that it has not received."""
    quiet = Quiet(centre_that_says("SEARCH_FAILURE_AT_CENTRAL", retried={"SEARCH_FAILURE_AT_CENTRAL": 1}))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 2, "E-2"), quiet.town.now)
    assert data(quiet.pass_days())[0]["try"] == 1
    quiet.tell(centre, "retry-search", resident, attempt=2, try_=7)
    quiet.tell(centre, "retry-search", resident, attempt=3, try_=2)
    assert data(quiet.pass_days()) == [{"attempt": 2, "status": "SEARCH_FAILURE_AT_CENTRAL", "try": 7}]


def test_the_centre_deletes_when_it_is_asked_and_says_under_which_reference() -> None:
    """After days."""
    quiet = Quiet(centre_that_says("ENROLL_FAILURE_AT_CENTRAL"))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    assert data(quiet.pass_days())[0]["status"] == "ENROLL_FAILURE_AT_CENTRAL"
    quiet.tell(centre, "delete-central-record", resident, attempt=1)
    assert quiet.pass_days(1) == []
    assert data(quiet.pass_days()) == [{"attempt": 1, "reference": "DEL-2018-000000-1"}]


def test_the_centre_can_stay_silent_for_ever_and_knows_on_whom() -> None:
    """Nothing is said; a search that is asked for ends the silence."""
    quiet = Quiet(centre_that_says("silent"))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    assert (quiet.pass_days(), centre.silent) == ([], {resident.application})
    quiet.tell(centre, "retry-search", resident, attempt=1, try_=2)
    assert (names(quiet.pass_days())[-1], centre.silent) == ("data-verified", set())


@pytest.mark.parametrize(("for_good", "expected"), [(1.0, []), (0.0, ["data-verified"])])
def test_a_packet_that_was_silent_is_looked_at_when_it_comes_again_unless_it_is_lost_again(
    for_good: float, expected: list[str]
) -> None:
    """What is settled for good stays so; asked three times, the centre answers once."""
    quiet = Quiet(centre_that_says("lost", settled_for_good=for_good, reports=1.0, retried={"verified": 1}))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    assert quiet.pass_days() == []
    assert quiet.town.troubles == {resident.application: Trouble.SETTLED}
    for try_ in (2, 2, 3):
        quiet.tell(centre, "resend-packet", resident, attempt=1, try_=try_)
    assert names(quiet.pass_days()) == expected
    assert centre.silent == ({resident.application} if for_good else set())


def test_a_verdict_is_about_the_newest_try_that_was_asked_for() -> None:
    """A packet that was only slow is not looked at twice."""
    quiet = Quiet(centre_that_says("SEARCH_FAILURE_AT_CENTRAL", days={3: 1}))
    centre, resident = Centre(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    quiet.tell(centre, "resend-packet", resident, attempt=1, try_=2)
    assert [(one["status"], one["try"]) for one in data(quiet.pass_days())] == [("SEARCH_FAILURE_AT_CENTRAL", 2)]
    assert quiet.town.troubles == {resident.application: Trouble.SEARCH}


def test_what_is_asked_again_is_done_once() -> None:
    """The deletion, the search, the packet, the invitation, the destruction; each by whom it concerns."""
    quiet, desk = office(replace(STILL, residents=replace(STILL.residents, never_return=1.0)))
    centre, stations, resident = Centre(quiet.town), Stations(quiet.town), quiet.resident()
    centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    assert names(quiet.pass_days()) == ["data-verified"]
    asked: dict[str, Agent] = {"delete-central-record": centre, "retry-search": centre, "resend-packet": stations,
             "invite-resident": desk, "destroy-card": desk}  # fmt: skip
    for _ in range(3):
        for name, agent in asked.items():
            quiet.tell(agent, name, resident, attempt=1, try_=2, **CARD)
    assert sorted(names(quiet.pass_days())) == [
        "card-destroyed",
        "central-record-deleted",
        "data-verified",
        "enrolment-progressed",
        "resident-invited",
    ]


def test_the_centre_forgets_some_requests_to_delete_until_it_is_asked_again() -> None:
    """Each asking is a chance of its own."""
    quiet = Quiet(replace(STILL, centre=replace(STILL.centre, forgets=0.5)))
    centre, residents = Centre(quiet.town), [quiet.resident() for _ in range(20)]
    for resident in residents:
        centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    quiet.pass_days()
    deleted = []
    for _ in range(6):
        for resident in residents:
            quiet.tell(centre, "delete-central-record", resident, attempt=1)
        deleted.append(len(quiet.pass_days()))
    assert 5 < deleted[0] < 15
    assert sum(deleted) == 20


def test_while_the_centre_is_down_nothing_is_said_and_an_operator_says_so() -> None:
    """Of whom it would have come to then, it says it afterwards, in the same order; who was waited for is known."""
    scenario = replace(STILL, outage=Outage(1, 2), centre=replace(STILL.centre, reports=1.0, days={1: 1}))
    quiet = Quiet(scenario)
    centre, residents = Centre(quiet.town), [quiet.resident() for _ in range(5)]
    Operators(quiet.town)
    for resident in residents:
        centre.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    stations = Stations(quiet.town)
    quiet.pass_days(1)
    quiet.tell(stations, "resend-packet", residents[0], attempt=1, try_=2)
    said = quiet.pass_days()
    down, up = (datetime.fromisoformat(f"2018-02-0{day}T08:00:00+07:00") for day in (6, 8))
    times = [datetime.fromisoformat(event["time"]) for event in said if event["subject"] != "centre"]
    assert len(times) > 5
    assert min(times) > up
    declared, ended = (event for event in said if event["subject"] == "centre")
    assert (names([declared, ended]), declared["data"]["from"]) == (
        ["outage-declared", "outage-ended"],
        down.isoformat(),
    )
    assert declared["time"] == "2018-02-06T09:00:00+07:00"
    for resident in residents:
        of_one = [event for event in said if event["subject"] == resident.application]
        assert names(of_one)[-1] == "data-verified"
    assert quiet.town.troubles == dict.fromkeys((one.application for one in residents), Trouble.OUTAGE)


def test_an_expert_decides_about_two_who_look_alike() -> None:
    """Days after the centre could not."""
    quiet = Quiet(centre_that_says("ADJUDICATE_RECORD", adjudicated={"DUPLICATE_RECORD": 1}))
    Centre(quiet.town).receive(Packet(quiet.resident(), 1, "E-1"), quiet.town.now)
    said = quiet.pass_days()
    assert [one["status"] for one in data(said)] == ["ADJUDICATE_RECORD", "DUPLICATE_RECORD"]
    assert days_between(said[0]["time"], said[1]["time"]) >= 3


def test_the_warehouse_serves_who_has_waited_longest_when_blanko_come() -> None:
    """Each morning what there is; a spoiled card is another turn, a cancelled application none."""
    quiet = Quiet(replace(STILL, deliveries=(Delivery(2, 1), Delivery(4, 2))))
    warehouse = Warehouse(quiet.town)
    early, late, gone = (quiet.resident() for _ in range(3))
    for resident in (early, gone, late):
        quiet.tell(warehouse, "application-verified", resident)
    quiet.tell(warehouse, "application-verified", early)
    quiet.tell(warehouse, "application-cancelled", gone)
    said = quiet.pass_days(4)
    assert names(said) == ["blanko-received", "blanko-allocated"]
    assert data(said)[0]["first"] == data(said)[0]["last"] == data(said)[1]["blanko"] == "CONTOH-000-0000001"
    assert said[1]["subject"] == early.application
    assert warehouse.waiting == {late.application}
    quiet.tell(warehouse, "application-verified", early)
    said = quiet.pass_days()
    turns = [(event["subject"], event["data"]["turn"]) for event in said if event["type"].endswith("allocated.v1")]
    assert turns == [(late.application, 1), (early.application, 2)]


def test_an_unprinted_blanko_that_comes_back_is_given_to_somebody_else() -> None:
    """On the next morning."""
    quiet = Quiet()
    warehouse, resident = Warehouse(quiet.town), quiet.resident()
    quiet.tell(warehouse, "application-verified", resident)
    assert quiet.pass_days(3) == []
    warehouse.take_back("CONTOH-000-0000009")
    assert data(quiet.pass_days()) == [{"blanko": "CONTOH-000-0000009", "office": "33.74", "turn": 1}]


class Room:
    """Where cards and blanko end up."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.blanko: list[str] = []

    def put(self, card: Card) -> None:
        """Take a card."""
        self.cards.append(card)

    def take_back(self, blanko: str) -> None:
        """Take a blanko."""
        self.blanko.append(blanko)


def test_printers_print_as_many_a_day_as_they_can() -> None:
    """First asked, first served, each with its ribbon and its turn."""
    quiet = Quiet(replace(STILL, printers=replace(STILL.printers, count=2, cards_a_day=3)))
    room = Room()
    printers = Printers(quiet.town, room, room)
    residents = [quiet.resident() for _ in range(9)]
    for number, resident in enumerate(residents):
        quiet.tell(printers, "print-card", resident, blanko=f"C-{number}", turn=1 + number)
    said = [quiet.pass_days(1), quiet.pass_days(1)]
    assert [sorted(one["turn"] for one in data(day)) for day in said] == [[1, 2, 3, 4, 5, 6], [7, 8, 9]]
    assert {one["ribbon"] for day in said for one in data(day)} == {"R-1-0001", "R-2-0001"}
    assert {card.blanko for card in room.cards} == {f"C-{number}" for number in range(9)}


def test_a_printer_can_spoil_a_blanko() -> None:
    """And says by what."""
    quiet = Quiet(replace(STILL, printers=replace(STILL.printers, spoils=1.0)))
    room = Room()
    quiet.tell(Printers(quiet.town, room, room), "print-card", quiet.resident(), **CARD)
    (said,) = quiet.pass_days()
    assert said["type"] == "id.ektp.print-failed.v1"
    assert said["data"]["cause"]
    assert room.cards == []


def test_a_print_is_voided_before_it_is_done_and_not_after() -> None:
    """What is printed has been told as printed; also one that was never asked for is given back."""
    quiet = Quiet()
    room = Room()
    printers = Printers(quiet.town, room, room)
    printed, queued, unheard = (quiet.resident() for _ in range(3))
    quiet.tell(printers, "print-card", printed, blanko="C-1", turn=1)
    assert names(quiet.pass_days(1)) == ["printed"]
    quiet.tell(printers, "print-card", queued, blanko="C-2", turn=1)
    quiet.tell(printers, "void-print", printed, blanko="C-1", turn=1)
    quiet.tell(printers, "void-print", queued, blanko="C-2", turn=1)
    quiet.tell(printers, "void-print", unheard, blanko="C-3", turn=1)
    assert sorted(one["blanko"] for one in data(quiet.pass_days())) == ["C-2", "C-3"]
    assert sorted(room.blanko) == ["C-2", "C-3"]


def test_people_collect_when_they_are_told_and_only_once() -> None:
    """The card that lies there, in its turn."""
    quiet = Quiet()
    counters, resident = Counters(quiet.town), quiet.resident()
    quiet.tell(counters, "application-printed", resident)
    assert quiet.pass_days() == []
    counters.put(Card(resident.application, "C-1", 2))
    for _ in range(2):
        quiet.tell(counters, "application-printed", resident)
    (said,) = quiet.pass_days()
    assert (said["data"]["blanko"], said["data"]["turn"], said["source"]) == ("C-1", 2, "/stations/counter_337410")
    assert quiet.town.people.gone == {resident.application}


def test_a_card_that_was_called_back_is_not_handed_out() -> None:
    """However long somebody had meant to come for it."""
    quiet = Quiet()
    counters, resident = Counters(quiet.town), quiet.resident()
    counters.put(Card(resident.application, "C-1", 1))
    quiet.tell(counters, "application-printed", resident)
    counters.take_away(resident.application)
    assert quiet.pass_days() == []


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"never_collect": 1.0}, []),
        ({"cancel_when_printed": 1.0}, ["application-cancelled"]),
        ({"cancel": 1.0}, ["application-cancelled"]),
        ({"come_in": 1.0}, ["print-requested"]),
        ({}, []),
    ],
)
def test_people_do_as_people_do(rates: dict[str, float], expected: list[str]) -> None:
    """Stay away, move away, or ask in person; nobody does two of it at once."""
    luck = replace(Residents(0, 0, 0, 0, 0, 0), **rates)
    quiet = Quiet(replace(STILL, residents=luck))
    counters, resident = Counters(quiet.town), quiet.resident()
    counters.receive(Packet(resident, 1, "E-1"), quiet.town.now)
    quiet.tell(counters, "application-verified", resident)
    said = quiet.pass_days() if "come_in" in rates else []
    counters.put(Card(resident.application, "C-1", 1))
    if "printed" in str(rates) or "collect" in str(rates):
        quiet.tell(counters, "application-printed", resident)
    assert names([*said, *quiet.pass_days()]) == expected
    assert counters.never_come == ({resident.application} if "never_collect" in rates else set())


def office(scenario: Scenario = STILL) -> tuple[Quiet, RegistryOffice]:
    """Return an office with stations and counters."""
    quiet = Quiet(scenario)
    counters = Counters(quiet.town)
    stations = Stations(quiet.town, Centre(quiet.town), counters)
    return quiet, RegistryOffice(quiet.town, stations, counters)


def test_the_office_invites_and_the_resident_is_recorded_again() -> None:
    """Under the same application and NIK, with a new enrolment, at the time of the invitation."""
    quiet, desk = office()
    resident = quiet.resident()
    quiet.tell(desk, "invite-resident", resident, attempt=1)
    invited, recorded, verified = quiet.pass_days()
    assert invited["data"] == {"attempt": 1, "when": recorded["time"], "where": "Kecamatan Tembalang"}
    assert (recorded["subject"], recorded["data"]["nik"]) == (resident.application, resident.nik)
    assert (recorded["data"]["attempt"], verified["data"]["attempt"]) == (2, 2)
    assert recorded["data"]["enrolment"] == "E-337410-000001"


def test_some_are_invited_in_vain() -> None:
    """The office knows who."""
    quiet, desk = office(replace(STILL, residents=replace(STILL.residents, never_return=1.0)))
    resident = quiet.resident()
    quiet.tell(desk, "invite-resident", resident, attempt=1)
    assert names(quiet.pass_days()) == ["resident-invited"]
    assert desk.never_return == {resident.application}


def test_a_card_is_destroyed_by_two_people_with_a_document() -> None:
    """Of whatever turn."""
    quiet, desk = office()
    quiet.tell(desk, "destroy-card", quiet.resident(), blanko="CONTOH-000-0000007", turn=2)
    (said,) = data(quiet.pass_days())
    assert said == {
        "blanko": "CONTOH-000-0000007",
        "document": "BA-2018-0000007",
        "by": ["Contoh Petugas Cetak", "Contoh Saksi Inspektorat"],
    }


def test_a_duplicate_is_ended_and_another_review_is_not() -> None:
    """Whoever has a card already is not entitled to a second one."""
    quiet, desk = office(replace(STILL, residents=replace(STILL.residents, duplicates_end=1.0)))
    double, alike = quiet.resident(), quiet.resident()
    quiet.tell(desk, "review-opened", double, because="duplicate-record")
    quiet.tell(desk, "review-opened", alike, because="adjudicate-record")
    assert [(event["subject"], event["data"]["because"]) for event in quiet.pass_days()] == [
        (double.application, "not-entitled")
    ]
    assert desk.duplicates == {double.application}


def test_a_station_sends_a_packet_again_as_the_try_that_was_asked_for() -> None:
    """From the station of the kecamatan."""
    quiet = Quiet()
    stations = Stations(quiet.town)
    quiet.tell(stations, "resend-packet", quiet.resident(), attempt=2, try_=3)
    (said,) = quiet.pass_days()
    assert said["data"] == {"attempt": 2, "status": "SENT_FOR_ENROLLMENT", "try": 3}
    assert said["source"] == "/stations/st337410"


def test_nobody_reacts_to_an_application_of_somebody_elses() -> None:
    """An earlier run's, or a real one's."""
    quiet, desk = office()
    room, stranger = Room(), Quiet(STILL, seed=2).resident()
    agents = (Centre(quiet.town), Warehouse(quiet.town), Printers(quiet.town, room, room), Counters(quiet.town), desk)
    for agent in agents:
        for name in agent.ears:
            quiet.tell(agent, name, stranger, attempt=1, try_=2, because="duplicate-record", **CARD)
    assert quiet.pass_days() == []
