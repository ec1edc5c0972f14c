"""A resi that a resident holds and nobody has: the recording never left the laptop."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from consumers.journal import Journal
from ektp.storage.alerts.alerts import MOST_NEVER_ARRIVED, never_arrived
from tests.histories import OFFICE, History
from tests.station_town import STATION, StationTown
from workflows.resi import mark_of, resi_of
from workflows.slips import slips

NOBODYS = f"{mark_of(STATION)}0-1234-5678"


@pytest.fixture
def town(engine: Engine, open_journal: Callable[[], Journal]) -> StationTown:
    """Give a station with an account."""
    made = StationTown(engine, open_journal())
    made.register()
    return made


def alert(engine: Engine) -> dict[str, Any]:
    """Return the one alert there is."""
    with engine.connect() as connection:
        return dict(connection.execute(text("select * from alerts")).mappings().one())


def marked(station: str) -> History:
    """Return an application whose resi begins with a station's mark; others are made up until one does."""
    while True:
        history = History()
        if resi_of(history.application).startswith(mark_of(station)):
            return history


def test_a_resi_that_nobody_has_names_the_station_that_gave_it_out(engine: Engine, town: StationTown) -> None:
    """However often and in whatever way it is typed, it is one alert."""
    assert never_arrived(engine, NOBODYS)
    assert never_arrived(engine, NOBODYS.lower().replace("-", " "))
    told = alert(engine)
    assert (told["rule"], told["about"], told["station"], told["office"]) == (
        "never-arrived", NOBODYS, STATION, OFFICE,
    )  # fmt: skip
    assert told["detail"] == {"stations": [STATION]}
    assert town.watch() == []
    assert town.open_alerts() == {("never-arrived", NOBODYS)}


def test_a_station_without_an_account_is_named_where_it_was_ever_seen(engine: Engine, town: StationTown) -> None:
    """In the trusted city nobody has one."""
    seen = f"{mark_of('st337402')}0-1234-5678"
    assert not never_arrived(engine, seen)
    town.send(town.recorded(1, "st337402"))
    assert never_arrived(engine, seen)


@pytest.mark.parametrize("typed", ["", "nonsense", "0000-0000-000", f"{NOBODYS}0", "UUUU-UUUU-UUUU"])
def test_what_cannot_be_a_resi_is_no_matter(engine: Engine, town: StationTown, typed: str) -> None:
    """Nor is one of a station that does not exist."""
    assert not never_arrived(engine, typed)
    assert not never_arrived(engine, f"{_other_mark()}0-1234-5678")
    assert town.open_alerts() == set()


def _other_mark() -> str:
    return next(mark for mark in ("000", "111") if mark != mark_of(STATION))


def test_a_slip_of_the_finger_is_no_matter(engine: Engine, town: StationTown) -> None:
    """One letter wrong, or two neighbours swapped: somebody has that resi, and the resident typed it badly."""
    history = History().recorded()
    town.journal.apply(history.submissions())
    own = resi_of(history.application)
    mark = own[:3]
    town.register(_station_with(mark) or "st000001")
    assert not never_arrived(engine, own)
    assert not any(never_arrived(engine, one) for one in sorted(slips(own))[::40])
    assert town.open_alerts() == set()


def _station_with(mark: str) -> str | None:
    return next((f"st{number}" for number in range(40_000) if mark_of(f"st{number}") == mark), None)


def test_what_waits_or_is_parked_did_arrive(engine: Engine, town: StationTown) -> None:
    """Its recording is here, held for another application of the same person, or in the parking lot."""
    first = History().recorded()
    held = marked(STATION).recorded()
    held.events[0]["data"]["nik"] = first.nik
    held.events[0]["source"] = f"/stations/{STATION}"
    assert town.send(first.events[0], held.events[0]) == ["applied", "held"]
    broken = marked(STATION).recorded()
    broken.events[0]["data"]["nik"] = "none"
    broken.events[0]["source"] = f"/stations/{STATION}"
    assert town.send(broken.events[0]) == ["parked"]
    assert not never_arrived(engine, resi_of(held.application))
    assert not never_arrived(engine, resi_of(broken.application))


@pytest.mark.parametrize("becomes", ["applied", "parked"])
def test_it_is_resolved_when_the_recording_arrives(engine: Engine, town: StationTown, becomes: str) -> None:
    """By the next look of the watch, also where it is parked: it is not on the laptop any more."""
    history = marked(STATION).recorded()
    history.events[0]["source"] = f"/stations/{STATION}"
    if becomes == "parked":
        history.events[0]["data"]["nik"] = "none"
    assert never_arrived(engine, resi_of(history.application))
    assert town.send(*history.events) == [becomes]
    town.watch()
    assert town.open_alerts() == set()


def test_who_types_at_random_does_not_fill_the_table(engine: Engine, town: StationTown) -> None:
    """A hundred of a station at most, also where many ask at once."""
    typed = [f"{mark_of(STATION)}0-1234-{number:04d}" for number in range(MOST_NEVER_ARRIVED + 20)]

    def ask(part: int) -> None:
        for one in typed[part::4]:
            never_arrived(engine, one)

    askers = [Thread(target=ask, args=(part,)) for part in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(town.open_alerts()) == MOST_NEVER_ARRIVED
    (_, about), *_ = town.open_alerts()
    assert never_arrived(engine, about), "what is open is seen once more"
