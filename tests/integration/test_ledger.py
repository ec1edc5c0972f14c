"""The ledger in PostgreSQL: whole deliveries at once, races for a serial, and the same end as in memory."""

from collections.abc import Callable
from threading import Barrier, Thread

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, text

from consumers.journal import Journal
from consumers.outcome import Outcome
from ektp.verification.invariants import verify
from schemas.submission import Submission
from tests.histories import History
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN
from tests.stock import OFFICE, moved, received, supplied, told
from tests.stock_stories import stories

ROUNDS = 12
TABLES = "applications, history, held, parked, persons, outbox, blanko, movements, tallies, steps"


def together(*works: Callable[[], object]) -> None:
    """Run the works at once."""
    barrier = Barrier(len(works))
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures


def rows(engine: Engine, question: str) -> list[tuple[object, ...]]:
    """Return what a question finds."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def violated(engine: Engine) -> list[str]:
    """Return the invariants that do not hold."""
    return [f"{one.name}: {one.examples}" for one in verify(engine, PLAIN) if one.violations]


def test_a_delivery_of_ten_thousand_is_received_moved_and_counted(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """As a whole: a row and a movement for each serial, one difference for each count."""
    journal = open_journal()
    first, last = "KTP-000000001", "KTP-000010000"
    outcomes = journal.apply(told(received(first, last)))
    outcomes = [*outcomes, *journal.apply(told(moved("transferred", first, "KTP-000000500", to="33.74.10")))]
    assert {outcome.outcome.value for outcome in outcomes} == {"applied"}
    stock = (
        "select office, sum(delta)::int from tallies where kind = 'stock' group by 1 having sum(delta) <> 0 order by 1"
    )
    assert rows(engine, stock) == [("33.74", 9500), ("33.74.10", 500)]
    assert rows(engine, "select count(*), count(distinct serial) from movements") == [(10_500, 10_000)]
    assert violated(engine) == []


def test_two_deliveries_that_overlap_never_share_a_serial(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Told at the same moment by two offices: one of them is received whole, the other is parked."""
    one, other = open_journal(), open_journal()
    for number in range(ROUNDS):
        low, high = f"OV{number:02}", f"{number + 1:05}"
        first = told(received(f"{low}{1:05}", f"{low}{300:05}", delivery_note=f"A-{high}"))
        second = told(received(f"{low}{200:05}", f"{low}{500:05}", "33.22", delivery_note=f"B-{high}"))
        together(lambda: one.apply(first), lambda: other.apply(second))  # noqa: B023
    assert rows(engine, "select count(*) from parked") == [(ROUNDS,)]
    assert rows(engine, "select count(*) from history") == [(ROUNDS,)]
    assert violated(engine) == []


def test_an_allocation_out_of_a_range_that_is_moved_has_it_or_has_it_not(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Whoever comes first; the other is parked, and the blanko is at one place."""
    one, other = open_journal(), open_journal()
    for number in range(ROUNDS):
        history = History().recorded().verified().allocated()
        serial = history.blanko()
        first = f"{serial[:-2]}00"
        one.apply(told(received(first, f"{serial[:-2]}99", delivery_note=f"N-{number}")))
        one.apply(history.submissions()[:2])
        lent = told(moved("lent", first, f"{serial[:-2]}99", to="33.22"))
        together(lambda: one.apply(lent), lambda: other.apply(history.submissions()[2:]))  # noqa: B023
    assert rows(engine, "select count(*) from parked") == [(ROUNDS,)]
    assert violated(engine) == []


def test_two_ranges_moved_in_opposite_orders_do_not_deadlock(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Each batch moves both stacks, one of them the other way round, with a card of either in between."""
    one, other = open_journal(), open_journal()
    low, high = ("DL0000001", "DL0000300"), ("DL0010001", "DL0010300")
    one.apply(told(received(*low, delivery_note="L"), received(*high, delivery_note="H")))
    for _ in range(ROUNDS):
        there = told(moved("transferred", *low, to="33.22"), moved("transferred", *high, to="33.22"))
        back = told(moved("transferred", *high, "33.22", to=OFFICE), moved("transferred", *low, "33.22", to=OFFICE))
        together(lambda: one.apply(there), lambda: other.apply(back))  # noqa: B023
    assert rows(engine, "select count(*) from blanko where place = 'in-stock'") == [(600,)]
    assert violated(engine) == []


def test_the_last_ribbon_goes_once(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Two say at once that they took it: one of them is parked, and the count is never below nothing."""
    one, other = open_journal(), open_journal()
    for _ in range(ROUNDS):
        one.apply(told(supplied("supplies-received")))
        first, second = (told(supplied("supplies-moved", movement="used-up", because="used")) for _ in range(2))
        together(lambda: one.apply(first), lambda: other.apply(second))  # noqa: B023
    assert rows(engine, "select sum(delta)::int from tallies where kind = 'supply'") == [(0,)]
    assert rows(engine, "select count(*) from parked where reason = 'supplies-not-there'") == [(ROUNDS,)]
    assert violated(engine) == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_stock_histories_end_in_postgresql_as_in_memory(
    engine: Engine, open_journal: Callable[[], Journal], database_url: str
) -> None:
    """Every outcome and every row; and verify finds nothing."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(stories())
    def same(story: list[Submission]) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(f"truncate {TABLES}")
        books = MemoryBooks()
        memory, real = Journal(books, PlainVault(), PLAIN), open_journal()
        half = len(story) // 2
        became = [kinds(memory.apply(part)) for part in (story[:half], story[half:])]
        assert [kinds(real.apply(part)) for part in (story[:half], story[half:])] == became
        found = rows(engine, "select serial, office, place, application, delivery_note, was, holder from blanko")
        assert sorted(found) == sorted(tuple(row) for row in books.blankos.values())
        assert violated(engine) == []

    same()


def kinds(outcomes: object) -> list[tuple[str, str | None]]:
    """Return what became of each event, and why."""
    assert isinstance(outcomes, list)
    every: list[Outcome] = outcomes
    return [(one.outcome.value, one.reason) for one in every]
