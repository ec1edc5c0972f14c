"""The queue for print: everybody who waits for a blanko waits where the rules say, and nobody else does."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from consumers.allocations import GIVEN, place
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.rows import streamed
from schemas.upcasting import UPCASTERS, Step, types_of
from workflows.card_issuance import State
from workflows.print_queue import Place
from workflows.timekeeping import Timekeeping

_QUEUED: Final = text(
    "select id, state, standing, recorded, timers, prints_at, lane, queued, not_before"
    " from applications where queued is not null or state = 'verified'"
)
_GIVEN: Final = text("""
select coalesce(sum(delta), 0)::int, (select count(*) from history
    where type = any(:types) and outcome = 'applied' and door = 'system')
from tallies where kind = :kind
""")


def queue_is_in_order(keeping: Timekeeping, upcasters: Mapping[str, Step] = UPCASTERS) -> Check:
    """Return the check of the queue by these policies."""

    def check(connection: Connection, advance: Advance) -> list[Finding]:
        """Find who waits elsewhere than the rules say, and whether what was given out in a day is counted."""
        finding = Finding("queue-is-in-order")
        for row in streamed(connection, _QUEUED, advance):
            finding.checked += 1
            stored, said = (row.prints_at, row.lane, row.queued, row.not_before), _place(row, keeping)
            finding.expect(stored == said, f"{row.id}: waits at {stored[:3]}, the rules say {said[:3]}")
        tallied, found = connection.execute(
            _GIVEN, {"kind": GIVEN, "types": types_of("blanko-allocated", upcasters=upcasters)}
        ).one()
        finding.expect(tallied == found, f"{tallied} blanko are counted by day, {found} were given out")
        return [finding]

    return check


def _place(row: Row[Any], keeping: Timekeeping) -> Place:
    return place(keeping, read_standing(row.standing), State(row.state), row.recorded, read_timers(row.timers))
