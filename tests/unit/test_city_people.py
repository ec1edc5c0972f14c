"""The made-up residents: everything about them is valid, and nobody can be one of them."""

from collections.abc import Iterator
from datetime import date

import pytest

from ektp.simulation.chance import Chance
from ektp.simulation.errors import NobodyLeft, NoSuchScenario
from ektp.simulation.people import FIRST_SERIAL, MOST, People, Resident, impossible_nik
from ektp.simulation.repertoire import SCENARIOS, scenario
from ektp.simulation.scenarios import CITY
from schemas.nik import Nik
from schemas.places import districts_of

OFFICES = [place.code for place in districts_of("33.74")]
RUNS = 3


def residents(seed: int, run: int, count: int = 500) -> Iterator[Resident]:
    """Give the first people of a run."""
    people = People(Chance(seed, run), run)
    return (people.come(OFFICES[number % len(OFFICES)]) for number in range(count))


def test_every_nik_is_valid_and_of_nobody() -> None:
    """Of the kecamatan, with the birthday of the form, of somebody of at least 17; but no register came so far."""
    women = 0
    for resident in residents(1, 0):
        nik = Nik.parse(resident.nik)
        assert nik.warnings == ()
        assert nik.region == resident.office
        assert nik.birth_day(CITY.start) == resident.born
        born, start = resident.born, CITY.start
        assert (born.year + 17, born.month, born.day) <= (start.year, start.month, start.day)
        assert int(resident.nik[-4:]) >= FIRST_SERIAL
        assert resident.name.startswith("Contoh ")
        women += nik.sex == "female"
    assert 100 < women < 400


def test_no_two_people_of_all_runs_share_a_nik_whatever_their_seeds() -> None:
    """Nor an application, nor a person's place in the whole range that one run can have."""
    everybody = [
        one for run in range(RUNS) for seed in (1, 2) if (seed == 1) == (run % 2 == 0) for one in residents(seed, run)
    ]
    assert len({one.nik for one in everybody}) == len({one.application for one in everybody}) == len(everybody)
    last = {impossible_nik(run, MOST - number, OFFICES[0])[0] for run in range(RUNS) for number in range(1, 200)}
    assert len(last) == RUNS * 199
    assert last.isdisjoint(one.nik for one in everybody)


def test_the_same_seed_and_run_bring_the_same_people() -> None:
    """Another seed brings others, with the same numbers of their lives."""
    assert list(residents(1, 0)) == list(residents(1, 0))
    other = list(residents(2, 0))
    assert {one.nik for one in other} == {one.nik for one in residents(1, 0)}
    assert {one.application for one in other}.isdisjoint(one.application for one in residents(1, 0))


def test_a_resident_does_not_show_who_it_is() -> None:
    """A log line with one in it names nobody."""
    resident = next(residents(1, 0))
    assert resident.nik not in repr(resident)
    assert "Contoh" not in repr(resident)


@pytest.mark.parametrize(("run", "number"), [(0, MOST), (1000, 0)])
def test_when_all_niks_are_used_it_says_so(run: int, number: int) -> None:
    """Rather than to bring somebody twice."""
    with pytest.raises(NobodyLeft, match="empty store"):
        impossible_nik(run, number, OFFICES[0])


def test_scenarios_are_found_by_name_and_grow() -> None:
    """People, stock and capacity alike; what starts later is the same."""
    assert set(SCENARIOS) >= {"city"}
    grown = scenario("city").scaled(3)
    assert grown.people == CITY.people * 3
    assert [one.count for one in grown.deliveries] == [one.count * 3 for one in CITY.deliveries]
    assert grown.printers.cards_a_day == CITY.printers.cards_a_day * 3
    assert date(2018, 2, 16) in CITY.holidays
    with pytest.raises(NoSuchScenario, match="there is no scenario nowhere: one of city, week"):
        scenario("nowhere")
