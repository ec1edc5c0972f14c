"""Semarang in small: a year without blanko becomes two months, and the two tracks are kept all the same."""

import tomllib
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

import pytest
from sqlalchemy import Engine, text

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.reading.backlog import backlog
from ektp.reading.snapshot import snapshot
from ektp.simulation.rules import rules
from ektp.simulation.scenarios import Delivery, Printers, Scenario
from ektp.simulation.semarang import SEMARANG
from ektp.simulation.working_days import WorkingDays
from ektp.verification.invariants import verify
from tests.brokers import in_process
from tests.simulated import live

START: Final = date(2017, 11, 6)
NEW: Final = date(2018, 1, 1)
DAYS: Final = WorkingDays(SEMARANG.holidays)
SEED: Final = 2018


def number(day: date) -> int:
    """Return the number of a working day of the short year."""
    return sum(DAYS.is_open(date.fromordinal(one)) for one in range(START.toordinal(), day.toordinal()))


def short() -> Scenario:
    """Return Semarang from November on: eight people a day, one printer of twenty cards, 300 in the backlog."""
    return replace(
        SEMARANG,
        start=START,
        days=number(date(2018, 2, 2)),
        people=0.5,
        printers=Printers(count=1, cards_a_day=20, spoils=0.05),
        deliveries=(Delivery(number(date(2017, 12, 28)), 200), Delivery(number(date(2018, 1, 8)), 500)),
        rush=number(date(2018, 1, 2)),
        watch=5,
    )


@pytest.mark.slow
def test_the_backlog_is_paid_off_and_new_applicants_keep_their_four_days(
    database_url: str, another_database_url: str, engine: Engine
) -> None:
    """By the pipeline's own allocator; two runs of one seed agree to the last event, also with two consumers."""
    scenario = short()
    config = Config.model_validate(tomllib.loads(rules(scenario) or ""))
    calendars = Calendars(config)
    keeping = OfficeTimekeeping(config, calendars)
    with in_process() as broker, in_process() as other:
        first = live(broker, database_url, scenario, SEED, keeping=keeping)
        assert first == live(other, another_database_url, scenario, SEED, keeping=keeping, consumers=2)
    with snapshot(engine) as connection:
        told = backlog(connection, keeping, calendars, scenario.regency, NEW)
        stock = connection.scalar(text("select count(*) from blanko where place = 'in-stock'"))
        spoiled = connection.scalar(text("select count(*) from blanko where place = 'spoiled'"))
        doors = connection.scalars(text(
            "select distinct door from history where type = 'id.ektp.blanko-allocated.v1'"
        )).all()  # fmt: skip
    assert doors == ["system"]
    assert 250 < told.recorded < 350
    in_2018 = [week for week in told.weeks if week.monday >= NEW]
    assert all(later.backlog <= earlier.backlog for earlier, later in pairwise(in_2018))
    assert in_2018[0].backlog > told.recorded * 0.8
    assert told.weeks[-1].backlog == 0
    assert told.new > 100
    assert told.due > 0.9 * told.new
    assert told.kept > 0.9 * told.due
    assert told.days is not None
    assert told.days < 4
    assert told.weeks[-1].stock == stock
    assert spoiled
    assert max(week.suket for week in told.weeks) > told.recorded / 2
    assert told.weeks[-1].suket < max(week.suket for week in told.weeks)
    assert not [finding for finding in verify(engine, keeping) if finding.violations]
