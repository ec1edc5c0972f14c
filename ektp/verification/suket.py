"""The sukets: numbered without gaps, one of an application in force, as its clock says, as many as were issued."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed
from schemas.upcasting import UPCASTERS, Step, types_of
from workflows.suket import number

_NUMBERS: Final = text("""
select coalesce(n.office, s.office) as office, coalesce(n.year, s.year) as year, coalesce(n.last, 0) as last,
    coalesce(s.letters, 0) as letters, coalesce(s.highest, 0) as highest, coalesce(s.misnamed, 0) as misnamed
from suket_numbers n full join (
    select office, split_part(number, '/', 4)::int as year, count(*) as letters,
        max(split_part(number, '/', 2)::int) as highest,
        count(*) filter (where split_part(number, '/', 3) <> office) as misnamed
    from suket group by 1, 2
) s on s.office = n.office and s.year = n.year
""")
# Numbers are a primary key: as many as the highest of them are all from 1 on.
_CLOCKS: Final = text("""
select coalesce(a.id, s.application) as application, s.letters, s.valid_until,
    (a.timers->>'letter')::timestamptz as letter
from applications a full join (
    select application, count(*) as letters, max(valid_until) as valid_until
    from suket where withdrawn is null group by 1
) s on s.application = a.id
where s.application is not null or a.timers->>'letter' is not null
""")
_EVENTS: Final = text("""
select coalesce(h.application, s.application) as application, coalesce(h.number, 0) as told,
    coalesce(s.number, 0) as rows
from (
    select application, count(*) as number from history
    where type = any(:types) and outcome = 'applied' group by 1
) h full join (select application, count(*) as number from suket group by 1) s on s.application = h.application
""")
_COUNTS: Final = text("""
select coalesce(t.office, s.office) as office, coalesce(t.total, 0) as tallied, coalesce(s.total, 0) as counted
from (select office, sum(delta) as total from tallies where kind = 'suket' and key = 'in-force' group by 1) t
full join (select office, count(*) as total from suket where withdrawn is null group by 1) s using (office)
""")


def sukets_are_kept(
    connection: Connection, advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """Find a number that is missing, a letter that the clock does not know or holds too long, a wrong count."""
    numbers, clocks, counts = (
        Finding("sukets-are-numbered"),
        Finding("one-suket-in-force"),
        Finding("sukets-are-counted"),
    )
    for row in streamed(connection, _NUMBERS, advance):
        numbers.checked += row.letters
        sound = row.last == row.letters == row.highest and not row.misnamed
        numbers.expect(sound, f"{number(row.last, row.office, row.year)} is the last of {row.letters}")
    for row in streamed(connection, _CLOCKS, advance):
        clocks.checked += 1
        sound = row.letters == 1 and row.valid_until == row.letter
        clocks.expect(sound, f"{row.application}: {row.letters or 0} in force, until {row.valid_until}; {row.letter}")
    for row in streamed(connection, _COUNTS, advance):
        counts.checked += 1
        counts.expect(row.tallied == row.counted, f"{row.office}: tallied {row.tallied}, counted {row.counted}")
    issued = _EVENTS.bindparams(types=types_of("suket-issued", upcasters=upcasters))
    for row in streamed(connection, issued, advance):
        counts.checked += 1
        counts.expect(row.told == row.rows, f"{row.application}: issued {row.told} times, {row.rows} rows")
    return [numbers, clocks, counts]
