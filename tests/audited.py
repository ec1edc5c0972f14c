"""The audit of a test's database, under the key that the tests' commands are given."""

from typing import Final

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.people.audit import Chain, PostgresAudit
from tests.audit_key import AUDIT_KEY

STATION_ADDED: Final = Act("operator", "station-added", "st337401")


def audit_of(engine: Engine) -> PostgresAudit:
    """Return the audit of a database."""
    return PostgresAudit(engine, Chain(lambda: AUDIT_KEY))
