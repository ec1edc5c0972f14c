"""What a former release took in is counted by office and day as if it had been counted then."""

from sqlalchemy import text

from consumers.journal import Journal
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.secrets.vault import Vault
from ektp.verification.invariants import verify
from tests.former_release import former_release
from tests.histories import History, happy, recorded_again
from tests.plain_time import PLAIN

BEFORE = "0020"


def test_the_days_before_are_counted_from_the_history(empty_database_url: str) -> None:
    """Also of who was recorded again elsewhere, and of who never got a card."""
    engine = engine_for(empty_database_url)
    with former_release(empty_database_url, BEFORE):
        pass
    moved = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL").deleted().recorded(2)
    moved.events[-1]["data"]["office"] = "33.19.02"
    gone = History().recorded().tell("application-cancelled", because="withdrawn")
    vault = Vault(b"s" * 32, b"n" * 32)
    journal = Journal(PostgresBooks(engine, vault), vault, PLAIN)
    waits = History().recorded().verified()
    for history in (happy(), recorded_again(), moved, gone, waits, History().recorded().verified().allocated()):
        journal.apply(history.submissions())
    with engine.begin() as connection:
        connection.execute(text("delete from tallies where kind = 'day'"))
    upgrade(empty_database_url)
    with engine.connect() as connection:
        counted = (
            "select what, office, sum(count)::int from office_days group by 1, 2 having sum(count) <> 0 order by 1, 2"
        )
        told = [tuple(row) for row in connection.execute(text(counted))]
    assert told == [
        ("cancelled", "33.74.10", 1),
        ("collected", "33.74.10", 2),
        ("failed", "33.74.10", 2),
        ("in", "33.74.10", 6),
        ("open", "33.19.02", 1),
        ("open", "33.74.10", 2),
        ("printed", "33.74.10", 2),
        ("queue", "33.74.10", 1),
        ("verified", "33.74.10", 4),
    ]
    found = {one.name: one for one in verify(engine, PLAIN)}
    assert found["days-add-up"].violations == 0
    assert found["days-add-up"].checked >= len(told)
    engine.dispose()
