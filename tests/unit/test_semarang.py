"""The scenario semarang as data: what it says of the city, the rules it brings, and its weeks."""

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final

import pytest

from ektp.config.config import Config
from ektp.simulation.centre import Centre
from ektp.simulation.city import City
from ektp.simulation.counters import Counters
from ektp.simulation.people import People
from ektp.simulation.rules import rules
from ektp.simulation.scenarios import CITY, Delivery
from ektp.simulation.semarang import SEMARANG
from ektp.simulation.stations import Stations
from ektp.simulation.town import Town
from ektp.simulation.warehouse import Warehouse
from ektp.simulation.working_days import WIB, WorkingDays
from schemas.nik import Nik
from tests.memory_city import MemoryPipeline
from tests.town import STILL, Quiet, data, names
from workflows.working_time import WHOLE_DAY

DAYS: Final = WorkingDays(SEMARANG.holidays)
#: Three weeks of the year without blanko, and nothing after.
WEEKS: Final = replace(SEMARANG, days=15, people=0.5, deliveries=(), watch=0, slot=60, builtin=False)


def test_the_numbers_are_those_of_the_case() -> None:
    """120,000 people before 2018, the first blanko in its last week, and more than everybody needs."""
    before = sum(DAYS.is_open(date.fromordinal(day)) for day in range(SEMARANG.start.toordinal(), _day(2018, 1, 1)))
    assert round(SEMARANG.people * 16 * before) == 120_000
    first, *_ = SEMARANG.deliveries
    assert date(2017, 12, 25) < DAYS.after(SEMARANG.start, first.day) < date(2018, 1, 1)
    everybody = SEMARANG.people * 16 * SEMARANG.days
    assert everybody < sum(one.count for one in SEMARANG.deliveries) < 1.15 * everybody
    assert DAYS.is_open(date(2018, 2, 12))
    assert not DAYS.is_open(date(2017, 6, 26)), "Lebaran, as the pipeline's own calendar has it"


def _day(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal()


@pytest.mark.parametrize("scale", [0.003, 0.01, 0.1, 0.5, 1.0])
def test_the_rules_it_brings_let_the_allocator_give_out_what_its_printers_can_print(scale: float) -> None:
    """At every scale, or cards would pile up before the printers or printers stand still."""
    scenario = SEMARANG.scaled(scale)
    text = rules(scenario)
    assert text is not None
    config = Config.model_validate(tomllib.loads(text))
    office = config.office("33.74.10")
    assert (office.allocator, office.queue.backlog_before, office.promise) == ("builtin", date(2018, 1, 1), 4)
    assert config.printing_office("33.74.10") == "33.74"
    printers = scenario.printers
    assert len(office.printing.printers) == printers.count
    assert sum(office.printing.printers.values()) == pytest.approx(printers.count * printers.cards_a_day, abs=1)
    assert printers.count * printers.cards_a_day == pytest.approx(max(1, 23 * 140 * scale))


def test_a_city_that_allocates_itself_brings_no_rules() -> None:
    """The usual ones are good."""
    assert rules(CITY) is None


def test_where_the_pipeline_allocates_the_warehouse_only_fetches() -> None:
    """However many wait."""
    quiet = Quiet(replace(STILL, builtin=True, deliveries=(Delivery(1, 5),)))
    warehouse = Warehouse(quiet.town)
    assert warehouse.ears == {}
    assert names(quiet.pass_days()) == ["blanko-received"]
    warehouse.take_back("CONTOH-000-0000001")
    assert quiet.pass_days() == []


def test_who_waits_for_blanko_comes_in_when_there_is_something_to_come_for() -> None:
    """Nobody before that day, everybody within a month of it."""
    scenario = replace(STILL, rush=10, residents=replace(STILL.residents, come_in=1))
    quiet = Quiet(scenario)
    counters = Counters(quiet.town)
    people = [quiet.resident() for _ in range(50)]
    for resident in people:
        quiet.tell(counters, "application-verified", resident)
    assert quiet.pass_days(9) == []
    said = quiet.pass_days(25)
    assert Counter(names(said)) == {"print-requested": 50}
    assert len({event["time"][:10] for event in said}) > 10
    assert data(said)[0] == {"counter": "counter_337410"}


def test_stations_that_do_not_close_say_only_whom_they_recorded() -> None:
    """A closing of each station on each day of a week would be five events of it in one slot."""
    quiet = Quiet(replace(STILL, days=2, people=1.0, closings=False))
    Stations(quiet.town, Centre(quiet.town))
    assert set(names(quiet.pass_days(2))) == {"recorded", "data-verified"}


def test_everybody_is_seventeen_on_the_first_day_and_nobody_shares_a_nik() -> None:
    """Also where the city begins long before the others; its elders are nobody else's."""
    town = Town(SEMARANG, 1)
    residents = [town.people.come("33.74.10") for _ in range(3000)]
    everywhere = People(town.chance, 1)
    others = [everywhere.come("33.74.10") for _ in range(3000)]
    assert max(one.born for one in residents) <= date(1999, 9, 1) < max(one.born for one in others)
    assert len({one.nik for one in (*residents, *others)}) == 6000
    assert all(Nik.parse(one.nik).birth_day(SEMARANG.start) == one.born for one in residents)


def test_a_week_is_one_slot_until_the_blanko_come() -> None:
    """It ends on its last working day before the closing; the Sunday of a week without any counts to the next."""
    assert DAYS.week_of(datetime(2017, 11, 8, 9, tzinfo=WIB)) == datetime(2017, 11, 10, 14, 59, tzinfo=WIB)
    assert DAYS.week_of(datetime(2017, 11, 12, 9, tzinfo=WIB)) == datetime(2017, 11, 17, 14, 59, tzinfo=WIB)
    assert DAYS.week_of(datetime(2017, 6, 22, 9, tzinfo=WIB)) == datetime(2017, 6, 22, 14, 59, tzinfo=WIB), "Lebaran"


def test_in_a_slot_of_a_week_everything_is_said_in_its_order_and_deadlines_still_pass() -> None:
    """Recorded and verified in one week, in two rounds of its last moment; the promise is missed in the next."""
    pipeline = MemoryPipeline()
    moments: list[datetime] = []
    City(WEEKS, 1, outside=pipeline, pipeline=pipeline, progress=lambda told: moments.append(told.moment)).run()
    weeks = sorted(set(moments))
    assert [moment.date() for moment in weeks[:3]] == [date(2016, 9, 2), date(2016, 9, 9), date(2016, 9, 16)]
    assert len(moments) > len(weeks)
    assert all(later >= earlier for earlier, later in pairwise(moments))
    recorded = [event for event in pipeline.published if event["type"] == "id.ektp.recorded.v1"]
    assert 50 < len(recorded) < 150
    rows = pipeline.books.applications.values()
    assert {row.state.value for row in rows} == {"verified"}
    waited = [dict(row.timers.waited).get("centre", 0) for row in rows]
    assert sorted(waited)[len(waited) // 2] < WHOLE_DAY * 5
    assert sum(row.timers.missed for row in rows) > len(recorded) / 2
