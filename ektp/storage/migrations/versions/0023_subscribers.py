"""Who hears the notices through a queue of its own, how far each has come, and what is sent to it once more."""

from alembic import op

revision = "0023"
down_revision = "0022"

# What was seen of one at the broker stands in its row: it is read by the board and by Prometheus, which ask no broker.
# A removed one stays, and its name is given to nobody else.
STATEMENTS = """
create table subscribers (
    name text primary key,
    notices text[] not null,
    offices text[] not null,
    added timestamptz not null default now(),
    added_by text not null,
    renewed timestamptz,
    paused timestamptz,
    paused_by text,
    because text,
    removed timestamptz,
    removed_by text,
    looked timestamptz,
    emptied timestamptz,
    seen jsonb
);
create table replays (
    id uuid primary key default gen_random_uuid(),
    subscriber text not null references subscribers,
    application uuid,
    from_sequence integer,
    since timestamptz,
    position bigint not null,
    upto bigint not null,
    sent bigint not null default 0,
    asked timestamptz not null default now(),
    asked_by text not null,
    because text not null,
    ended timestamptz,
    outcome text
);
create index replays_of_subscriber on replays (subscriber, asked desc)
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
