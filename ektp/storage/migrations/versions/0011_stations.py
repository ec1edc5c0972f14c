"""The accounts of those who send events, and whose applications a held event may speak of."""

from alembic import op

revision = "0011"
down_revision = "0010"

# A station is never deleted: what it sent goes on naming it. Its office is "" where it may speak of the whole country.
STATEMENTS = """
create table stations (
    name text primary key,
    role text not null,
    office text not null,
    token bytea not null unique,
    secret bytea not null,
    silent_after integer,
    added timestamptz not null default ektp_now(),
    added_by text not null,
    renewed timestamptz,
    revoked timestamptz,
    revoked_by text,
    because text
);

alter table held add column scope text not null default ''
"""


def upgrade() -> None:
    """Create the table; a token is kept as its digest, the secret sealed."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
