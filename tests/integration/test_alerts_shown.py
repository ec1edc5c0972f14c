"""Stations and alerts as somebody asks for them: the command, the API, the measures, the invariants."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.storage.alerts.alerts import never_arrived
from ektp.verification.invariants import verify
from ektp.web.measures.measures import Measures
from tests.command_line import CommandLine
from tests.plain_time import PLAIN
from tests.planted import found_after
from tests.station_town import STATION, StationTown
from tests.web_client import WebClient, parts_on, served
from workflows.resi import mark_of

NOBODYS = f"{mark_of(STATION)}0-1234-5678"
DIFFERS = ("day-differs", f"{STATION}/2018-02-12")


@pytest.fixture
def town(engine: Engine, open_journal: Callable[[], Journal]) -> StationTown:
    """Give a station of which three recordings of five arrived, and one that closed its day well."""
    made = StationTown(engine, open_journal())
    made.register()
    made.register("st337411", office="33.74.11", silent_after=0)
    made.send(*(made.recorded(number) for number in (1, 2, 5)), made.closed(5, 5), ektp_unsent=7)
    made.send(made.recorded(1, "st337411"), made.closed(1, 1, "st337411"))
    made.watch()
    made.later(minutes=61)
    made.watch()
    never_arrived(engine, NOBODYS)
    return made


@pytest.mark.usefixtures("town")
def test_the_command_says_what_is_the_matter_in_words(ektp: CommandLine) -> None:
    """And in JSON the facts; what is resolved only when asked for."""
    told = ektp.ask("alerts")
    assert {(one["rule"], one["about"]) for one in told} == {
        DIFFERS,
        ("recording-missing", f"{STATION}#3"),
        ("recording-missing", f"{STATION}#4"),
        ("sequence-gap", STATION),
        ("never-arrived", NOBODYS),
    }
    assert {one["station"] for one in told} == {STATION}
    assert {one["office"] for one in told} == {"33.74.10"}
    said = ektp("alerts").out
    assert "3 of 5 recordings arrived; 0 of its messages are parked" in said
    assert "2 running numbers missing since 2018-02-12 08:00 WIB: 3-4" in said
    assert f"by its first letters made at {STATION}" in said
    assert ektp.ask("alerts", "--station", "st337411") == []
    assert "nothing is the matter" in ektp("alerts", "--station", "st337411").out


def test_what_is_over_is_shown_when_asked_for(ektp: CommandLine, town: StationTown) -> None:
    """It says when it was resolved."""
    town.send(town.recorded(3), town.recorded(4))
    town.watch()
    assert [one["rule"] for one in ektp.ask("alerts")] == ["never-arrived"]
    every = {one["rule"]: one["resolved"] for one in ektp.ask("alerts", "--all")}
    assert every["day-differs"] == "2018-02-12T02:01:00Z"
    assert every["never-arrived"] is None
    assert "2018-02-12T02:01:00Z" in ektp("alerts", "--all").out


@pytest.mark.usefixtures("town")
def test_the_api_tells_the_same(database_url: str, ektp: CommandLine, tmp_path: Path) -> None:
    """With a token; nobody else is told which stations there are."""
    with parts_on(database_url, tmp_path) as parts, served(parts) as web:
        assert WebClient(web.address).get("/api/v1/alerts").status == 401
        assert WebClient(web.address).get("/api/v1/stations").status == 401
        assert web.get("/api/v1/alerts").json == ektp.ask("alerts")
        assert web.get("/api/v1/alerts?station=st337411").json == []
        assert len(web.get("/api/v1/alerts?limit=2").json) == 2
        assert web.get("/api/v1/alerts?station=X").status == 422
        one, other = web.get("/api/v1/stations").json
    assert (one["station"], one["unsent"], one["missing"], one["alerts"]) == (STATION, 7, 2, 5)
    assert one["last_day"] == {"date": "2018-02-12", "counted": 5, "arrived": 3}
    assert (other["role"], other["last_day"]["arrived"], other["alerts"]) == ("station", 1, 0)


@pytest.mark.usefixtures("town")
def test_the_measures_count_and_name_no_station(engine: Engine) -> None:
    """There are thousands of them; a resi is nobody's label either."""
    written = Measures(engine, PLAIN).written().decode()
    assert STATION not in written
    assert NOBODYS not in written
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(written)
        for sample in family.samples
    }
    assert samples["ektp_stations_registered",] == 2
    assert samples["ektp_stations_seen",] == 2
    assert samples["ektp_station_unsent",] == 7
    assert samples["ektp_stations_silent",] == 0
    assert samples["ektp_alerts_open", "recording-missing"] == 2
    assert samples["ektp_alerts_open", "security"] == 0


@pytest.mark.usefixtures("town")
def test_days_are_what_the_history_says(engine: Engine) -> None:
    """Also those that were counted since the last look."""
    found = {one.name: one for one in verify(engine, PLAIN)}
    assert {name: one.violations for name, one in found.items() if one.violations} == {}
    assert found["station-days-add-up"].checked == 4
    assert found["station-notices-are-numbered"].checked == 1
    assert found["alerts-are-open-once"].checked == 5


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("planted", "invariant", "where"),
    [
        ("update station_days set arrived = 4 where station = 'st337410'", "station-days-add-up", "3 recorded, 4"),
        ("delete from station_days where station = 'st337411'", "station-days-add-up", "1 recorded, 0 counted"),
        ("insert into tallies (office, kind, key, delta) values ('', 'recorded-on', 'st1/2018-02-12', 1)",
         "station-days-add-up", "0 recorded, 1 counted"),
        ("update station_days set count = 3 where station = 'st337410'", "station-days-add-up", "says otherwise"),
        (f"drop index alerts_open; insert into alerts (rule, about) values ('never-arrived', '{NOBODYS}')",
         "alerts-are-open-once", "2 are open"),
        ("delete from outbox where routing_key like 'recording-missing.%'", "station-notices-are-numbered", "told 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_day_is_found(
    engine: Engine, database_url: str, planted: str, invariant: str, where: str
) -> None:
    """A day that was counted otherwise, one that is gone, a count of nothing, a word that nobody said."""
    found = found_after(engine, database_url, planted)
    assert found[invariant].violations == 1
    assert where in found[invariant].examples[0]
