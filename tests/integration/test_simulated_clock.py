"""The clock of a simulated city: what it dates, and what keeps real time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from consumers.journal import Journal
from ektp.storage.simulated_clock import (
    begin_simulation,
    forget_simulated_clock,
    holds_real_applications,
    set_simulated_now,
    simulated_clock,
)
from schemas.submission import Door, read_line
from tests.histories import happy

THEN = datetime(2018, 2, 5, 1, 0, tzinfo=UTC)


def test_without_a_simulation_the_time_is_the_servers(engine: Engine) -> None:
    """Nothing is set, and nothing is to be forgotten."""
    assert simulated_clock(engine) is None
    assert not forget_simulated_clock(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("select ektp_now() = statement_timestamp()"))


def test_a_simulation_dates_what_happens_and_never_goes_back(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Applications and history follow the city's clock; letters on their way keep real time."""
    assert begin_simulation(engine, THEN).runs == 1
    set_simulated_now(engine, THEN + timedelta(hours=2))
    set_simulated_now(engine, THEN + timedelta(hours=1))
    apply_one(open_journal())
    with engine.connect() as connection:
        dates = connection.execute(
            text("select since, received, created from applications, history, outbox limit 1")
        ).one()
    assert dates[:2] == (THEN + timedelta(hours=2),) * 2
    assert dates[2] > THEN + timedelta(days=365)
    again = begin_simulation(engine, THEN)
    assert (again.moment, again.runs) == (THEN + timedelta(hours=2), 2)
    assert forget_simulated_clock(engine)
    assert simulated_clock(engine) is None


def test_a_store_with_people_in_it_is_known(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Made-up residents never come among real ones; those of an earlier simulation are none."""
    assert not holds_real_applications(engine)
    apply_one(open_journal())
    assert holds_real_applications(engine)
    begin_simulation(engine, THEN)
    assert not holds_real_applications(engine)


def apply_one(journal: Journal) -> None:
    """Record somebody."""
    import json

    event: dict[str, Any] = happy(1).events[0]
    outcomes = journal.apply([read_line(json.dumps(event).encode(), door=Door.CLI)])
    assert [one.outcome for one in outcomes] == ["applied"]
