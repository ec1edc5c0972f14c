"""The watch over the stations in PostgreSQL: what was seen is judged, days are compared, alerts open and resolve."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import Engine

from ektp.storage.alerts.alerts import keep_alerts, resolve_arrived
from ektp.storage.engine import transaction
from ektp.storage.journal.books import OUTAGES
from ektp.storage.stations.days import compare, gather
from schemas.roles import Role
from workflows.stations import (
    ALL_RULES,
    NEVER_ARRIVED,
    NOT_CLOSED,
    SECURITY,
    TOLD,
    Finding,
    Gap,
    Thresholds,
    Watched,
    expected_days,
    findings,
    gaps,
)
from workflows.timekeeping import Timekeeping
from workflows.timers import Outage

RULES: Final = tuple(rule for rule in ALL_RULES if rule != NEVER_ARRIVED)
_RUNS: Final = 200  # of one station's numbers; whoever leaves more gaps than that does not count one by one
# One look at a time: who else looks waits, and finds everything told.
_ALONE: Final = "select pg_advisory_xact_lock(6, 0), ektp_now()"
_STATIONS: Final = """
select coalesce(s.name, v.station), coalesce(nullif(s.office, ''), v.office, ''), coalesce(s.role, ''),
    case when s.revoked is null then coalesce(s.renewed, s.added) end, s.silent_after, v.last_contact, v.skew,
    v.skew_before, v.unsent, v.reported, coalesce(v.gaps, '[]'),
    array(select array[lower(run), upper(run)] from unnest(v.arrived) as run order by 1)
from stations s full join sightings v on v.station = s.name order by 1
"""
_GAPS: Final = """
update sightings set gaps = %(gaps)s,
    arrived = case when %(below)s::bigint is null then arrived
                   else arrived + int8multirange(int8range(lower(arrived), %(below)s)) end
where station = %(station)s
"""
_CLOSED: Final = "select station, day from station_days where closed is not null and station = any(%s) and day >= %s"
_MISSED: Final = "select about, detail->'days' from alerts where rule = %s and resolved is null"
_FORGED: Final = """
select sender, count(*), max(received) from parked
where state = 'open' and reason = 'sender-not-allowed' group by sender order by sender
"""
_NOBODY: Final = "unknown"  # the sender of what nobody signed


class _Row(NamedTuple):
    """One station as it was read: the runs of its numbers, and the gaps seen before."""

    station: Watched
    runs: tuple[tuple[int, int], ...]
    before: tuple[Gap, ...]


class PostgresStationWatch:
    """The stations that have an account or were ever seen."""

    def __init__(self, engine: Engine, keeping: Timekeeping, limits: Thresholds) -> None:
        self._engine = engine
        self._keeping = keeping
        self._limits = limits

    def watch(self) -> list[tuple[str, str]]:
        """Compare every day that is open, keep the alerts, and return the rule and the thing of each new one.

        All in one transaction; a look that is repeated says nothing twice. Raises StoreAway.
        """
        with transaction(self._engine) as connection:
            row = connection.execute(_ALONE).fetchone()
            assert row is not None
            now = row[1]
            gather(connection)
            rows = [_row(one) for one in connection.execute(_STATIONS).fetchall()]
            rows = [one._replace(station=one.station._replace(gaps=gaps(one.runs, one.before, now))) for one in rows]
            _keep_gaps(connection, rows)
            runs = {one.station.name: one.runs for one in rows}
            outages = _outages(connection)
            found = [
                *self._found([one.station for one in rows], outages, now),
                *compare(connection, self._keeping, runs, now, self._limits),
                *self._not_closed(connection, [one.station for one in rows], outages, now),
                *_forged(connection),
            ]
            resolve_arrived(connection, now)
            return [(one.rule, one.about) for one in keep_alerts(connection, RULES, found, now)]

    def _found(self, stations: Sequence[Watched], outages: Sequence[Outage], now: datetime) -> Iterator[Finding]:
        for station in stations:
            yield from findings(station, self._keeping.calendar(station.office), outages, now, self._limits)

    def _not_closed(
        self, connection: psycopg.Connection, stations: Sequence[Watched], outages: Sequence[Outage], now: datetime
    ) -> Iterator[Finding]:
        missed = {
            name: [date.fromisoformat(day) for day in days]
            for name, days in connection.execute(_MISSED, [NOT_CLOSED]).fetchall()
        }
        expected = {
            one.name: expected_days(one, self._keeping.calendar(one.office), outages, now, missed.get(one.name, ()))
            for one in stations
        }
        names = [name for name, days in expected.items() if days]
        if not names:
            return
        first = min(days[0] for days in expected.values() if days)
        closed = set(connection.execute(_CLOSED, [names, first]).fetchall())
        for one in stations:
            days = [day.isoformat() for day in expected[one.name] if (one.name, day) not in closed]
            if days:
                yield Finding(NOT_CLOSED, one.name, one.name, one.office, {"days": days[:TOLD]})


def _outages(connection: psycopg.Connection) -> list[Outage]:
    return [Outage(*row) for row in connection.execute(OUTAGES)]


def _row(row: tuple[Any, ...]) -> _Row:
    name, office, role, added, silent_after, contact, skew, before, unsent, reported, known, runs = row
    station = Watched(
        name,
        office,
        role == Role.STATION,
        added,
        None if silent_after is None else timedelta(hours=silent_after),
        contact,
        _seconds(skew),
        _seconds(before),
        unsent,
        reported,
    )
    kept = tuple(Gap(first, last, datetime.fromisoformat(since)) for first, last, since in known)
    return _Row(station, tuple((first, after) for first, after in runs), kept)


def _seconds(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(seconds=count)


def _keep_gaps(connection: psycopg.Connection, rows: Sequence[_Row]) -> None:
    """Write the gaps that changed; of a station with very many the oldest numbers are given up."""
    for one in rows:
        many = len(one.runs) > _RUNS
        if many or one.station.gaps != one.before:
            connection.execute(_GAPS, _gaps_of(one, below=one.runs[-_RUNS][0] if many else None))


def _gaps_of(one: _Row, below: int | None) -> Mapping[str, Any]:
    kept = [gap for gap in one.station.gaps if below is None or gap.first > below]
    written = json.dumps([[gap.first, gap.last, gap.since.isoformat()] for gap in kept])
    return {"station": one.station.name, "gaps": written, "below": below}


def _forged(connection: psycopg.Connection) -> Iterator[Finding]:
    for sender, count, last in connection.execute(_FORGED).fetchall():
        detail = {"parked": count, "last": last.isoformat()}
        yield Finding(SECURITY, sender or _NOBODY, sender, "", detail)
