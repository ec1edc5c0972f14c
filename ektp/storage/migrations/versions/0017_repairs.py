"""Repairs of parked messages, each with what became of it; what people note about a group; which releases ran."""

from alembic import op

revision = "0017"
down_revision = "0016"

# How many were fixed is never written down: it is counted from the items. A correction may hold a person, so it is
# sealed. `run` grows each time a repair is set going, so that an earlier run finds out that it is over.
STATEMENTS = """
create table repairs (
    id uuid primary key,
    made timestamptz not null default ektp_now(),
    made_by text not null,
    because text not null,
    selection jsonb not null,
    correction text check (correction in ('patch', 'edit')),
    sealed bytea,
    state text not null default 'proposed'
        check (state in ('proposed', 'approved', 'running', 'paused', 'stopped', 'done')),
    second_person text[] not null default '{}',
    approved timestamptz,
    approved_by text,
    threshold double precision not null,
    rate integer not null,
    run integer not null default 0,
    round integer not null default 0,
    ramp integer not null default 0,
    halted text,
    changed timestamptz not null default ektp_now(),
    changed_by text,
    ended timestamptz
);
create index repairs_by_making on repairs (made, id);

create table repair_items (
    repair uuid not null references repairs,
    number integer not null,
    parked uuid not null,
    foreseen jsonb not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'fixed', 'failed-same', 'failed-new', 'superseded', 'skipped')),
    round integer,
    outcome text,
    reason text,
    why text,
    at timestamptz,
    primary key (repair, number)
);
create unique index repair_items_once on repair_items (repair, parked);
create index repair_items_by_parked on repair_items (parked);
create index repair_items_waiting on repair_items (repair, number) where state = 'waiting';
create index repair_items_by_round on repair_items (repair, round) where round is not null;

create table parked_groups (
    fingerprint text primary key,
    owner text,
    muted boolean not null default false,
    changed timestamptz not null default ektp_now(),
    changed_by text not null
);
create table parked_notes (
    seq bigint generated always as identity primary key,
    fingerprint text not null,
    noted timestamptz not null default ektp_now(),
    noted_by text not null,
    note text not null
);
create index parked_notes_by_group on parked_notes (fingerprint, seq);

create table releases (
    release text primary key,
    started timestamptz not null default ektp_now()
)
"""


def upgrade() -> None:
    """Create the tables; an item is in one repair once."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
