"""The allocator on a real PostgreSQL: who waits gets a blanko, in the order of the queue, once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from ektp.verification.invariants import verify
from tests.histories import History, said
from tests.printing_town import REGENCY, PrintingTown


@pytest.fixture
def town(engine: Engine) -> Iterator[PrintingTown]:
    """Give a regency that gives out its blanko by itself; all that happened in it must be sound in the end."""
    made = PrintingTown(engine)
    yield made
    assert [found for found in verify(engine, made.keeping) if found.violations] == []


def test_recorded_verified_and_blanko_received_is_allocated_by_itself(town: PrintingTown) -> None:
    """Nobody says blanko-allocated; the printer is asked, the history says why, and there is nothing left to do."""
    resident = town.waits()
    assert town.allocator.allocate() == (0, 0, 0, 0)
    town.deliver(2)
    assert town.allocator.allocate() == (1, 1, 0, 0)
    assert town.allocator.allocate() == (0, 0, 0, 0)
    ((application, serial, because),) = town.given()
    assert (application, serial) == (resident.application, "TOWN-000001")
    assert because.startswith("new, first card, waiting since ")
    assert because.endswith("; 4 of 4 shares")
    assert town.asked("select serial, place, application from blanko order by serial") == [
        ("TOWN-000001", "allocated", resident.application),
        ("TOWN-000002", "in-stock", None),
    ]
    assert town.asked("select state, queued from applications") == [("allocated", None)]
    assert town.asked("select count(*) from outbox where routing_key like 'print-card%'") == [(1,)]


def test_from_outside_nobody_allocates_there(town: PrintingTown) -> None:
    """It is parked with its reason, also when it was held until the recording came; the blanko stays free."""
    resident, later = town.waits(), History()
    town.deliver(2)
    (outcome,) = town.tell(
        said(resident.application, "blanko-allocated", station="warehouse", blanko="TOWN-000001", office=REGENCY)
    )
    assert (outcome.outcome, outcome.reason) == ("parked", "allocator-is-builtin")
    town.tell(said(later.application, "blanko-allocated", station="warehouse", blanko="TOWN-000002", office=REGENCY))
    town.tell(said(later.application, "recorded", **town.recording(later)))
    assert town.asked("select reason, count(*) from parked group by reason") == [("allocator-is-builtin", 2)]
    assert town.asked("select distinct place from blanko") == [("in-stock",)]
