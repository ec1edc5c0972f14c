"""Violations planted behind the journal's back."""

import psycopg
from sqlalchemy import Engine

from ektp.verification.finding import Finding
from ektp.verification.invariants import verify
from tests.plain_time import PLAIN


def found_after(engine: Engine, database_url: str, planted: str) -> dict[str, Finding]:
    """Return by name what verify finds after these statements (between semicolons), each of which changes something."""
    with psycopg.connect(database_url) as connection:
        for statement in planted.split(";"):
            assert connection.execute(statement).rowcount != 0
    return {finding.name: finding for finding in verify(engine, PLAIN)}
