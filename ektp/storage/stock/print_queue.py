"""The queues for print in PostgreSQL: read along one index, one allocator at a time for an office."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import uuid4

import psycopg
from sqlalchemy import Engine

from consumers.allocations import GIVEN
from consumers.waiting import Seen, Waiting
from ektp.storage.engine import transaction
from ektp.storage.steps.due import now_of
from workflows.blanko import Desk, Passes
from workflows.print_queue import Lane

_TIME: Final = "time"  # in the column of the lanes
#: `waited_at (office)`: from office to office along the index, so it costs what there are offices, however many wait.
WAITED_AT: Final = """
with recursive found (office) as (
    (select prints_at from applications where queued is not null order by prints_at limit 1)
    union all
    select (select prints_at from applications where queued is not null and prints_at > found.office order by prints_at
            limit 1)
    from found where office is not null
), waited_at as (select office from found where office is not null)
"""
_OFFICES: Final = f"""{WAITED_AT}
select office from waited_at
where exists (select from blanko where blanko.office = waited_at.office and place = 'in-stock')
"""  # noqa: S608 - a constant
# Leases run on real time.
_CLAIM: Final = """
insert into allocators (office, owner, leased_until) values (%(office)s, %(word)s, now() + interval '30 seconds')
on conflict (office) do update set owner = excluded.owner, leased_until = excluded.leased_until
    where allocators.leased_until <= now()
"""
_RELEASE: Final = "update allocators set leased_until = '-infinity' where office = %s and owner = %s"
_KEEP: Final = """
update allocators set leased_until = now() + interval '30 seconds'
where office = %s and owner = %s and leased_until > now()
"""
_SERIALS: Final = """
select serial from blanko where office = %s and place = 'in-stock' and application is null order by serial limit %s
"""
_HEADS: Final = """
select lane.name, id, version, coalesce(standing->>'reason', 'first'), recorded, had
from unnest(%(lanes)s::text[]) as lane (name) cross join lateral (
    select id, version, standing, recorded, queued from applications
    where prints_at = %(office)s and lane = lane.name and queued is not null
    and (not_before is null or not_before <= %(today)s)
    order by queued, id limit %(most)s
) as one cross join lateral (
    select array(select turn->>'blanko' from json_array_elements(standing->'turns') as turn) as had
) as before
order by lane.name, queued, id
"""
_PASSES: Final = "select lane, pass from lanes where office = %s"
_SAVE: Final = """
insert into lanes (office, lane, pass) select %s, * from unnest(%s::text[], %s::bigint[])
on conflict (office, lane) do update set pass = excluded.pass
"""
_GIVEN: Final = "select coalesce(sum(delta), 0)::int from tallies where office = %s and kind = %s and key = %s"
# A printer's ribbon is counted from its first load on; an office that counts none is not asked for any.
_RIBBON: Final = """
select sum(greatest(left_, 0))::int from (
    select sum(delta) as left_ from tallies where office = %s and kind = 'supply' and key like 'ribbon@%%' group by key
) as printers
"""


class PostgresPrintQueue:
    """The queues behind the allocator's port."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def moment(self) -> datetime:
        """Return the store's time."""
        with transaction(self._engine) as connection:
            return now_of(connection)

    def offices(self) -> Sequence[str]:
        """Return the printing offices that have blanko in stock and somebody who waits for one."""
        with transaction(self._engine) as connection:
            return [row[0] for row in connection.execute(_OFFICES)]

    def claim(self, office: str) -> str | None:
        """Take the office for thirty seconds; return a word that keeps it, None where another has it."""
        word = uuid4().hex
        with transaction(self._engine) as connection:
            taken = connection.execute(_CLAIM, {"office": office, "word": word}).rowcount
        return word if taken else None

    def release(self, office: str, word: str) -> None:
        """Give the office back."""
        with transaction(self._engine) as connection:
            connection.execute(_RELEASE, [office, word])

    def read(self, office: str, today: date, day: date, most: int) -> Seen:
        """Return up to so many of each lane that may have a card *today*; *day* is the working day that is counted."""
        with transaction(self._engine) as connection:
            return seen(connection, office, today, day, most)

    def save(self, office: str, word: str, passes: Passes) -> bool:
        """Write how far the lanes have come, and keep the office; False when another has taken it meanwhile."""
        known = {_TIME: passes.time, **passes.of}
        with transaction(self._engine) as connection:
            kept = connection.execute(_KEEP, [office, word]).rowcount
            if kept:
                connection.execute(_SAVE, [office, list(known), list(known.values())])
        return bool(kept)


def seen(connection: psycopg.Connection, office: str, today: date, day: date, most: int) -> Seen:
    """Read up to so many of each lane and of the serials, as `PrintQueue.read`."""
    serials = free_serials(connection, office, most)
    passes: dict[str, int] = dict(connection.execute(_PASSES, [office]).fetchall())
    values = {"lanes": list(Lane), "office": office, "today": today, "most": most}
    lanes: dict[Lane, list[Waiting]] = {}
    for lane, identity, version, reason, recorded, had in connection.execute(_HEADS, values):
        lanes.setdefault(Lane(lane), []).append(Waiting(identity, version, reason, recorded, tuple(had)))
    desk = desk_of(connection, office, day, len(serials))
    return Seen(desk, serials, lanes, Passes(passes.pop(_TIME, 0), passes))


def free_serials(connection: psycopg.Connection, office: str, most: int) -> list[str]:
    """Return up to so many blanko of an office that may be given out, in order."""
    return [row[0] for row in connection.execute(_SERIALS, [office, most])]


def desk_of(connection: psycopg.Connection, office: str, day: date, stock: int) -> Desk:
    """Return what an office has to give out on a working day, of so many in stock."""
    given = connection.execute(_GIVEN, [office, GIVEN, day.isoformat()]).fetchone()
    ribbon = connection.execute(_RIBBON, [office]).fetchone()
    assert given is not None
    assert ribbon is not None
    return Desk(stock, given[0], ribbon[0])
