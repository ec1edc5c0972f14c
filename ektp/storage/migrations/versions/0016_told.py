"""Who is told of an alert, what is muted, what the watch has looked at."""

from alembic import op

revision = "0016"
down_revision = "0015"

STATEMENTS = """
create table alert_mutes (
    id uuid primary key default gen_random_uuid(),
    rule text not null,
    about text,
    made timestamptz not null default ektp_now(),
    until timestamptz not null,
    by text not null,
    because text not null
);
create index alert_mutes_by_rule on alert_mutes (rule, until);

create table alert_messages (
    id uuid primary key,
    alert uuid not null references alerts (id) on delete cascade,
    receiver text not null,
    what text not null check (what in ('opened', 'again', 'resolved')),
    number integer not null default 1,
    letter uuid not null,
    planned timestamptz not null,
    sent timestamptz,
    dropped timestamptz,
    unique (alert, receiver, what, number)
);
create index alert_messages_by_letter on alert_messages (letter);

create table alert_suspicions (
    rule text not null,
    about text not null,
    since timestamptz not null default now(),
    primary key (rule, about)
);

create table alert_looks (
    one boolean primary key default true check (one),
    looked timestamptz,
    recounted timestamptz,
    queues jsonb not null default '{}'
);
insert into alert_looks (looked) values (null);

create index parked_by_cause on parked (reason, sender, received)
"""


def upgrade() -> None:
    """Create the tables, and an index by which the parked items of one cause are found."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
