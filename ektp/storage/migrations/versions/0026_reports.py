"""How many more waited for a blanko at the end of each day of an office: counted from now on, and the days before."""

from alembic import op

revision = "0026"
down_revision = "0025"

_COUNTED = """
insert into office_days (what, day, office, count)
with told as (
    select application, version, received, before, after,
        case when type = 'id.ektp.recorded.v1' and outcome = 'applied' then data->>'office' end as named
    from history where application is not null and (outcome = 'applied' or before is distinct from after)
), parts as (
    select *, count(named) over (partition by application order by version) as part from told
), placed as (
    select *, max(named) over (partition by application, part) as office from parts
), moves as (
    select *, lag(office) over (partition by application order by version) as office_before from placed
), counts as (
    select office_before as office, received, -1 as step from moves
    where before = 'verified' and (before <> after or office <> office_before)
    union all
    select office, received, 1 from moves
    where after = 'verified' and (before <> after or office <> office_before)
), days as (
    select office, step, (received at time zone 'UTC' + case
        when left(office, 2) in ('51', '52', '53', '63', '64', '65', '71', '72', '73', '74', '75', '76')
            then interval '8 hours'
        when left(office, 2) in ('81', '82', '91', '92', '93', '94', '95', '96') then interval '9 hours'
        else interval '7 hours' end)::date as day
    from counts where office is not null
)
select 'queue', day, office, sum(step) from days group by 2, 3 having sum(step) <> 0
"""


def upgrade() -> None:
    """Count the days before."""
    op.execute(_COUNTED)
