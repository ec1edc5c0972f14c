"""Recorded again in the only order that works: deleted first and confirmed, and a duplicate never."""

from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed

# Attempts, deletions, duplicates, and what the system asked for because of them.
_CHAPTERS: Final = text("""
select application, version, split_part(type, '.', 3) as name, outcome, before, after,
    (data->>'attempt')::integer as attempt, data->>'status' as status
from history
where application is not null and (type in ('id.ektp.recorded.v1', 'id.ektp.central-record-deleted.v1')
    or (type = 'id.ektp.verification-failed.v1' and data->>'status' = 'DUPLICATE_RECORD')
    or (after in ('deletion-requested', 're-recording') and before is distinct from after))
order by application, version
""")
_AGAIN: Final = frozenset({"deletion-requested", "re-recording"})


def recorded_again_in_order(connection: Connection, advance: Advance) -> list[Finding]:
    """Of each application: no attempt before the record of the one before is deleted, no way back for a duplicate."""
    deleted, duplicates = Finding("deleted-before-recorded-again"), Finding("no-duplicate-recorded-again")
    for application, rows in grouped(streamed(connection, _CHAPTERS, advance), lambda row: row.application):
        gone, duplicate = {0}, False
        for row in rows:
            if row.name == "recorded" and row.outcome == "applied":
                deleted.checked += 1
                allowed = row.attempt is not None and row.attempt - 1 in gone
                deleted.expect(allowed, f"{application}: attempt {row.attempt} at version {row.version}")
            elif row.name == "central-record-deleted":
                gone.add(row.attempt)
            duplicate = duplicate or row.status == "DUPLICATE_RECORD"
            duplicates.checked += 1
            again = duplicate and row.after in _AGAIN and row.before != row.after
            duplicates.expect(not again, f"{application}: {row.after} at version {row.version}")
    return [deleted, duplicates]
