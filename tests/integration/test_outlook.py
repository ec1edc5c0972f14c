"""The day that a resident is told, from a store: by the queue and the stock, by what was usual, or none."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from ektp.config.calendars import Calendars
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.reading.outlook import Outlook
from ektp.reading.snapshot import snapshot
from ektp.reading.tracking import progress
from ektp.storage.engine import transaction
from tests.printing_town import PrintingTown, config_of
from workflows.outlook import Certainty

PRINTING: dict[str, Any] = {"printing": {"printers": {"p1": 10}}}


def told(town: PrintingTown, application: UUID) -> Outlook:
    """Return what is told of an application."""
    calendars = Calendars(config_of({}, **PRINTING))
    with snapshot(town.engine) as connection:
        found = progress(connection, application, town.keeping, calendars)
        assert found.says.must_come is False
        return found.outlook


@pytest.fixture
def town(engine: Engine) -> PrintingTown:
    """Give a regency whose printer does ten cards a day."""
    return PrintingTown(engine, **PRINTING)


def test_with_blanko_in_stock_it_is_between_two_days(town: PrintingTown) -> None:
    """The first of five on the next working day; the last no later than the bound says."""
    ones = [town.waits() for _ in range(5)]
    town.deliver(100)
    found = told(town, ones[0].application)
    assert found.certainty is Certainty.BETWEEN
    assert found.first is not None
    assert found.last is not None
    assert date.today() <= found.first <= found.last  # noqa: DTZ011 - of the office, a day more or less
    last = told(town, ones[-1].application)
    assert last.last is not None
    assert last.last >= found.last


def test_without_blanko_nobody_knows_unless_something_was_printed(town: PrintingTown) -> None:
    """Nothing printed of late: none; 20 a day of late: about so many working days."""
    one = town.waits()
    assert told(town, one.application) == Outlook(Certainty.STOPPED)
    elsewhere = Calendars(config_of({}, allocator="external"))
    with snapshot(town.engine) as connection:
        external = OfficeTimekeeping(config_of({}, allocator="external"), elsewhere)
        assert progress(connection, one.application, external, elsewhere).outlook.certainty is Certainty.UNKNOWN
    day = datetime.now(UTC).date() - timedelta(days=7)
    with transaction(town.engine) as connection:
        for what in ("in", "printed"):
            connection.execute(
                "insert into office_days (office, day, what, count) values ('33.74', %s, %s, 100)", [day, what]
            )
    found = told(town, one.application)
    assert found.certainty is Certainty.SHORT
    assert found.days == 1
    with snapshot(town.engine) as connection:
        said = progress(connection, one.application, town.keeping, Calendars(config_of({}, **PRINTING))).says
    assert "no blank cards" in said.text.en


def test_before_it_is_verified_the_usual_counts(town: PrintingTown) -> None:
    """Of enough cards eight of ten; of too few nothing."""
    one = town.waits()
    with town.engine.begin() as connection:
        connection.execute(text("update applications set state = 'recorded', queued = null"))
    assert told(town, one.application) == Outlook(Certainty.UNKNOWN)
    day = datetime.now(UTC).date()
    with transaction(town.engine) as driver:
        for what, count in (("took-2", 10), ("took-3", 60), ("took-9", 30)):
            driver.execute(
                "insert into office_days (office, day, what, count) values ('33.74.10', %s, %s, %s)", [day, what, count]
            )
    found = told(town, one.application)
    assert (found.certainty, found.cards) == (Certainty.USUAL, 100)
    assert found.first is not None
    assert found.last is not None
    assert found.first < found.last
