"""The allocator on a real PostgreSQL: who waits gets a blanko, in the order of the queue, once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from sqlalchemy import Engine

from ektp.allocation import Allocations, CityAllocations
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.storage.stock.printers import PostgresPrinters
from ektp.verification.invariants import verify
from tests.histories import History, said
from tests.printing_town import REGENCY, PrintingTown

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
DAY: Final = timedelta(days=1)


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


def sound(town: PrintingTown) -> PrintingTown:
    """Return it if nothing in its store is wrong."""
    assert [found for found in verify(town.engine, town.keeping) if found.violations] == []
    return town


def test_a_spoiled_blanko_puts_the_application_back_in_front(town: PrintingTown) -> None:
    """Before those that waited longer; the next blanko is another turn, and the spoiled one is never given again."""
    first, *_ = residents = [town.waits() for _ in range(3)]
    town.deliver(1)
    assert town.allocator.allocate().applied == 1
    tell = partial(said, first.application, station="printer1", blanko="TOWN-000001")
    town.tell(tell("print-failed", printer="printer1", cause="ribbon"))
    assert town.asked("select lane from applications where queued is not null order by lane") == [
        ("again",), ("new",), ("new",)
    ]  # fmt: skip
    town.deliver(2, first=2)
    assert town.allocator.allocate().applied == 2
    assert [row[:2] for row in town.given()] == [
        (first.application, "TOWN-000001"), (first.application, "TOWN-000002"),
        (residents[1].application, "TOWN-000003"),
    ]  # fmt: skip
    assert town.given()[1][2].endswith("in front, its print failed or was voided")
    assert town.asked("select data->>'turn' from history where data->>'blanko' = 'TOWN-000002'") == [("2",)]


def test_a_blanko_that_came_back_goes_to_somebody_else(town: PrintingTown) -> None:
    """The one who gave it back is passed over while there is no other, and is in front when there is."""
    first, second = town.waits(), town.waits()
    town.deliver(1)
    town.allocator.allocate()
    town.tell(said(first.application, "print-voided", station="printer1", blanko="TOWN-000001"))
    assert town.allocator.allocate(1).applied == 1
    town.deliver(1, first=2)
    assert town.allocator.allocate().applied == 1
    assert [row[:2] for row in town.given()] == [
        (first.application, "TOWN-000001"), (second.application, "TOWN-000001"), (first.application, "TOWN-000002")
    ]  # fmt: skip


def test_the_queue_is_served_in_its_order(engine: Engine) -> None:
    """Urgent ones and those who came in person share with the rest; a first card goes before a lost one."""
    town = PrintingTown(engine, queue={"backlog_before": date(2026, 2, 1), "weights": {"backlog": 1, "new": 1}})
    begin_simulation(engine, MONDAY)
    old = [town.waits(MONDAY - 20 * DAY + number * DAY) for number in range(2)]
    lost, new = town.waits(MONDAY - 4 * DAY, reason="lost"), town.waits(MONDAY - DAY)
    urgent = town.waits(MONDAY, urgent={"because": "operation next week", "approved_by": "Contoh Kepala"})
    came = town.waits(MONDAY)
    town.tell(said(came.application, "print-requested", counter="c1"))
    town.deliver(6)
    assert town.allocator.allocate().applied == 6
    order = [urgent, came, new, old[0], lost, old[1]]
    assert [row[0] for row in town.given()] == [one.application for one in order]
    assert town.given()[3][2] == "backlog, first card, waiting since 2026-01-20; 1 of 2 shares"
    assert town.given()[4][2] == "new, lost, waiting since 2026-02-05; 1 of 2 shares"
    assert town.given()[0][2] == "urgent, first card, waiting since 2026-02-09; 4 of 10 shares"
    sound(town)


def test_of_a_day_only_so_many_are_given_out(engine: Engine) -> None:
    """What the printers can do, or the office's quota; on the next working day it goes on."""
    town = PrintingTown(engine, printing={"printers": {"one": 3, "two": 2}, "quota": 4})
    begin_simulation(engine, MONDAY)
    for _ in range(10):
        town.waits(MONDAY)
    town.deliver(10)
    assert town.allocator.allocate().applied == 4
    assert town.allocator.allocate().applied == 0
    wider = PrintingTown(engine, printing={"printers": {"one": 3, "two": 2}})
    assert wider.allocator.allocate().applied == 1
    assert wider.allocator.allocate().applied == 0
    set_simulated_now(engine, MONDAY + 4 * DAY)
    assert town.allocator.allocate().applied == 4
    set_simulated_now(engine, MONDAY + 5 * DAY)  # Saturday; the next working day is after Imlek
    assert town.allocator.allocate().applied == 1
    assert town.asked("select key, sum(delta)::int from tallies where kind = 'given' group by key order by key") == [
        ("2026-02-09", 5), ("2026-02-13", 4), ("2026-02-18", 1)
    ]  # fmt: skip
    sound(town)


def test_without_a_ribbon_nothing_is_given_out(engine: Engine) -> None:
    """Where ribbons are counted; a new one on any printer is enough."""
    town = PrintingTown(engine, yields={"ribbon": 1})
    first, second = town.waits(), town.waits()
    town.deliver(2)
    tell = partial(said, REGENCY, station="warehouse", office=REGENCY, supply="ribbon")
    town.tell(tell("supplies-received", count=2, document="BA-2"), tell("supply-loaded", printer="one"))
    assert town.allocator.allocate(1).applied == 1
    town.tell(said(first.application, "printed", station="printer1", blanko="TOWN-000001", printer="one"))
    assert town.allocator.allocate() == (0, 0, 0, 0)
    town.tell(tell("supply-loaded", printer="two"))
    assert town.allocator.allocate().applied == 1
    assert town.given()[1][0] == second.application
    sound(town)


def test_who_is_too_young_is_passed_over_until_the_birthday(engine: Engine) -> None:
    """The blanko goes to the next; on the birthday it is the young one's turn."""
    town = PrintingTown(engine)
    begin_simulation(engine, MONDAY)
    young = town.waits(MONDAY - DAY, birth_date="2009-02-12")
    other = town.waits(MONDAY)
    town.deliver(2)
    assert town.allocator.allocate().applied == 1
    set_simulated_now(engine, MONDAY + 3 * DAY - timedelta(hours=10))  # eleven at night, the day before
    assert town.allocator.allocate().applied == 0
    set_simulated_now(engine, MONDAY + 3 * DAY - timedelta(hours=9))
    assert town.allocator.allocate().applied == 1
    assert [row[0] for row in town.given()] == [other.application, young.application]
    sound(town)


def test_a_kecamatan_with_printers_of_its_own_has_a_queue_of_its_own(engine: Engine) -> None:
    """Where the file says so from some day on, those who wait already are placed anew."""
    town = PrintingTown(engine)
    one, two = town.waits(), town.waits(office="33.74.11")
    own = PrintingTown(engine, also={"33.74.11": {"printing": {}}})
    town.deliver(1, office="33.74.11")
    assert town.allocator.allocate().applied == 0
    assert [found.name for found in verify(engine, own.keeping) if found.violations] == ["queue-is-in-order"]
    assert own.allocator.allocate().applied == 1
    assert own.given() == [(two.application, "TOWN-000001", own.given()[0][2])]
    assert own.asked("select id, prints_at from applications order by prints_at") == [
        (one.application, "33.74"), (two.application, "33.74.11")
    ]  # fmt: skip
    sound(own)


def test_who_waited_before_there_was_a_queue_is_placed_in_it(town: PrintingTown) -> None:
    """As a store of an earlier release has them."""
    waiting = town.waits()
    town.deliver(1)
    with transaction(town.engine) as connection:
        connection.execute("update applications set prints_at = '', queued = null")
    assert town.allocator.allocate().applied == 1
    assert town.given()[0][0] == waiting.application


def test_a_printer_that_spoils_too_many_is_told_of_once_a_day(engine: Engine) -> None:
    """More than the office bears; by name, with how many."""
    town = PrintingTown(engine, queue={"failures": 2})
    begin_simulation(engine, MONDAY)
    watch = PostgresPrinters(engine, town.keeping)

    def spoil(printer: str) -> None:
        history = town.waits(MONDAY)
        town.deliver(1, first=history.number)
        town.allocator.allocate()
        ((serial,),) = town.asked("select serial from blanko where place = 'allocated'")
        town.tell(said(history.application, "print-failed", blanko=serial, printer=printer, cause="ribbon"))
        town.tell(said(history.application, "application-cancelled", because="withdrawn"))

    for printer in ("one", "one", "two"):
        spoil(printer)
    assert watch.failing() == []
    spoil("one")
    assert watch.failing() == [("33.74", "one", 3)]
    spoil("one")
    assert watch.failing() == []
    set_simulated_now(engine, MONDAY + DAY)
    for _ in range(3):
        spoil("one")
    assert watch.failing() == [("33.74", "one", 3)]
    sound(town)


def test_while_a_city_lives_only_the_city_gives_out(town: PrintingTown) -> None:
    """So that no periodic step comes between; when the city is gone the step goes on."""
    town.waits()
    town.deliver(1)
    city, step = CityAllocations(town.engine, town.allocator), Allocations(town.engine, town.allocator)
    city.reserve()
    assert step.allocate().applied == 0
    assert not city.rest()
    assert city.rest()
    town.waits()
    town.deliver(1, first=2)
    with transaction(town.engine) as connection:
        connection.execute("update allocators set leased_until = now() where office = 'city'")
    assert step.allocate().applied == 1


def test_another_offices_blanko_and_queue_are_left_alone(town: PrintingTown) -> None:
    """An office whose warehouse decides has none given out, however many wait."""
    waiting = town.waits(office="33.19.01")
    town.deliver(1, office="33.19")
    assert town.allocator.allocate() == (0, 0, 0, 0)
    given = said(waiting.application, "blanko-allocated", station="warehouse", blanko="TOWN-000001", office="33.19")
    assert town.tell(given)[0].outcome == "applied"
