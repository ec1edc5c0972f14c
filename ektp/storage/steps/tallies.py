"""The tallies' housekeeping: many small differences become one row per count, and no sum changes."""

from typing import Final

from sqlalchemy import Engine

from ektp.storage.engine import transaction

# One statement, so that every snapshot sees either the differences or their sum. Rows that another process is folding
# are left to it; rows that come meanwhile are not in the snapshot and stay. A supply that is used up is still counted.
_FOLD: Final = """
with crowded as (
    select office, kind, key from tallies where kind <> 'day' group by office, kind, key having count(*) > %(least)s
), taken as (
    select seq from tallies join crowded using (office, kind, key) for update of tallies skip locked
), gone as (
    delete from tallies using taken where tallies.seq = taken.seq
    returning tallies.office, tallies.kind, tallies.key, tallies.delta
)
insert into tallies (office, kind, key, delta)
select office, kind, key, sum(delta) from gone group by office, kind, key having sum(delta) <> 0 or kind = 'supply'
"""
# What is counted of a day leaves the tallies, which stay few however many days there are.
_GATHER: Final = """
with taken as (
    select seq from tallies where kind = 'day' for update skip locked
), gone as (
    delete from tallies using taken where tallies.seq = taken.seq returning tallies.office, tallies.key, tallies.delta
), counted as (
    select split_part(key, ' ', 2) as what, split_part(key, ' ', 1)::date as day, office, sum(delta) as count
    from gone group by 1, 2, 3
)
insert into office_days (what, day, office, count) select what, day, office, count from counted order by 1, 2, 3
on conflict (what, day, office) do update set count = office_days.count + excluded.count
"""


def fold_tallies(engine: Engine, *, least: int = 8) -> None:
    """Merge each count that lies in more than `least` rows into one, and gather those of days. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_FOLD, {"least": least})
        connection.execute(_GATHER)
