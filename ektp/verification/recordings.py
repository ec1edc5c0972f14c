"""Recorded again in the only order that works: deleted first and confirmed, and a duplicate never."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed
from schemas.upcasting import UPCASTERS, Step, name_of, types_of, upcast

# Attempts, deletions, duplicates, and what the system asked for because of them.
_CHAPTERS: Final = text("""
select application, version, type, outcome, before, after, case when type = any(:types) then data end as data
from history
where application is not null and (type = any(:types)
    or (after in ('deletion-requested', 're-recording') and before is distinct from after))
order by application, version
""")
_SAID: Final = ("recorded", "central-record-deleted", "verification-failed")
_AGAIN: Final = frozenset({"deletion-requested", "re-recording"})


def recorded_again_in_order(
    connection: Connection, advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """Of each application: no attempt before the record of the one before is deleted, no way back for a duplicate."""
    deleted, duplicates = Finding("deleted-before-recorded-again"), Finding("no-duplicate-recorded-again")
    chapters = _CHAPTERS.bindparams(types=types_of(*_SAID, upcasters=upcasters))
    for application, rows in grouped(streamed(connection, chapters, advance), lambda row: row.application):
        gone, duplicate = {0}, False
        for row in rows:
            type_, data = upcast(row.type, row.data, upcasters) if row.data else (row.type, {})
            name, attempt = name_of(type_), data.get("attempt")
            if name == "recorded" and row.outcome == "applied":
                deleted.checked += 1
                allowed = attempt is not None and attempt - 1 in gone
                deleted.expect(allowed, f"{application}: attempt {attempt} at version {row.version}")
            elif name == "central-record-deleted":
                gone.add(attempt or 0)
            duplicate = duplicate or data.get("status") == "DUPLICATE_RECORD"
            duplicates.checked += 1
            again = duplicate and row.after in _AGAIN and row.before != row.after
            duplicates.expect(not again, f"{application}: {row.after} at version {row.version}")
    return [deleted, duplicates]
