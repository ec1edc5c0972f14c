"""The clock: the store's time is the server's, unless a simulated city has set another."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = """
create table simulated_clock (
    one boolean primary key default true check (one),
    moment timestamptz,
    runs integer not null default 0
);

create function ektp_now() returns timestamptz stable language sql as
'select coalesce((select moment from simulated_clock), statement_timestamp())';

alter table applications alter column since set default ektp_now();
alter table history alter column received set default ektp_now();
alter table held alter column received set default ektp_now();
alter table parked alter column received set default ektp_now();
alter table blanko alter column changed set default ektp_now()
"""


def upgrade() -> None:
    """Create the clock, and let what was received and since when follow it; leases and letters keep real time."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
