"""The outbox's slots and letters in a real PostgreSQL."""

import threading
from collections.abc import Callable

from sqlalchemy import Engine, text

from consumers.journal import Journal
from ektp.storage.outbox_store import PostgresOutbox
from ektp.storage.outbox_writes import SLOTS
from tests.conftest import Eventually
from tests.histories import happy


def test_two_relays_share_the_slots_and_a_dead_ones_are_taken_over(engine: Engine, eventually: Eventually) -> None:
    """Each ends with its half; when one stops renewing, the other has them all after the lease."""
    one, other = PostgresOutbox(engine, "one"), PostgresOutbox(engine, "other")
    assert len(one.lease(30).slots) == SLOTS
    assert other.lease(1).slots == []
    half = one.lease(30).slots
    assert sorted(half + other.lease(1).slots) == list(range(SLOTS))
    assert len(half) == SLOTS // 2
    eventually(lambda: len(one.lease(30).slots) == SLOTS, 5)


def test_a_relay_that_lost_its_slots_can_no_longer_mark_letters(
    engine: Engine, open_journal: Callable[[], Journal], eventually: Eventually
) -> None:
    """The epoch fences off a relay that was asleep while another took over."""
    open_journal().apply(happy().submissions())
    asleep, awake = PostgresOutbox(engine, "asleep"), PostgresOutbox(engine, "awake")
    old = asleep.lease(0.2)
    letters = asleep.pending(old, 100)
    assert [letter.letter.exchange for letter in letters].count("ektp.notices") == 5
    eventually(lambda: awake.lease(30).slots, 5)
    new = awake.lease(30)
    assert asleep.sent(old, {letter.seq: True for letter in letters}) == 0
    assert awake.sent(new, {letter.seq: letter.seq % 2 == 0 for letter in letters}) == len(letters)
    assert awake.pending(new, 100) == []
    with engine.connect() as connection:
        unrouted = connection.execute(text("select count(*) from outbox where not routed")).scalar_one()
    assert unrouted == sum(letter.seq % 2 for letter in letters)


def test_a_commit_of_the_journal_wakes_a_waiting_relay(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """NOTIFY ends the wait long before the poll would."""
    outbox = PostgresOutbox(engine, "one")
    outbox.wait(0.01)
    woken = threading.Event()

    def wait() -> None:
        outbox.wait(30)
        woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    journal = open_journal()
    journal.apply(happy().submissions())
    assert woken.wait(5)
    thread.join(5)
    outbox.release()
