"""Who is to be visited, in PostgreSQL: candidates and requests of one regency, what is promised, what is proposed."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import psycopg

from ektp.storage.journal.visits import COLUMNS, LOCK, booked, keep
from schemas.upcasting import types_of
from workflows.card_issuance import State
from workflows.outreach import Plan, Slot
from workflows.outreach_candidates import Candidate, Request
from workflows.visits import PURPOSES, Booked
from workflows.working_time import Calendar

# The journal's own lock: what is planned is planned on what nobody changes meanwhile.
_ALONE: Final = f"select {LOCK}, ektp_now()"
_OFFICES: Final = """
select office from (
    select left(office, 5) as office from tallies where kind = 'state' and key in ('re-recording', 'printed')
    group by 1 having sum(delta) > 0
    union select left(office, 5) from visit_requests where withdrawn is null
    union select office from visits where state = 'proposed'
) as offices where not exists (select from outreach_plans
    where outreach_plans.office = offices.office and planned > ektp_now() - %s and planned <= ektp_now())
order by 1
"""
_CANDIDATES: Final = """
select a.id, a.office, coalesce(told.kelurahan, ''), a.state, a.since, visited.missed, visited.met
from applications a
left join lateral (
    select data->>'kelurahan' as kelurahan from history h
    where h.application = a.id and h.type = any(%(recorded)s) and h.data->>'kelurahan' is not null
    order by h.version desc limit 1) as told on true
left join lateral (
    select max(day) filter (where g.state = 'absent') as missed, max(day) filter (where g.state = 'met') as met
    from visit_guests g join visits v on v.id = g.visit
    where g.application = a.id and g.state in ('absent', 'met')) as visited on true
where a.state in ('re-recording', 'printed') and (a.office = %(office)s or a.office like %(office)s || '.%%')
and not exists (select from visit_guests g where g.application = a.id and g.state = 'invited')
"""
_REQUESTS: Final = """
select id, office, kelurahan, category, people - coalesce(taken, 0)::int, asked, wanted_from, place from visit_requests
left join (
    select e.request, sum(e.people) as taken from visit_errands e join visits v on v.id = e.visit
    where v.state in ('planned', 'held') group by 1) as errands on errands.request = visit_requests.id
where withdrawn is null and (office = %(office)s or office like %(office)s || '.%%') and people > coalesce(taken, 0)
"""
_TAKEN: Final = "select day, kit from visits where office = %s and state = 'planned'"
_PROMISED: Final = f"select {COLUMNS} from visits where office = %s and state = 'planned' order by day, kit"  # noqa: S608 - as below
_AGAIN: Final = "select day, kit, count(*)::int from visits where office = %s and state = 'cancelled' group by 1, 2"
_FORGET: Final = "delete from visits where office = %s and state = 'proposed'"
_PLANNED: Final = """
insert into outreach_plans (office, planned, late, waiting) values (%s, %s, %s, %s)
on conflict (office) do update set planned = excluded.planned, late = excluded.late, waiting = excluded.waiting
"""
_ONE: Final = f"select {COLUMNS} from visits where id = %s"  # noqa: S608 - names of ours


def alone(connection: psycopg.Connection) -> datetime:
    """Let nobody else plan or change a visit until the transaction ends; return the applications' time."""
    row = connection.execute(_ALONE).fetchone()
    assert row is not None
    now: datetime = row[1]
    return now


def offices_to_plan(connection: psycopg.Connection, every: object) -> list[str]:
    """Return the regencies in which somebody may wait and whose last plan is older than *every*."""
    return [office for (office,) in connection.execute(_OFFICES, [every])]


def candidates(connection: psycopg.Connection, office: str, calendar: Calendar) -> list[Candidate]:
    """Return the residents of a regency who could be visited and are in no visit that is promised."""
    return [
        Candidate(id_, there, kelurahan, PURPOSES[State(state)], calendar.date_of(since), missed, met)
        for id_, there, kelurahan, state, since, missed, met in connection.execute(
            _CANDIDATES, {"office": office, "recorded": types_of("recorded")}
        )
    ]


def requests(connection: psycopg.Connection, office: str, calendar: Calendar) -> list[Request]:
    """Return the requests of a regency with people who are in no visit yet."""
    return [
        Request(id_, there, kelurahan, category, people, calendar.date_of(asked), wanted_from, place)
        for id_, there, kelurahan, category, people, asked, wanted_from, place in connection.execute(
            _REQUESTS, {"office": office}
        )
    ]


def taken(connection: psycopg.Connection, office: str) -> list[Slot]:
    """Return the kits' days that are promised."""
    return [Slot(*row) for row in connection.execute(_TAKEN, [office]).fetchall()]


def promised(connection: psycopg.Connection, office: str) -> list[Booked]:
    """Return the visits of a regency that are promised, the earliest first."""
    return booked(connection, _PROMISED, [office])


def called_off(connection: psycopg.Connection, office: str) -> dict[Slot, int]:
    """Count the visits called off on each kit's day."""
    return {Slot(day, kit): count for day, kit, count in connection.execute(_AGAIN, [office])}


def propose(connection: psycopg.Connection, office: str, visits: Iterable[Booked], made: Plan, now: datetime) -> None:
    """Write the proposals of a regency in place of those before, who still waits, and for how many it is too late."""
    connection.execute(_FORGET, [office])
    for visit in visits:
        keep(connection, visit)
    waiting: list[dict[str, Any]] = [{**one._asdict(), "bound": one.bound.isoformat()} for one in made.left]
    connection.execute(_PLANNED, [office, now, made.late, json.dumps(waiting)])


def visit_of(connection: psycopg.Connection, identity: object) -> Booked | None:
    """Return one visit, None if there is none of this id."""
    found = booked(connection, _ONE, [identity])
    return found[0] if found else None
