"""The days that stations close, written in the journal's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import psycopg

from consumers.entry import Entry

# Of two words about one day the later counts, in whatever order they come.
_CLOSED: Final = """
insert into station_days (station, day, event, said, closed, count, last_sequence)
select station, day, event, said, %s, count, last_sequence
from unnest(%s::text[], %s::date[], %s::uuid[], %s::timestamptz[], %s::int[], %s::bigint[])
    as told (station, day, event, said, count, last_sequence)
order by station, day
on conflict (station, day) do update set event = excluded.event, said = excluded.said, closed = excluded.closed,
    count = excluded.count, last_sequence = excluded.last_sequence, settled = false
where station_days.said is null or (station_days.said, station_days.event) <= (excluded.said, excluded.event)
"""


def write_closings(connection: psycopg.Connection, closings: Sequence[Entry], now: datetime) -> None:
    """Write what stations said of their days."""
    if not closings:
        return
    rows: dict[tuple[str, str], tuple[Any, ...]] = {}
    for entry in sorted(closings, key=lambda one: (one.time, one.id)):
        data = entry.data
        day = (entry.subject, data["date"])
        rows[day] = (*day, entry.id, entry.time, data["count"], int(data["last_sequence"]))
    connection.execute(_CLOSED, [now, *map(list, zip(*rows.values(), strict=True))])
