"""The rows of the sukets: numbered without gaps within an office and a year, each with a code nobody can guess."""

import secrets
from collections import Counter
from datetime import datetime
from typing import Final

import psycopg

from consumers.books import Changes
from consumers.suket import SUKET
from ektp.storage.copy_text import array, copy_rows, uuid_text
from workflows.resi import spelled
from workflows.suket import RENEWED, number

_CODE_BITS: Final = 80
_ENDED: Final = """
update suket set withdrawn = %s, because = ended.because
from unnest(%s::uuid[], %s::text[]) as ended (application, because)
where suket.application = ended.application and suket.withdrawn is null
returning suket.application, suket.number, suket.office, suket.because
"""
# The row of an office and year stays locked until the commit: a number is given once, and none is lost to a rollback.
_NUMBERS: Final = """
insert into suket_numbers (office, year, last) select * from unnest(%s::text[], %s::int[], %s::int[])
on conflict (office, year) do update set last = suket_numbers.last + excluded.last returning office, year, last
"""
_COPY: Final = (
    "copy suket (number, code, application, office, issued, valid_until, renews, withdrawn, because) from stdin"
)
_TALLIES: Final = "copy tallies (office, kind, key, delta) from stdin"


def write_sukets(connection: psycopg.Connection, changes: Changes, now: datetime) -> None:
    """Write the letters that were issued, and end those that were withdrawn or renewed."""
    if not (changes.sukets or changes.sukets_ended):
        return
    tallies, before = Counter[tuple[str, str]](), {}
    if changes.sukets_ended:
        ended = array(map(uuid_text, changes.sukets_ended)), array(changes.sukets_ended.values())
        for application, old, office, because in connection.execute(_ENDED, [now, *ended]):
            before[application] = old
            tallies[office, "in-force"] -= 1
            tallies[office, because] += 1
    free = _numbers(connection, Counter((one.office, one.year) for one in changes.sukets))
    rows = []
    for one in changes.sukets:
        free[one.office, one.year] += 1
        name = number(free[one.office, one.year], one.office, one.year)
        dates = (one.issued, one.valid_until, before.get(one.application), one.withdrawn, one.because)
        rows.append((name, verification_code(), one.application, one.office, *dates))
        before[one.application] = name
        tallies[one.office, "issued"] += 1
        if one.withdrawn is None:
            tallies[one.office, "in-force"] += 1
        else:
            tallies[one.office, one.because or RENEWED] += 1
    copy_rows(connection, _COPY, rows, rows)
    counts = [(office, SUKET, key, delta) for (office, key), delta in tallies.items() if delta]
    copy_rows(connection, _TALLIES, counts, counts)


def verification_code() -> str:
    """Return a random code of 80 bits: sixteen letters, spelled as a resi is."""
    return spelled(secrets.randbits(_CODE_BITS), _CODE_BITS)


def _numbers(connection: psycopg.Connection, wanted: Counter[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Return by office and year the number behind which so many are ours."""
    if not wanted:
        return {}
    # In one order everywhere: two batches that want numbers of the same offices wait and do not block each other.
    places = sorted(wanted)
    values = [array(office for office, _ in places), array(year for _, year in places)]
    found = connection.execute(_NUMBERS, [*values, array(wanted[place] for place in places)])
    return {(office, year): last - wanted[office, year] for office, year, last in found}
