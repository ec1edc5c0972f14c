"""The city's data centre: what it says on hearing, and how it can be silent."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest

from ektp.simulation.centre import Centre, Packet
from ektp.simulation.operators import Operators
from ektp.simulation.scenarios import Outage, Scenario
from ektp.simulation.stations import Stations
from ektp.simulation.troubles import Trouble
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
