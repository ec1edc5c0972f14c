"""What was seen of the stations, the days they closed, and the alerts that came of it."""

from alembic import op

revision = "0012"
down_revision = "0011"

# A station's running numbers that arrived are ranges: one that sends without gaps has a single one, however long.
# A day's recordings are counted in the journal's own transaction (tallies `recorded-on`) and gathered here.
STATEMENTS = """
create table sightings (
    station text primary key,
    office text not null default '',
    last_contact timestamptz not null,
    last_event timestamptz,
    arrived int8multirange not null default '{}',
    gaps jsonb not null default '[]',
    skew integer,
    skew_before integer,
    skew_read timestamptz,
    unsent integer,
    reported timestamptz
);

create table station_days (
    station text not null,
    day date not null,
    office text not null default '',
    arrived integer not null default 0,
    event uuid,
    said timestamptz,
    closed timestamptz,
    count integer,
    last_sequence bigint,
    answers integer not null default 0,
    answered jsonb,
    noticed timestamptz,
    settled boolean not null default false,
    primary key (station, day)
);
create index station_days_open on station_days (station, day) where closed is not null and not settled;

-- What was recorded before days were counted.
insert into station_days (station, day, office, arrived)
select station, (time at time zone 'UTC' + case
        when left(data->>'office', 2) in ('51', '52', '53', '63', '64', '65', '71', '72', '73', '74', '75', '76')
            then interval '8 hours'
        when left(data->>'office', 2) in ('81', '82', '91', '92', '93', '94', '95', '96') then interval '9 hours'
        else interval '7 hours' end)::date, max(data->>'office'), count(*)
from (select station, time, data from history where type = 'id.ektp.recorded.v1'
      union all select station, time, data from held where type = 'id.ektp.recorded.v1') as recorded
group by 1, 2;

create table alerts (
    id uuid primary key default gen_random_uuid(),
    rule text not null,
    about text not null,
    station text not null default '',
    office text not null default '',
    detail jsonb not null default '{}',
    opened timestamptz not null default ektp_now(),
    seen timestamptz not null default ektp_now(),
    resolved timestamptz
);
create unique index alerts_open on alerts (rule, about) where resolved is null;
create index alerts_by_opening on alerts (opened, id)
"""


def upgrade() -> None:
    """Create the tables; of one rule about one thing at most one alert is open."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
