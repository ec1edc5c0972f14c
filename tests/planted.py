"""Violations planted behind the journal's back."""

from typing import Final

import psycopg
from sqlalchemy import Engine

from ektp.verification.finding import Finding
from ektp.verification.invariants import verify
from tests.plain_time import PLAIN

#: A repair of something parked; how its item stands and since when is to follow.
REPAIR: Final = (
    "insert into repairs (id, made_by, because, selection, threshold, rate)"
    " values (gen_random_uuid(), 'a', 'b', '{}', 0.2, 1);"
    " insert into repair_items (repair, number, parked, foreseen, state, at) select repairs.id, 1, parked.id, '{}',"
)


def found_after(engine: Engine, database_url: str, planted: str) -> dict[str, Finding]:
    """Return by name what verify finds after these statements (between semicolons), each of which changes something."""
    with psycopg.connect(database_url) as connection:
        for statement in planted.split(";"):
            assert connection.execute(statement).rowcount != 0
    return {finding.name: finding for finding in verify(engine, PLAIN)}
