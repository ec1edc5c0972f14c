"""The audit: what people did, chained row by row, and only ever added to; and what a restored store wants."""

from alembic import op

revision = "0015"
down_revision = "0014"

# Whoever may switch a trigger off may change a row all the same: then the chain does not fit any more.
STATEMENTS = """
create table audit (
    seq bigint primary key check (seq > 0),
    at timestamptz not null,
    actor text not null,
    what text not null,
    about text not null,
    detail jsonb not null default '{}',
    mac bytea not null
);

create index audit_by_about on audit (about, seq);

create index audit_by_actor on audit (actor, seq);

create function audit_is_added_to() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only ever added to' using errcode = 'restrict_violation';
end
$$;

create trigger audit_is_added_to before update or delete or truncate on audit
    for each statement execute function audit_is_added_to();

create table events_wanted (
    station text primary key,
    id uuid not null,
    since timestamptz not null,
    asked timestamptz not null default now()
)
"""


def upgrade() -> None:
    """Create the tables, and what keeps the audit as it is."""
    for statement in STATEMENTS.split(";\n\n"):
        op.execute(statement)
