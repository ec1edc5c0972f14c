"""No person in clear: nowhere but in the sealed columns is there anything that could be a NIK."""

from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed
from schemas.nik import holds_nik

_COLUMNS: Final = (
    ("history", "id", "data"),
    ("held", "id", "data"),
    ("outbox", "id", "body"),
    ("parked", "id", "detail"),
    ("steps", "id", "data"),
    ("audit", "seq", "detail"),
    ("audit", "seq", "about"),
    ("audit", "seq", "actor"),
    ("repairs", "id", "because"),
    ("repairs", "id", "selection"),
    ("repair_items", "parked", "foreseen"),
    ("repair_items", "parked", "why"),
    ("parked_notes", "seq", "note"),
    ("stations", "name", "because"),
    ("subscribers", "name", "because"),
    ("replays", "id", "because"),
    ("outages", "declared", "because"),
    ("alerts", "id", "detail"),
    ("alert_mutes", "id", "because"),
    ("messages", "id", "because"),
    ("visits", "id", "because"),
    ("visit_requests", "id", "place"),
)


def no_person_in_clear(connection: Connection, advance: Advance) -> list[Finding]:
    """I-13: no text of sixteen digits that is a well-formed NIK."""
    finding = Finding("no-person-in-clear")
    for table, key, column in _COLUMNS:
        finding.checked += int(connection.scalar(text(f"select count(*) from {table}")) or 0)  # noqa: S608
        # The database finds the few rows with a long number; whether it is a NIK is for the language to say.
        suspicious = f"select {key} as id, {column}::text as said from {table} where {column}::text ~ '[0-9]{{16}}'"  # noqa: S608
        for row in streamed(connection, text(suspicious), advance):
            finding.expect(not holds_nik(row.said), f"{table} {row.id}")
    return [finding]
