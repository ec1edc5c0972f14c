"""What is held still waits: an event whose predecessor has come would have been taken in with it."""

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.storage.journal.standings import read_standing
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed
from schemas.reasons import WaitReason
from workflows.standing import Standing, waits_for
from workflows.stored import stored

# The journal wakes what waits for a NIK right after the end of the other application, and housekeeping again after
# that: a minute is no violation.
_HELD: Final = text("""
select h.id, h.type, h.station, h.data, h.waits_for, a.standing, exists (
    select from applications other where other.nik_key = h.nik_key and other.id <> h.application
    and (other.state not in ('collected', 'cancelled') or other.since > ektp_now() - interval '1 minute')
) as nik_is_taken
from held h left join applications a on a.id = h.application
""")


def held_events_still_wait(connection: Connection, advance: Advance) -> list[Finding]:
    """Every held event waits for something that is not there."""
    finding = Finding("held-events-still-wait")
    for row in streamed(connection, _HELD, advance):
        finding.checked += 1
        finding.expect(_waits(row), f"{row.id}: {row.waits_for} no more")
    return [finding]


def _waits(row: Row[Any]) -> bool:
    standing = read_standing(row.standing) if row.standing is not None else Standing()
    try:
        fact = stored(row.id, row.type, row.data, row.station).fact
    except (LookupError, TypeError):
        return False
    if waits_for(standing, fact) is not None:
        return True
    return bool(row.waits_for == WaitReason.NIK_HAS_OPEN_APPLICATION and row.standing is None and row.nik_is_taken)
