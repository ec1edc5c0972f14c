"""A city that somebody breaks: the centre silenced, the store emptied, a station cut, a day said again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ektp.simulation.agenda import Saying
from ektp.simulation.bad_line import BadLine
from ektp.simulation.centre import Centre, Packet
from ektp.simulation.city import City, Progress
from ektp.simulation.said import Said
from ektp.simulation.scenarios import Delivery
from ektp.simulation.warehouse import Warehouse, runs_of
from tests.memory_city import MemoryPipeline
from tests.simulated import WEEK
from tests.town import STILL, Quiet, names


def moment_of(event: Mapping[str, Any]) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(event["time"])


def test_a_silenced_centre_withholds_what_it_had_decided_and_says_it_afterwards() -> None:
    """Also of what it receives meanwhile; each thing once."""
    quiet = Quiet()
    town, centre = quiet.town, Centre(quiet.town)
    before, meanwhile = quiet.resident(), quiet.resident()
    centre.receive(Packet(before, 1, "E-1"), town.now)
    until = town.on_day(5)
    centre.fall_silent(until)
    centre.receive(Packet(meanwhile, 1, "E-2"), town.on_day(1))
    assert quiet.pass_days(4) == []
    assert centre.withheld == {before.application, meanwhile.application}
    said = quiet.pass_days(6)
    assert Counter(event["subject"] for event in said) == {before.application: 1, meanwhile.application: 1}
    assert all(moment_of(event) >= until for event in said)
    later = quiet.resident()
    centre.receive(Packet(later, 1, "E-3"), town.now)
    assert names(quiet.pass_days()) == ["data-verified"]
    assert later.application not in centre.withheld


def test_an_emptied_store_gives_back_every_blanko_and_takes_in_no_delivery_until_then() -> None:
    """By true words of the ledger; whoever waited gets one afterwards."""
    quiet = Quiet(replace(STILL, deliveries=(Delivery(0, 3), Delivery(2, 5))))
    town, warehouse, resident = quiet.town, Warehouse(quiet.town), quiet.resident()
    assert names(quiet.pass_days(1)) == ["blanko-received"]
    assert warehouse.run_dry(town.on_day(6)) == 3
    quiet.tell(warehouse, "application-verified", resident)
    (away,) = quiet.pass_days(4)
    assert (away["data"]["movement"], away["data"]["first"], away["data"]["last"]) == (
        "returned",
        "CONTOH-000-0000001",
        "CONTOH-000-0000003",
    )
    back, delivered, given = quiet.pass_days(4)
    assert (back["data"]["movement"], back["data"]["first"]) == ("came-back", away["data"]["first"])
    assert names([delivered, given]) == ["blanko-received", "blanko-allocated"]
    assert min(map(moment_of, (back, delivered, given))) >= town.on_day(6)


def test_where_the_pipeline_allocates_only_the_deliveries_are_missing() -> None:
    """Nobody in the warehouse knows which blanko are left."""
    quiet = Quiet(replace(STILL, builtin=True, deliveries=(Delivery(0, 3), Delivery(2, 5))))
    warehouse = Warehouse(quiet.town)
    assert names(quiet.pass_days(1)) == ["blanko-received"]
    assert warehouse.run_dry(quiet.town.on_day(6)) == 0
    (late,) = quiet.pass_days()
    assert moment_of(late) >= quiet.town.on_day(6)


@pytest.mark.parametrize(
    ("numbers", "runs"),
    [((), []), ((5,), [(5, 5)]), ((3, 1, 2), [(1, 3)]), ((1, 2, 4, 7, 8), [(1, 2), (4, 4), (7, 8)])],
)
def test_serials_are_told_in_runs_without_a_gap(numbers: tuple[int, ...], runs: list[tuple[int, int]]) -> None:
    """From the first to the last of each."""
    found = runs_of([f"CONTOH-000-{number:07}" for number in numbers])
    assert [(int(run[0][-7:]), int(run[-1][-7:])) for run in found] == runs


def test_a_station_that_is_cut_keeps_also_what_was_on_its_way() -> None:
    """Everything leaves as late when the line is back; another station's is let through."""
    quiet = Quiet()
    town, line = quiet.town, BadLine(quiet.town)
    cut, back = town.now, town.on_day(5)
    line.cut("st337410", back)

    def said(station: str, *, carried: bool = False) -> Saying:
        resident = quiet.resident()
        return replace(town.say("data-verified", resident.application, station, cut, attempt=1), carried=carried)

    kept = [said("st337410"), said("st337410", carried=True)]
    assert [line.carry(one, cut) for one in kept] == [None, None]
    other = said("st337411")
    assert line.carry(other, cut) == other
    assert line.kept == {"st337410": 2}
    left = []
    while (act := town.agenda.take(town.on_day(9))) is not None:
        saying = act.work(act.moment)
        assert saying is not None
        assert line.carry(saying, act.moment) == saying
        assert act.moment >= back
        left.append(saying)
    assert {one.event["id"] for one in left} == {one.event["id"] for one in kept}
    assert all(one.late for one in left)
    assert line.kept == {"st337410": 0}


def test_what_was_said_is_counted_from_when_somebody_asks() -> None:
    """What is on its way is told apart from what has arrived; an event said twice in a day is one of that day."""
    said, now = Said(), datetime(2018, 2, 5, 9).astimezone()
    events = [{"id": str(UUID(int=number))} for number in range(4)]
    said.note(events[:1], now)
    assert (len(said), said.of_last_day()) == (0, events[:1])
    said.begin()
    said.note(events[1:3], now + timedelta(hours=20))
    assert (len(said), said.settled) == (2, 0)
    assert said.waits > 0
    said.settle()
    assert (said.settled, said.waits) == (2, 0.0)
    said.note([events[3], events[3]], now + timedelta(hours=30))
    assert said.of_last_day() == events[1:]
    assert said.ids(1, 3) == [UUID(int=2), UUID(int=3)]


@pytest.mark.slow
def test_one_seed_broken_in_one_way_is_one_history_and_ends_as_every_other() -> None:
    """Ordered from anywhere, done between two slots: a silence, an empty store, a cut, and a day said again."""

    def lived() -> MemoryPipeline:
        pipeline = MemoryPipeline()

        def go_on(progress: Progress) -> None:
            if progress.day == 3 and not city.town.silenced:
                until = city.town.on_day(8)
                city.order(lambda: city.centre.fall_silent(until))
                city.order(lambda: city.line.cut("st337410", until))
                city.order(lambda: city.warehouse.run_dry(until))
                city.order(lambda: city.say_again(500))

        city = City(WEEK, 1, outside=pipeline, pipeline=pipeline, progress=go_on)
        city.run()
        return pipeline

    first, second = lived(), lived()
    history = {identity: (row.version, row.outcome) for identity, row in first.books.history.items()}
    assert history == {identity: (row.version, row.outcome) for identity, row in second.books.history.items()}
    assert first.summary() == second.summary()
    assert first.summary()["events"]["held"] == 0
    assert first.summary()["events"]["repeated"] >= 500
