"""People who sign in, their sessions, tokens for the programs of theirs, and who typed a wrong password how often."""

from alembic import op

revision = "0014"
down_revision = "0013"

# All of it is by the server's own clock, never the simulated one: a session must not end, or last, by a play.
# A session belongs to a person, or to whoever knows the token of the installation: then it ends with that token.
STATEMENTS = """
create table people (
    name text primary key,
    roles text[] not null,
    offices text[] not null default '{}',
    password text not null,
    added timestamptz not null default now(),
    added_by text not null,
    password_changed timestamptz not null default now(),
    disabled timestamptz,
    disabled_by text
);

create table sessions (
    digest bytea primary key,
    person text references people,
    token bytea,
    csrf text not null,
    opened timestamptz not null default now(),
    seen timestamptz not null default now(),
    ends timestamptz not null,
    check ((person is null) <> (token is null))
);
create index sessions_by_person on sessions (person);

create table api_tokens (
    digest bytea primary key,
    name text not null unique,
    roles text[] not null,
    offices text[] not null default '{}',
    added timestamptz not null default now(),
    added_by text not null,
    expires timestamptz not null,
    last_used timestamptz,
    revoked timestamptz,
    revoked_by text
);

create table login_failures (
    what text primary key,
    count integer not null,
    until timestamptz not null
);
create index login_failures_by_age on login_failures (until)
"""


def upgrade() -> None:
    """Create the tables; no password, session id or token is in them, only what each is compared with."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
