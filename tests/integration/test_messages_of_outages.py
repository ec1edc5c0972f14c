"""An outage is told to everybody it holds up, its end to everybody who was told of it: each once, some at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from schemas.submission import Submission
from tests.histories import History, said
from tests.residents import Residents, residents_on, with_contact

NOW = datetime(2026, 2, 12, 3, 0, tzinfo=UTC)


@pytest.fixture
def residents(database_url: str, tmp_path: Path) -> Iterator[Residents]:
    """Give a store on a morning."""
    with residents_on(database_url, tmp_path) as made:
        begin_simulation(made.parts.engine, NOW)
        yield made


def declared(subject: str, name: str = "outage-declared", **data: Any) -> Submission:
    """Return an operator's word about an outage."""
    more: dict[str, Any] = {"from": NOW.isoformat(), **data} if name == "outage-declared" else data
    return said(subject, name, station="operator", because="server pusat", **more)


def told() -> History:
    """Return somebody recorded who has a telephone."""
    return with_contact(History().recorded())


def of(residents: Residents, notice: str) -> set[UUID]:
    """Return whose messages of a notice there are."""
    return {one for (one,) in residents.sql("select application from messages where notice = %s", [notice])}


def test_an_outage_of_the_centre_is_told_to_those_who_wait_for_it(residents: Residents) -> None:
    """Not to whoever waits for something else; its end to those who were told."""
    waiting, ready = [told() for _ in range(5)], told().verified()
    residents.tell(*waiting, ready)
    residents.parts.journal().apply([declared("centre")])
    parts = residents.parts
    in_twos = PostgresMessagePlans(parts.engine, parts.keeping, parts.config.manner, at_once=2)
    assert (in_twos.plan(), residents.plan()) == (7 + 5, 0)
    assert of(residents, "outage-declared") == {one.application for one in waiting}
    residents.deliver()
    assert sum(one["notice"] == "outage-declared" for one in residents.sink) == 5
    later = told()
    residents.tell(later)
    set_simulated_now(residents.parts.engine, NOW + timedelta(hours=2))
    residents.parts.journal().apply([declared("centre", "outage-ended")])
    residents.plan()
    residents.deliver()
    assert of(residents, "outage-ended") == {one.application for one in waiting}
    facts = residents.sql("select count(distinct fact), count(*) from messages where notice like 'outage-%%'", [])
    assert facts == [(2, 10)]
    assert residents.plan() == 0


def test_an_outage_of_an_office_is_told_there_and_when_it_begins(residents: Residents) -> None:
    """Also to whoever waits for nothing of the centre; one to come is told when it has come."""
    here = told().verified()
    residents.tell(here)
    residents.plan()
    begins = (NOW + timedelta(hours=1)).isoformat()
    residents.parts.journal().apply([declared("33.19"), declared("33.74", **{"from": begins})])
    residents.plan()
    assert of(residents, "outage-declared") == set()
    set_simulated_now(residents.parts.engine, NOW + timedelta(hours=1))
    residents.plan()
    assert of(residents, "outage-declared") == {here.application}


def test_what_was_over_before_it_could_be_told_is_not_told(residents: Residents) -> None:
    """It is stopped, and nobody has to tell it by hand; who was told nothing is not told of the end."""
    history = told()
    residents.tell(history)
    residents.plan()
    residents.deliver()
    residents.parts.journal().apply([declared("centre", until=(NOW + timedelta(hours=1)).isoformat())])
    residents.plan()
    set_simulated_now(residents.parts.engine, NOW + timedelta(hours=2))
    residents.deliver()
    residents.plan()
    assert residents.states()["outage-declared"] == "stopped"
    assert of(residents, "outage-ended") == set()


def test_a_restored_database_goes_on_where_it_was(residents: Residents) -> None:
    """In another cluster the numbers of transactions begin anew: nothing is told twice, and what is new is told."""
    residents.tell(told(), told())
    assert residents.plan() == 2
    residents.tell(told())
    residents.sql("update message_plans set cluster = 1, xid = '900000000'")
    residents.sql("update outbox set xid = '900000000' where xid is not null")
    assert residents.plan() == 1
    residents.tell(told())
    assert residents.plan() == 1
    assert residents.sql("select count(*), count(distinct (application, fact)) from messages") == [(4, 4)]
