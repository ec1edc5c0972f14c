"""The stations: each recording is counted on its day, and what was said of a day was said once."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.rows import streamed
from schemas.upcasting import UPCASTERS, Step, types_of, upcast
from workflows.timekeeping import Timekeeping

_RECORDED: Final = text("""
select station, time, type, data from history where type = any(:types)
union all select station, time, type, data from held where type = any(:types)
""")
# What was counted since the last look of the watch is in the tallies still.
_COUNTED: Final = text("""
select station, day::text, sum(arrived)::int from (
    select station, day, arrived from station_days
    union all select split_part(key, '/', 1), split_part(key, '/', 2)::date, delta from tallies
    where kind = 'recorded-on'
) as counts group by 1, 2 having sum(arrived) <> 0
""")
_CLOSED: Final = text("""
select d.station, d.day, d.count, h.data from station_days d left join history h on h.id = d.event
where d.closed is not null
""")
_NOTICES: Final = text("""
select n.station, n.noticed, array(
    select (body::json->>'sequence')::int from outbox where routing_key like 'recording-missing.%'
    and body::json->>'subject' = n.station order by seq)
from (select station, count(*)::int as noticed from station_days where noticed is not null group by station) as n
""")
_OF_STRANGERS: Final = text("""
select body::json->>'subject' as subject, array_agg((body::json->>'sequence')::int order by seq) as series
from outbox where routing_key like 'recording-missing.%' and body::json->'data'->>'application' is not null group by 1
""")
_OPEN: Final = text("select rule, about, count(*) from alerts where resolved is null group by rule, about")


def station_days_add_up(keeping: Timekeeping, upcasters: Mapping[str, Step] = UPCASTERS) -> Check:
    """Return the check of the days by these calendars."""

    def check(connection: Connection, advance: Advance) -> list[Finding]:
        """Compare what is counted of each station's day with the history, and what it said with its event."""
        finding = Finding("station-days-add-up")
        found = Counter[tuple[str, str]]()
        recorded = _RECORDED.bindparams(types=types_of("recorded", upcasters=upcasters))
        for row in streamed(connection, recorded, advance):
            _, data = upcast(row.type, row.data, upcasters)
            day = keeping.calendar(data.get("office") or "").date_of(row.time)
            found[row.station, day.isoformat()] += 1
        told = {(station, day): count for station, day, count in connection.execute(_COUNTED)}
        for station, day in sorted({*found, *told}):
            finding.checked += 1
            here = found[station, day], told.get((station, day), 0)
            finding.expect(here[0] == here[1], f"{station} {day}: {here[0]} recorded, {here[1]} counted")
        for station, day, count, said in connection.execute(_CLOSED):
            finding.checked += 1
            told_by = said and said.get("count"), said and said.get("date")
            finding.expect(told_by == (count, day.isoformat()), f"{station} {day}: its closing says otherwise")
        return [finding]

    return check


def station_notices_are_numbered(connection: Connection, _advance: Advance) -> list[Finding]:
    """In the order of the outbox a station's notices are 1, 2, 3 ..., as many as days were told to differ.

    So are those of an application of which nobody knows more than that its recording is missing.
    """
    finding = Finding("station-notices-are-numbered")
    for station, noticed, series in connection.execute(_NOTICES):
        finding.checked += 1
        finding.expect(series == list(range(1, noticed + 1)), f"{station}: told {noticed}, {json.dumps(series)} left")
    for application, series in connection.execute(_OF_STRANGERS):
        finding.checked += 1
        finding.expect(series == list(range(1, len(series) + 1)), f"{application}: {json.dumps(series)} left")
    return [finding]


def alerts_are_open_once(connection: Connection, _advance: Advance) -> list[Finding]:
    """Of one rule about one thing at most one alert is open."""
    finding = Finding("alerts-are-open-once")
    for rule, about, count in connection.execute(_OPEN):
        finding.checked += 1
        finding.expect(count == 1, f"{rule} {about}: {count} are open")
    return [finding]
