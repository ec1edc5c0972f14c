"""The days of the stations in PostgreSQL: recordings gathered, what was closed compared, each change answered."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from consumers.station_letters import counted_letter, missing_day_letter, station_id
from ektp.storage.outbox_writes import post, wake_relays
from schemas.places import is_office
from workflows.station_days import Answer, Day, answer, day_findings
from workflows.stations import Finding, Thresholds
from workflows.timekeeping import Timekeeping

# What is counted meanwhile, or lies in a row that is being folded, is gathered the next time.
_GATHER: Final = """
with gone as (
    delete from tallies where kind = 'recorded-on' returning office, key, delta
), counted as (
    select split_part(key, '/', 1) as station, split_part(key, '/', 2)::date as day, max(office) as office,
        sum(delta)::int as arrived
    from gone group by 1, 2
)
insert into station_days (station, day, office, arrived)
select station, day, office, arrived from counted order by station, day
on conflict (station, day) do update set arrived = station_days.arrived + excluded.arrived, settled = false,
    office = coalesce(nullif(station_days.office, ''), excluded.office)
"""
_OPEN: Final = """
select d.station, d.day, coalesce(
        nullif(d.office, ''), nullif(v.office, ''),
        (select max(o.office) from station_days o where o.station = d.station and o.office <> ''), s.office, ''
    ) as office, d.closed,
    d.count, d.last_sequence, (
        select p.last_sequence from station_days p
        where p.station = d.station and p.day < d.day and p.closed is not null order by p.day desc limit 1
    ), d.arrived, d.answers, d.answered, d.noticed is not null
from station_days d left join stations s on s.name = d.station left join sightings v on v.station = d.station
where d.closed is not null and not d.settled order by d.station, d.day for update of d
"""
_PARKED: Final = """
select sender, received from parked where state = 'open' and sender = any(%s) order by sender, received limit 10000
"""
_ANSWERED: Final = """
update station_days set answers = answers + 1, answered = %s where station = %s and day = %s
"""
_SETTLED: Final = "update station_days set settled = true where station = %s and day = %s"
_NOTICED: Final = """
update station_days set noticed = %s where station = %s and day = %s
returning (select count(*) from station_days d where d.station = station_days.station and d.noticed is not null)
"""


class _Open(NamedTuple):
    """A day that is not settled, and what was answered and noticed of it so far."""

    day: Day
    answers: int
    answered: Answer | None
    noticed: bool


def gather(connection: psycopg.Connection) -> None:
    """Take the recordings counted since the last time into the days of their stations."""
    connection.execute(_GATHER)


def compare(
    connection: psycopg.Connection,
    keeping: Timekeeping,
    arrived: Mapping[str, Sequence[tuple[int, int]]],
    now: datetime,
    limits: Thresholds,
) -> Iterator[Finding]:
    """Answer what was closed wherever the answer has changed, and yield what differs.

    *arrived* are the runs of each station's running numbers that have come.
    """
    told = False
    for one in _open_days(connection, keeping):
        said = answer(one.day, arrived.get(one.day.station, ()))
        if said != one.answered:
            _answer(connection, one, said, now)
            told = True
        found = list(day_findings(one.day, said, now, limits))
        if found and not one.noticed and is_office(one.day.office):
            _notice(connection, one.day, said, now)
            told = True
        yield from found
        if not said.differs:
            connection.execute(_SETTLED, [one.day.station, one.day.day])
    if told:
        wake_relays(connection)


def _open_days(connection: psycopg.Connection, keeping: Timekeeping) -> list[_Open]:
    rows = connection.execute(_OPEN).fetchall()
    differing = sorted({row[0] for row in rows if row[4] != row[7]})
    parked: dict[str, list[datetime]] = {}
    for sender, received in connection.execute(_PARKED, [differing]) if differing else ():
        parked.setdefault(sender, []).append(received)
    return [_open_day(row, parked.get(row[0], []), keeping) for row in rows]


def _open_day(row: tuple[Any, ...], parked: Sequence[datetime], keeping: Timekeeping) -> _Open:
    *facts, answers, answered, noticed = row
    day = Day(*facts)
    morning = keeping.calendar(day.office).midnight(day.day)
    day = day._replace(parked=len(parked) - bisect_left(parked, morning))
    before = Answer(answered["counted"], answered["arrived"], tuple(answered["missing"])) if answered else None
    return _Open(day, answers, before, noticed)


def _answer(connection: psycopg.Connection, one: _Open, said: Answer, now: datetime) -> None:
    post(connection, station_id(one.day.station), counted_letter(one.day, said, one.answers + 1, now))
    connection.execute(_ANSWERED, [json.dumps(said._asdict()), one.day.station, one.day.day])


def _notice(connection: psycopg.Connection, day: Day, said: Answer, now: datetime) -> None:
    before = connection.execute(_NOTICED, [now, day.station, day.day]).fetchone()
    assert before is not None
    post(connection, station_id(day.station), missing_day_letter(day, said, before[0] + 1, now))
