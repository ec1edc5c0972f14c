"""Repairs: each item has ended or waits, and what counts as repaired is closed in the parking lot."""

from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed

_ITEMS: Final = text("""
select items.parked, items.state, items.at is not null as settled, parked.state as lies, repairs.state as repair
from repair_items as items join repairs on repairs.id = items.repair left join parked on parked.id = items.parked
""")
_CLOSED: Final = frozenset({"fixed", "superseded"})


def repairs_are_true(connection: Connection, advance: Advance) -> list[Finding]:
    """Find items that count as repaired and lie there open, are settled without a time, or wait in what is done."""
    finding = Finding("repairs-are-true")
    for row in streamed(connection, _ITEMS, advance):
        finding.checked += 1
        waits = row.state == "waiting"
        true = row.lies == "repaired" if row.state in _CLOSED else row.lies is not None
        finding.expect(true and waits != row.settled and not (waits and row.repair == "done"), row.parked)
    return [finding]
