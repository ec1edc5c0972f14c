"""The timekeeper: when it swept last, whose turn it is, by which rules each office's deadlines were worked out."""

from alembic import op

revision = "0005"
down_revision = "0004"

# The defaults of the clocks are not written, so a name that is there says that something was missed.
STATEMENTS = """
create table sweeps (
    one boolean primary key default true check (one),
    swept timestamptz
);
insert into sweeps (swept) values (null);

create table turns (
    office text primary key,
    minute timestamptz not null,
    used integer not null,
    last timestamptz not null,
    filled integer not null
);

create table office_rules (
    office text primary key,
    calendar text,
    patience text,
    claimed_until timestamptz
);

drop index applications_due;
create index applications_due on applications (due_at, id) where due_at is not null;

alter table held add column claimed_until timestamptz;
create index applications_overdue on applications (office, state, recorded)
    where state not in ('collected', 'cancelled')
    and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'))
"""


def upgrade() -> None:
    """Add the tables, a claim on held events, the index of what is overdue, and an order to that of what is due."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
