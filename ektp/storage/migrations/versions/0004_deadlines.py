"""Deadlines: each application's clocks, when the next is due, events held for too long, and declared outages."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = """
alter table applications add column timers json not null default '{}';
alter table applications add column claimed_until timestamptz;
create index applications_to_be_invited on applications (office) where state = 're-recording';

alter table held add column due_at timestamptz;
create index held_due on held (due_at) where due_at is not null;

create table outages (
    declared uuid primary key,
    subject text not null,
    begins timestamptz not null,
    ends timestamptz,
    because text not null,
    declared_by text not null,
    ended_by uuid
);
create index outages_open on outages (subject) where ends is null
"""


def upgrade() -> None:
    """Add columns, the index of what is due is there from the beginning."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
