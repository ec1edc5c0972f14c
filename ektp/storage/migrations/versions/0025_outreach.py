"""Outreach: requests for visits, visits with whom they are to, and when each office was last planned."""

from alembic import op

revision = "0025"
down_revision = "0024"

# A proposal is a visit that nobody has promised; its guests are in no other way bound by it. Where somebody lives and
# how to reach them is sealed.
STATEMENTS = """
create table visit_requests (
    id uuid primary key,
    office text not null,
    kelurahan text not null,
    category text not null,
    people integer not null,
    place text,
    wanted_from date,
    asked timestamptz not null,
    asked_by text not null,
    sealed bytea,
    withdrawn timestamptz
);
create index visit_requests_open on visit_requests (office) where withdrawn is null;

create table visits (
    id uuid primary key,
    office text not null,
    kecamatan text not null,
    day date not null,
    begins timestamptz not null,
    kit smallint not null,
    why text not null,
    state text not null check (state in ('proposed', 'planned', 'cancelled', 'held')),
    others integer not null default 0,
    because text,
    changed timestamptz not null default ektp_now()
);
create unique index visits_by_kit on visits (office, day, kit) where state = 'planned';
create index visits_by_office on visits (office, day);

create table visit_guests (
    visit uuid not null references visits on delete cascade,
    application uuid not null,
    kelurahan text not null,
    purpose text not null check (purpose in ('re-record', 'collect')),
    state text not null check (state in ('proposed', 'invited', 'met', 'absent', 'released')),
    primary key (visit, application)
);
create unique index visit_guests_once on visit_guests (application) where state = 'invited';
create index visit_guests_visited on visit_guests (application) where state in ('absent', 'met');

create table visit_errands (
    visit uuid not null references visits on delete cascade,
    request uuid not null references visit_requests,
    kelurahan text not null,
    people integer not null,
    place text,
    primary key (visit, request)
);
create index visit_errands_by_request on visit_errands (request);

create table outreach_plans (
    office text primary key,
    planned timestamptz not null,
    late integer not null default 0,
    waiting jsonb not null default '[]'
)
"""


def upgrade() -> None:
    """Create the tables; a kit is in one place a day, a resident in one visit that is promised."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
