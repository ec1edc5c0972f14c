"""A store that has blanko already gets a ledger that adds up."""

from sqlalchemy import text

from ektp.storage.engine import engine_for
from ektp.storage.migrate import upgrade
from ektp.verification.invariants import verify
from tests.former_release import former_release
from tests.plain_time import PLAIN

BEFORE = "0006"
STOCK = """
insert into blanko (serial, office, place, delivery_note) values
('OLD-1', '33.74', 'in-stock', 'N-1'), ('OLD-2', '33.74', 'in-stock', 'N-1'), ('OLD-3', '33.74.10', 'in-stock', 'N-2')
"""


def test_blanko_of_a_former_release_have_a_first_movement_and_are_counted(empty_database_url: str) -> None:
    """From nowhere to where they lie; verify finds nothing wrong."""
    engine = engine_for(empty_database_url)
    with former_release(empty_database_url, BEFORE) as connection:
        connection.execute(text(STOCK))
    upgrade(empty_database_url)
    with engine.connect() as connection:
        counts = "select office, key, sum(delta)::int from tallies where kind = 'stock' group by 1, 2 order by 1"
        told = [tuple(row) for row in connection.execute(text(counts))]
    assert told == [("33.74", "in-stock", 2), ("33.74.10", "in-stock", 1)]
    findings = {one.name: (one.checked, one.violations) for one in verify(engine, PLAIN)}
    assert findings["movements-are-a-chain"] == (3, 0)
    assert not any(violations for _, violations in findings.values())
    engine.dispose()
