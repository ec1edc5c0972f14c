"""The steps: what needs an answer, patience, or a system that is not on RabbitMQ."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLE = """
create table steps (
    id uuid primary key default gen_random_uuid(),
    kind text not null,
    key text not null unique,
    application uuid,
    data json not null default '{}',
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'given-up')),
    attempts integer not null default 0,
    due timestamptz not null,
    leased_until timestamptz,
    send_after timestamptz,
    fence bigint not null default 0,
    last_error text,
    created timestamptz not null,
    finished timestamptz
)
"""
# A step of an application goes by the applications' clock, which a simulated city may set; housekeeping by the real.
CLOCK = """
create function step_now(application uuid) returns timestamptz stable language sql as
'select case when application is null then now() else ektp_now() end'
"""


def upgrade() -> None:
    """Create the table; what is over is not in the index of what is due."""
    op.execute(TABLE)
    op.execute(CLOCK)
    op.execute("create index steps_due on steps (due) where state in ('waiting', 'running')")
    op.execute("create index steps_by_application on steps (application) where application is not null")
