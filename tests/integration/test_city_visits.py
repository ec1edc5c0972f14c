"""The simulated city's visits: asked for, planned by the pipeline, promised, driven and told; one seed, one history."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import Engine, text

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.simulation.city import City
from ektp.simulation.repertoire import scenario
from ektp.simulation.scenarios import Visits
from ektp.storage.engine import engine_for
from ektp.verification.invariants import verify
from tests.brokers import in_process
from tests.simulated import live

MONTH: Final = replace(
    scenario("jemput-bola"), days=12, watch=40, visits=Visits(asked=0.06, absent=0.3, called_off=0.15)
).scaled(0.12)
DECREED: Final = OfficeTimekeeping(Config(), Calendars(Config()))
SEED: Final = 2018
_VISITS: Final = "select id, day, kit, kecamatan, why, state, others from visits where state <> 'proposed' order by id"
_GUESTS: Final = "select visit, application, purpose, state from visit_guests where state <> 'proposed' order by 1, 2"
_REQUESTS: Final = "select id, category, people, asked, withdrawn from visit_requests order by id"
_TOLD: Final = "select id from outbox where routing_key like 'visit-%' order by id"
# What was done at a visit is said in events of its own, on its day.
_DONE: Final = """
select g.application from visit_guests g join visits v on v.id = g.visit where g.state = 'met' and not exists (
    select from history h where h.application = g.application and h.time::date = v.day and h.outcome = 'applied'
    and (h.type, g.purpose) in (('id.ektp.collected.v1', 'collect'), ('id.ektp.recorded.v1', 're-record')))
"""


def outreach(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that the store knows of visits, but for what is only proposed."""
    with engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(asked))]
            for name, asked in {
                "visits": _VISITS, "guests": _GUESTS, "requests": _REQUESTS, "told": _TOLD, "not done": _DONE
            }.items()
        }  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_visits_are_made_and_one_seed_is_one_history(
    database_url: str, another_database_url: str, engine: Engine
) -> None:
    """Who was met is what the city did, nobody is left who waits for a visit, and two runs agree to the last letter."""
    cities = list[City]()
    with in_process() as broker, in_process() as other:
        first = live(broker, database_url, MONTH, SEED, keeping=DECREED, lived=cities.append)
        second = live(other, another_database_url, MONTH, SEED, keeping=DECREED, consumers=2)
    told, again = first.pop("outcome"), second.pop("outcome")
    assert first == second
    assert told.told() == again.told()
    assert told.kept, told.told()
    found, twin = outreach(engine), engine_for(another_database_url)
    assert found == outreach(twin)
    twin.dispose()
    assert found["not done"] == []
    kits = cities[0].kits
    states = Counter(row[5] for row in found["visits"])
    assert states == Counter(held=len(kits.drives), cancelled=len(kits.called_off))
    assert min(states["held"], states["cancelled"], len(found["requests"])) > 0
    assert {str(row[0]): row[6] for row in found["visits"] if row[5] == "held"} == {
        visit: drive.others for visit, drive in kits.drives.items()
    }
    met = {(str(visit), str(guest)) for visit, guest, _, state in found["guests"] if state == "met"}
    assert met == {(visit, guest) for visit, drive in kits.drives.items() for guest in drive.met}
    did = Counter((purpose, state) for _, _, purpose, state in found["guests"])
    assert min(did[purpose, state] for purpose in ("collect", "re-record") for state in ("met", "absent")) > 0
    assert {row[4] for row in found["visits"]} >= {"exempt", "bound-near"}
    assert did["collect", "invited"] == did["re-record", "invited"] == states["planned"] == 0
    assert first["events"]["parked"] == 0
    assert not [finding for finding in verify(engine, DECREED) if finding.violations]
