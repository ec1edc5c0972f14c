"""What is known of the stations: their accounts, when they were last heard, what they still owe."""

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices
from workflows.permissions import within
from workflows.stations import SILENT

# The last day that was closed; of recordings counted since the last look of the watch, those too.
_STATIONS: Final = text("""
with counted as (
    select key, sum(delta)::int as arrived from tallies where kind = 'recorded-on' group by key
), last_closed as (
    select distinct on (station) station, day, count, arrived from station_days
    where closed is not null order by station, day desc
), alarmed as (
    select station, count(*) as alerts, bool_or(rule = :silent) as silent from alerts
    where resolved is null and station <> '' group by station
)
select coalesce(s.name, v.station) as station, s.role,
    coalesce(nullif(s.office, ''), case when s.name is null then nullif(v.office, '') else 'all' end) as office,
    s.name is not null as registered, s.added, s.renewed, s.revoked, s.because, s.silent_after,
    v.last_contact, v.last_event, v.unsent, v.reported, v.skew,
    coalesce((select sum((gap->>1)::bigint - (gap->>0)::bigint + 1) from jsonb_array_elements(v.gaps) as gap), 0)
        as missing,
    d.day, d.count, d.arrived + coalesce(c.arrived, 0) as arrived,
    coalesce(a.alerts, 0) as alerts, coalesce(a.silent, false) as silent
from stations s full join sightings v on v.station = s.name
left join last_closed d on d.station = coalesce(s.name, v.station)
left join counted c on c.key = d.station || '/' || d.day
left join alarmed a on a.station = coalesce(s.name, v.station)
where cast(:name as text) is null or coalesce(s.name, v.station) = :name
order by 1
""")
_COUNTS: Final = text("""
select (select count(*) from stations where revoked is null) as registered,
    (select count(*) from sightings) as seen, (select coalesce(sum(unsent), 0) from sightings) as unsent
""")


def stations(connection: Connection, name: str | None = None, offices: Offices = EVERYWHERE) -> list[dict[str, Any]]:
    """Return every station that has an account or was ever seen, or the one of this name.

    `offices` are the regions of whoever asks: a station of the whole country, such as the centre, lies in none.
    `skew` are seconds by which its clock was ahead, `missing` running numbers below its highest that have not come.
    What a station proves itself with is not told.
    """
    rows = connection.execute(_STATIONS, {"silent": SILENT, "name": name})
    return [_told(row) for row in rows if within(offices, row.office)]


def station_counts(connection: Connection) -> dict[str, int]:
    """Return how many stations have an account, how many were ever seen, and how many events they say to hold."""
    return {name: int(count) for name, count in connection.execute(_COUNTS).mappings().one().items()}


def _told(row: Row[Any]) -> dict[str, Any]:
    closed = {"date": row.day.isoformat(), "counted": row.count, "arrived": row.arrived} if row.day else None
    return {
        "station": row.station,
        "role": row.role,
        "office": row.office,
        "registered": row.registered,
        "added": written(row.added),
        "renewed": written(row.renewed),
        "revoked": written(row.revoked),
        "because": row.because,
        "silent_after": row.silent_after,
        "last_contact": written(row.last_contact),
        "last_event": written(row.last_event),
        "unsent": row.unsent,
        "reported": written(row.reported),
        "skew": row.skew,
        "missing": int(row.missing),
        "silent": row.silent,
        "last_day": closed,
        "alerts": row.alerts,
    }
