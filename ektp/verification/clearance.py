"""What is counted of each day of an office is what the history says of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from consumers.clearance import KEPT, MISSED, TOOK, moved
from ektp.reading.clearance import COUNTS
from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.rows import grouped, streamed
from schemas.upcasting import UPCASTERS, Step, name_today, types_of, upcast
from workflows.card_issuance import State
from workflows.timekeeping import Timekeeping

_CHAPTERS: Final = text("""
select application, version, type, received, before, after, outcome = 'applied' as applied,
    case when type = any(:recorded) then data end as data
from history where application is not null and (outcome = 'applied' or before is distinct from after)
order by application, version
""")
_COUNTED: Final = text(f"select office, day::text, what, sum(count)::int from ({COUNTS}) as counts group by 1, 2, 3")  # noqa: S608 - a constant of ours
_PROMISES: Final = text("select office, key, sum(delta)::int from tallies where kind = 'promise' group by 1, 2")
#: No row of the history says whether a promise was kept.
_OF_PROMISES: Final = (KEPT, MISSED)


def days_add_up(keeping: Timekeeping, upcasters: Mapping[str, Step] = UPCASTERS) -> Check:
    """Return the check of the days by these calendars."""

    def check(connection: Connection, advance: Advance) -> list[Finding]:
        """Count each day anew from the history; and first prints by whether and by when they were in time."""
        finding = Finding("days-add-up")
        found = Counter[tuple[str, str, str]]()
        chapters = _CHAPTERS.bindparams(recorded=types_of("recorded", upcasters=upcasters))
        for _, rows in grouped(streamed(connection, chapters, advance), lambda row: row.application):
            office = ""
            for row in rows:
                left, said = office, upcast(row.type, row.data, upcasters)[1] if row.data and row.applied else {}
                office = said.get("office") or office
                before, after = (left or office, State(row.before)), (office, State(row.after))
                day = {one: keeping.calendar(one).date_of(row.received).isoformat() for one in {left, office}}
                for where, what, step in moved(name_today(row.type, upcasters) if row.applied else "", before, after):
                    found[where, day[where], what] += step
        told = {(office, day, what): count for office, day, what, count in connection.execute(_COUNTED)}
        promised = {key: told.pop(key) for key in list(told) if _is_of_promise(key[2])}
        for key in sorted({*found, *told}):
            finding.checked += 1
            here = found[key], told.get(key, 0)
            finding.expect(here[0] == here[1], f"{' '.join(key)}: {here[0]} by the history, {here[1]} counted")
        _compare_promises(connection, finding, promised)
        return [finding]

    return check


def _compare_promises(connection: Connection, finding: Finding, promised: dict[tuple[str, str, str], int]) -> None:
    """Each first print is in time or not, on one day of the recording; and no day has more of them than there are."""
    took, prints, days = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (office, day, what), count in promised.items():
        (prints if what in _OF_PROMISES else took)[office, day] += count
        if what in _OF_PROMISES:
            days[office, what] += count
    for place in sorted({*took, *prints}):
        finding.checked += 1
        told = took[place], prints[place]
        finding.expect(
            told[0] == told[1], f"{' '.join(place)}: {told[0]} first prints took days, {told[1]} are counted"
        )
    every = {(office, key): count for office, key, count in connection.execute(_PROMISES)}
    for name, count in sorted(days.items()):
        finding.checked += 1
        finding.expect(count <= every.get(name, 0), f"{' '.join(name)}: {count} by day, {every.get(name, 0)} in all")


def _is_of_promise(what: str) -> bool:
    return what in _OF_PROMISES or what.startswith(TOOK)
