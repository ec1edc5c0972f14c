"""The spine: applications, history, held, parked, persons, outbox, blanko and tallies."""

from alembic import op

revision = "0001"
down_revision = None

PARTITIONS = 8
SLOTS = 32

TABLES = """
create table applications (
    id uuid primary key,
    version integer not null,
    state text not null,
    attempt smallint not null,
    office text not null,
    lane text not null default 'new',
    standing json not null,
    nik_key bytea not null,
    notices integer not null,
    requests integer not null,
    resi text not null unique,
    recorded timestamptz not null,
    since timestamptz not null default now(),
    due_at timestamptz
);
create unique index one_open_application_per_nik on applications (nik_key)
    where state not in ('collected', 'cancelled');
create index applications_due on applications (due_at) where due_at is not null;

create table history (
    id uuid not null primary key,
    subject text not null,
    application uuid,
    version integer,
    type text not null,
    outcome text not null,
    before text,
    after text,
    door text not null,
    station text not null,
    source text not null,
    time timestamptz not null,
    received timestamptz not null default now(),
    data json not null,
    digest bytea not null
) partition by hash (id);

create table held (
    id uuid primary key,
    subject text not null,
    application uuid not null,
    type text not null,
    waits_for text not null,
    nik_key bytea,
    door text not null,
    station text not null,
    source text not null,
    time timestamptz not null,
    received timestamptz not null default now(),
    data json not null,
    digest bytea not null
);
create index held_by_application on held (application);
create index held_by_nik on held (nik_key) where waits_for = 'nik-has-open-application';

create table parked (
    id uuid primary key,
    door text not null,
    sender text not null,
    event_id text,
    subject text,
    type text,
    office text,
    reason text not null,
    detail text not null,
    sealed bytea not null,
    digest bytea not null,
    received timestamptz not null default now(),
    state text not null default 'open',
    replays integer not null default 0,
    resolved timestamptz,
    resolved_by text,
    because text
);
create index parked_open on parked (reason, received) where state = 'open';
create index parked_by_digest on parked (digest);

create table persons (
    id uuid primary key,
    application uuid not null,
    nik_key bytea not null,
    sealed bytea not null
);
create index persons_by_nik on persons (nik_key);
create index persons_by_application on persons (application);

create table outbox (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    application uuid not null,
    slot smallint not null,
    exchange text not null,
    routing_key text not null,
    body text not null,
    created timestamptz not null default now(),
    sent timestamptz,
    routed boolean
);
create index outbox_pending on outbox (seq) where sent is null;

create table relay_slots (
    slot smallint primary key,
    owner text,
    epoch bigint not null default 0,
    leased_until timestamptz not null default '-infinity'
);

create table relays (
    owner text primary key,
    seen_until timestamptz not null
);

create table blanko (
    serial text primary key,
    office text not null,
    place text not null,
    application uuid,
    delivery_note text,
    changed timestamptz not null default now()
);
create index blanko_by_office on blanko (office, place);
create index blanko_by_application on blanko (application) where application is not null;

create table keyring (
    name text primary key,
    fingerprint bytea not null
);

create table tallies (
    seq bigint generated always as identity primary key,
    office text not null,
    kind text not null,
    key text not null,
    delta bigint not null
);
"""


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
    for part in range(PARTITIONS):
        op.execute(
            f"create table history_{part} partition of history for values with (modulus {PARTITIONS}, remainder {part})"
        )
    op.execute("create index history_by_application on history (application, version)")
    op.execute("create index history_by_subject on history (subject) where application is null")
    op.execute(f"insert into relay_slots (slot) select generate_series(0, {SLOTS - 1})")
