"""What is known of the stations: their accounts, when they were last heard, what they still owe."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices
from workflows.stations import SILENT

# The last day that was closed; of recordings counted since the last look of the watch, those too. Days and what has
# arrived are looked up of those alone that are shown.
_KNOWN: Final = """
with alarmed as (
    select station, count(*) as alerts, bool_or(rule = :silence) as silent from alerts
    where resolved is null and station <> '' group by station
), known as (
    select coalesce(s.name, v.station) as station, s.role,
        coalesce(nullif(s.office, ''), case when s.name is null then nullif(v.office, '') else 'all' end) as office,
        s.name is not null as registered, s.added, s.renewed, s.revoked, s.revoked_by, s.because, s.silent_after,
        v.last_contact, v.last_event, v.unsent, v.reported, v.skew, v.gaps,
        coalesce(a.alerts, 0) as alerts, coalesce(a.silent, false) as silent
    from stations s full join sightings v on v.station = s.name
    left join alarmed a on a.station = coalesce(s.name, v.station)
)
"""
_SHOWN: Final = """, picked as (select * from known where {} order by station limit :most), counted as (
    select key, sum(delta)::int as arrived from tallies where kind = 'recorded-on' group by key
)
select picked.*,
    coalesce((select sum((gap->>1)::bigint - (gap->>0)::bigint + 1) from jsonb_array_elements(gaps) as gap), 0)
        as missing,
    d.day, d.count, d.arrived + coalesce(c.arrived, 0) as arrived
from picked left join lateral (
    select day, count, arrived from station_days
    where station_days.station = picked.station and closed is not null order by day desc limit 1
) as d on true left join counted c on c.key = picked.station || '/' || d.day
order by picked.station
"""
_BEHIND: Final = """(unsent > 0 or gaps <> '[]' or exists (
    select from station_days d where d.station = known.station and d.closed is not null and not d.settled))"""
_TOTALS: Final = f"""
select count(*) as stations, count(*) filter (where silent) as silent, count(*) filter (where {_BEHIND}) as behind,
    count(*) filter (where revoked is not null) as revoked, count(*) filter (where not registered) as unregistered
from known where {{}}
"""  # noqa: S608 - a constant
#: What of a station may have to be looked after.
STANDINGS: Final = {
    "silent": "silent",
    "behind": _BEHIND,
    "revoked": "revoked is not null",
    "unregistered": "not registered",
}
_COUNTS: Final = text("""
select (select count(*) from stations where revoked is null) as registered,
    (select count(*) from sightings) as seen, (select coalesce(sum(unsent), 0) from sightings) as unsent
""")


def _lies_in(name: str) -> str:
    return f"(office = :{name} or starts_with(office, :{name} || '.'))"


_CLAUSES: Final = {"name": "station = :name", "role": "role = :role", "region": _lies_in("region")}


class Asked(NamedTuple):
    """Which stations: of a role, of a region, of those standings (silent, behind, revoked, unregistered) all together.

    `offices` are the regions of whoever asks: a station of the whole country, such as the centre, lies in none.
    """

    offices: Offices = EVERYWHERE
    name: str | None = None
    role: str | None = None
    region: str | None = None
    standings: Collection[str] = ()

    def condition(self) -> tuple[str, dict[str, Any]]:
        """Return it as the condition of a query, and its values."""
        regions = {f"office{number}": office for number, office in enumerate(self.offices)}
        given = {"name": self.name, "role": self.role, "region": self.region}
        values = {key: value for key, value in given.items() if value is not None}
        said = [*(STANDINGS[one] for one in self.standings), *(_CLAUSES[key] for key in values)]
        if regions:
            said.append(f"({' or '.join(map(_lies_in, regions))})")
        return " and ".join(said or ["true"]), {**values, **regions}


EVERY: Final = Asked()


def stations(
    connection: Connection, asked: Asked = EVERY, *, after: str = "", most: int | None = None
) -> list[dict[str, Any]]:
    """Return every station that has an account or was ever seen and is asked for, by name, from behind *after*.

    `skew` are seconds by which its clock was ahead, `missing` running numbers below its highest that have not come.
    What a station proves itself with is not told.
    """
    condition, values = asked.condition()
    question = text(_KNOWN + _SHOWN.format(f"station > :after and {condition}"))
    rows = connection.execute(question, {"silence": SILENT, "after": after, "most": most, **values})
    return [_told(row) for row in rows]


def station_totals(connection: Connection, asked: Asked = EVERY) -> dict[str, int]:
    """Return how many stations are asked for, and how many of them are of each standing."""
    condition, values = asked.condition()
    row = connection.execute(text(_KNOWN + _TOTALS.format(condition)), {"silence": SILENT, **values}).mappings().one()
    return {name: int(count) for name, count in row.items()}


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
        "revoked_by": row.revoked_by,
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
