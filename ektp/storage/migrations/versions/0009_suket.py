"""The letters that bridge the time until the card, their numbers, and the residents' PINs."""

from alembic import op

revision = "0009"
down_revision = "0008"

# Numbers of an office and year run from 1 without gaps. Of an application one letter is in force at a time.
STATEMENTS = """
create table suket (
    number text primary key,
    code text not null unique,
    application uuid not null,
    office text not null,
    issued timestamptz not null,
    valid_until timestamptz not null,
    renews text,
    withdrawn timestamptz,
    because text
);
create unique index suket_in_force on suket (application) where withdrawn is null;
create index suket_by_application on suket (application);

create table suket_numbers (
    office text not null,
    year integer not null,
    last integer not null,
    primary key (office, year)
);

create table pins (
    application uuid primary key,
    salt bytea not null,
    digest bytea not null,
    made timestamptz not null,
    tries integer not null default 0,
    locked_until timestamptz
)
"""


def upgrade() -> None:
    """Create the tables; a PIN is kept as a salted digest only."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
