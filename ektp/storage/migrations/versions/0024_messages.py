"""Messages to residents: which notices were looked at, what is to be told of them, and what became of it."""

from alembic import op

revision = "0024"
down_revision = "0023"

# The order of `seq` is not that of the commits, and a transaction that is slow would be passed over: notices are read
# by the transaction that wrote them, when it and all before it are over. Those from before have none, and stay untold.
STATEMENTS = """
alter table outbox add column xid xid8;
alter table outbox alter column xid set default pg_current_xact_id();
create index outbox_by_xid on outbox (xid, seq) where exchange = 'ektp.notices';

create table message_plans (
    one boolean primary key default true check (one),
    xid xid8 not null default '0',
    seq bigint not null default 0,
    cluster bigint,
    told json,
    told_since xid8
);

create table messages (
    id uuid primary key,
    application uuid not null,
    fact uuid not null,
    notice text not null,
    sequence integer,
    office text not null,
    at timestamptz not null,
    deadline timestamptz not null,
    planned timestamptz not null default ektp_now(),
    state text not null default 'planned' check (state in
        ('planned', 'sending', 'sent', 'unknown', 'given-up', 'nobody', 'bounced', 'stopped')),
    because text,
    channel text,
    language text,
    contact bytea,
    tries integer not null default 0,
    held_until timestamptz,
    slot timestamptz,
    sent timestamptz,
    ended timestamptz,
    unique (application, fact)
);
create index messages_open on messages (deadline) where state in ('planned', 'sending');
create index messages_by_hand on messages (application) where state in ('nobody', 'stopped', 'bounced', 'given-up');
create index messages_by_planned on messages (planned);

create table message_stops (
    id bigint generated always as identity primary key,
    application uuid not null,
    contact bytea,
    why text not null check (why in ('asked', 'bounced')),
    begun timestamptz not null default ektp_now(),
    by text not null,
    ended timestamptz,
    ended_by text
);
create index message_stops_of_application on message_stops (application) where ended is null;
create index message_stops_of_contact on message_stops (contact) where ended is null;

create table message_gateways (
    channel text primary key,
    free timestamptz
);

create table message_broadcasts (
    outage uuid not null,
    part text not null check (part in ('outage-declared', 'outage-ended')),
    position uuid,
    done timestamptz,
    primary key (outage, part)
);
insert into message_broadcasts (outage, part, done)
select declared, part, now() from outages cross join unnest(array['outage-declared', 'outage-ended']) as parts (part)
"""


def upgrade() -> None:
    """Create the tables; what happened before is not told."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
    op.execute("insert into message_plans (one) values (true)")
