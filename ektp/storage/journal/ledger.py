"""The ledger's rows in PostgreSQL: locked and read by serial and by range, written in bulk."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import psycopg

from consumers.books import Changes
from ektp.storage.copy_text import array, copy_rows, uuid_text
from schemas.serials import serials, stack, stacks
from workflows.ledger import Blanko

# A range locks whole stacks, for a lock for each of its serials would fill the server's table; who names single
# serials shares their stacks with others like it.
_LOCK_STACKS: Final = """
select case when whole then pg_advisory_xact_lock(2, key) else pg_advisory_xact_lock_shared(2, key) end from (
    select hashtext(stack) as key, bool_or(whole) as whole
    from unnest(%s::text[], %s::boolean[]) as asked (stack, whole) group by 1 order by 1
) as keys
"""
# Serials too are locked whether or not the ledger knows them: a warehouse may name one for the first time, twice.
_LOCK_SERIALS: Final = (
    "select pg_advisory_xact_lock(1, key) from (select distinct hashtext(serial) as key"
    " from unnest(%s::text[]) as serial order by key) as keys"
)
_BLANKOS: Final = (
    "select serial, office, place, application, delivery_note, was, holder from blanko where serial = any(%s::text[])"
)
_COPY_BLANKOS: Final = (
    "copy blanko (serial, office, place, application, delivery_note, was, holder, changed) from stdin"
)
_CHANGED: Final = """
update blanko set office = new.office, place = new.place, application = new.application,
    delivery_note = new.delivery_note, was = new.was, holder = new.holder, changed = %s
from unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[])
    as new (serial, office, place, application, delivery_note, was, holder)
where blanko.serial = new.serial
"""
_COPY_MOVEMENTS: Final = (
    "copy movements (event, serial, from_office, from_place, to_office, to_place, moved) from stdin"
)


def read_serials(
    connection: psycopg.Connection, single: Collection[str], ranges: Collection[tuple[str, str]]
) -> dict[str, Blanko]:
    """Lock the stacks, then the single serials, each sorted; return the rows there are of all of them."""
    if not single and not ranges:
        return {}
    whole = {one for first, last in ranges for one in stacks(first, last)}
    shared = {stack(serial) for serial in single} - whole
    wanted = {*single, *(serial for first, last in ranges for serial in serials(first, last))}
    with connection.pipeline():
        connection.execute(_LOCK_STACKS, [[*whole, *shared], [True] * len(whole) + [False] * len(shared)])
        connection.execute(_LOCK_SERIALS, [array(single)])
        rows = connection.execute(_BLANKOS, [array(wanted)])
    return {row[0]: Blanko(*row) for row in rows}


def write_ledger(connection: psycopg.Connection, changes: Changes, now: datetime) -> None:
    """Write the serials' rows and their movements, in the order in which they were made."""
    if not changes.movements:
        return
    rows = sorted(changes.blankos.values())
    new = [(*row, now) for row in rows if row.serial in changes.named]
    copy_rows(connection, _COPY_BLANKOS, new, new)
    old = [row for row in rows if row.serial not in changes.named]
    if old:
        serial, office, place, owners, *rest = map(list, zip(*old, strict=True))
        ids = array(None if owner is None else uuid_text(owner) for owner in owners)
        connection.execute(_CHANGED, [now, array(serial), array(office), array(place), ids, *rest])
    copy_rows(connection, _COPY_MOVEMENTS, ((*row, now) for row in changes.movements), changes.movements)
