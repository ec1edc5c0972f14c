"""The queue for print: which office prints an application's card, in which lane it waits, and where in it."""

from alembic import op

revision = "0008"
down_revision = "0007"

# Only who waits for a blanko has a place in the queue. The lane `time` is how far all lanes of an office have come.
STATEMENTS = """
alter table applications add column prints_at text not null default '';
alter table applications add column queued timestamptz;
alter table applications add column not_before date;
create index print_queue on applications (prints_at, lane, queued, id) where queued is not null;

create table lanes (
    office text not null,
    lane text not null,
    pass bigint not null,
    primary key (office, lane)
);

create table allocators (
    office text primary key,
    owner text,
    leased_until timestamptz not null default '-infinity'
);

create table queue_rules (
    one boolean primary key default true check (one),
    rules text not null
)
"""


def upgrade() -> None:
    """Add the places, how often each lane was served, and who allocates for an office."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
