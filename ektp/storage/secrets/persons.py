"""The persons: opened only for a letter, by whoever notes it."""

import json
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.storage.secrets.vault import Vault

# Of several recordings the latest word on each field counts.
_RECORDINGS: Final = text("""
select p.id, p.sealed from persons p left join history h on h.id = p.id
where p.application = :application order by h.version nulls last
""")


def person_of(connection: Connection, vault: Vault, application: UUID) -> dict[str, Any]:
    """Return the fields that tell who an application is for: nik, and name, birth_date ... where they were recorded."""
    person: dict[str, Any] = {}
    for row in connection.execute(_RECORDINGS, {"application": application}):
        person.update(json.loads(vault.open(row.sealed, row.id.bytes)))
    return person
