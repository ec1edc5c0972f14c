"""What is counted of each day of an office, and what the watch saw of the queues at its last looks."""

from alembic import op

revision = "0021"
down_revision = "0020"

# A day's counts are written in the journal's own transaction (tallies `day`) and gathered here. Nobody kept before on
# which day a promise was kept or missed.
STATEMENTS = """
create table office_days (
    what text not null,
    day date not null,
    office text not null,
    count bigint not null,
    primary key (what, day, office)
);

insert into office_days (what, day, office, count)
with told as (
    select application, version, type, received, before, after,
        case when type = 'id.ektp.recorded.v1' then data->>'office' end as named
    from history where application is not null and outcome = 'applied'
), parts as (
    select *, count(named) over (partition by application order by version) as part from told
), placed as (
    select *, max(named) over (partition by application, part) as office from parts
), moves as (
    select *, lag(office) over (partition by application order by version) as office_before from placed
), counts as (
    select office_before as office, received, 'open' as what, -1 as step from moves
    where before not in ('new', 'collected', 'cancelled') and (before <> after or office <> office_before)
    union all
    select office, received, 'open', 1 from moves
    where after not in ('new', 'collected', 'cancelled') and (before <> after or office <> office_before)
    union all select office, received, 'in', 1 from moves where before = 'new'
    union all select office, received, after, 1 from moves where before <> after and after in ('collected', 'cancelled')
    union all select office, received, case type when 'id.ektp.data-verified.v1' then 'verified'
            when 'id.ektp.printed.v1' then 'printed' else 'failed' end, 1 from moves
    where type in ('id.ektp.data-verified.v1', 'id.ektp.printed.v1', 'id.ektp.verification-failed.v1')
)
select what, (received at time zone 'UTC' + case
        when left(office, 2) in ('51', '52', '53', '63', '64', '65', '71', '72', '73', '74', '75', '76')
            then interval '8 hours'
        when left(office, 2) in ('81', '82', '91', '92', '93', '94', '95', '96') then interval '9 hours'
        else interval '7 hours' end)::date, office, sum(step)
from counts where office is not null group by 1, 2, 3;

create table queue_looks (
    queue text not null,
    looked timestamptz not null,
    ready bigint not null,
    consumers integer not null,
    came bigint,
    went bigint,
    again bigint,
    primary key (queue, looked)
);
create index steps_given_up on steps (kind) where state = 'given-up';
create index steps_periodic on steps (created) where application is null
"""


def upgrade() -> None:
    """Create the tables, and count the days before."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
