"""The supplies of offices in PostgreSQL: counted in the tallies, changed by one transaction at a time."""

from collections.abc import Collection
from typing import Final

import psycopg

# Most offices count none: they are not locked.
_COUNTING: Final = "select distinct office from tallies where kind = 'supply' and office = any(%s)"
_LOCK: Final = (
    "select pg_advisory_xact_lock(3, key) from (select distinct hashtext(office) as key"
    " from unnest(%s::text[]) as office order by key) as keys"
)
_COUNTS: Final = (
    "select office, key, sum(delta)::bigint from tallies where kind = 'supply' and office = any(%s) group by 1, 2"
)


def read_supplies(
    connection: psycopg.Connection, said: Collection[str], offices: Collection[str]
) -> dict[tuple[str, str], int]:
    """Lock the offices of which something is *said*, and of the others those that count; return what they have."""
    if not said and not offices:
        return {}
    counting = {row[0] for row in connection.execute(_COUNTING, [list(offices)])} if offices else set()
    if not (locked := list(counting | set(said))):
        return {}
    with connection.pipeline():
        connection.execute(_LOCK, [locked])
        rows = connection.execute(_COUNTS, [locked])
    return {(office, key): int(count) for office, key, count in rows}
