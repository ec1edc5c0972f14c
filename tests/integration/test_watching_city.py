"""The watch over a simulated city whose stations have accounts: what is the matter is what the city did."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from ektp.simulation.city import Progress
from ektp.simulation.scenarios import Line, Scenario
from ektp.storage.stations.watching import PostgresStationWatch
from ektp.verification.invariants import verify
from tests.brokers import in_process
from tests.plain_time import PLAIN
from tests.simulated import WEEK, live
from workflows.stations import Thresholds

pytestmark = pytest.mark.slow
SEED = 20180212
FRIDAY = date(2018, 2, 9)
_SUNDAY = datetime(2018, 2, 4, tzinfo=UTC)
_ACCOUNT = """
insert into stations (name, role, office, token, secret, added_by, added)
select 'st3374' || to_char(n, 'FM00'), 'station', '33.74.' || to_char(n, 'FM00'), n::text::bytea, '', 'a test', :added
from generate_series(1, 16) as n
"""


@pytest.fixture
def broker() -> Iterator[str]:
    """Give a broker in this process."""
    with in_process() as url:
        yield url


def lived(engine: Engine, broker: str, database_url: str, scenario: Scenario) -> set[tuple[str, str]]:
    """Live a week, looking after each slot; return every alert of the days on which the stations recorded."""
    with engine.begin() as connection:
        connection.execute(text(_ACCOUNT), {"added": _SUNDAY})
    watch = PostgresStationWatch(engine, PLAIN, Thresholds())
    told: set[tuple[str, str]] = set()

    def look(progress: Progress) -> None:
        found = watch.watch()
        if progress.moment.date() <= FRIDAY:
            told.update(found)

    live(broker, database_url, scenario, SEED, progress=look)
    assert [one for one in verify(engine, PLAIN) if one.violations] == []
    return told


def test_a_week_in_which_nothing_is_lost_or_late_raises_nothing(engine: Engine, broker: str, database_url: str) -> None:
    """However often things are sent twice: every day is answered with all that was counted."""
    honest = replace(WEEK, line=Line(doubled=0.2, delayed=0), offline=(), bugs=(), watch=0)
    assert lived(engine, broker, database_url, honest) == set()
    with engine.connect() as connection:
        question = "select count(*), count(*) filter (where arrived = count and settled) from station_days"
        closed = connection.execute(text(f"{question} where closed is not null")).one()
    assert closed == (80, 80)


def test_a_week_of_troubles_raises_what_went_wrong_and_no_more(engine: Engine, broker: str, database_url: str) -> None:
    """A line that is down for two days, a program that spoils recordings, mail that leaves in the evening."""
    told = lived(engine, broker, database_url, WEEK)
    assert {about for rule, about in told if rule == "station-silent"} == {"st337412"}
    differing = {about.partition("/")[0] for rule, about in told if rule == "day-differs"}
    assert {"st337405", "st337406"} & differing, "what the bugs spoiled is parked, and not taken in"
    assert {rule for rule, _ in told} <= {
        "station-silent", "day-not-closed", "day-differs", "recording-missing", "sequence-gap",
    }  # fmt: skip
    with engine.connect() as connection:
        question = "select rule, about from alerts where resolved is null and rule not in ('station-silent', :left)"
        left = connection.execute(text(question), {"left": "day-not-closed"}).all()
    assert left == [], "everything came in the end, and each alert closed by itself"
