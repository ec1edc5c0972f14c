"""Visits in the journal's transaction: one such transaction at a time reads, decides and writes."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg

from consumers.books import Asked, Changes
from consumers.entry import Entry
from consumers.ports import Vault
from ektp.storage.copy_text import array, uuid_text
from workflows.outreach import Purpose
from workflows.visits import Booked, Errand, Guest, GuestState, VisitState, Wanted

# They are few; that no two batches promise one kit, or one resident, is worth the wait. Taken before any subject's.
LOCK: Final = "pg_advisory_xact_lock(8, 0)"
COLUMNS: Final = "id, office, kecamatan, day, begins, kit, why, state, others, because"
_VISITS: Final = f"""
select {COLUMNS} from visits where id = any(%(ids)s::uuid[]) or state = 'planned' and (
    (office, day, kit) in (select * from unnest(%(offices)s::text[], %(days)s::date[], %(kits)s::int[]))
    or id in (select visit from visit_guests where state = 'invited' and application = any(%(guests)s::uuid[])))
"""  # noqa: S608 - names of ours
_GUESTS: Final = "select visit, application, kelurahan, purpose, state from visit_guests where visit = any(%s::uuid[])"
_ERRANDS: Final = "select visit, request, kelurahan, people, place from visit_errands where visit = any(%s::uuid[])"
_REQUESTS: Final = """
select id, office, people - coalesce((select sum(e.people) from visit_errands e join visits v on v.id = e.visit
    where e.request = visit_requests.id and v.state in ('planned', 'held')), 0)::int, withdrawn is not null
from visit_requests where id = any(%s::uuid[])
"""
_KEEP: Final = f"""
insert into visits ({COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (id) do update set day = excluded.day, begins = excluded.begins, kit = excluded.kit,
    state = excluded.state, others = excluded.others, because = excluded.because, changed = ektp_now()
"""  # noqa: S608 - names of ours
_FORGET_GUESTS: Final = "delete from visit_guests where visit = %s"
_FORGET_ERRANDS: Final = "delete from visit_errands where visit = %s"
_GUEST: Final = "insert into visit_guests (visit, application, kelurahan, purpose, state) values (%s, %s, %s, %s, %s)"
_ERRAND: Final = "insert into visit_errands (visit, request, kelurahan, people, place) values (%s, %s, %s, %s, %s)"
_REQUEST: Final = """
insert into visit_requests
    (id, office, kelurahan, category, people, place, wanted_from, asked, asked_by, sealed)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing
"""
_UNWANTED: Final = "update visit_requests set withdrawn = %s where id = any(%s::uuid[])"


def read_visits(connection: psycopg.Connection, asked: Asked) -> dict[UUID, Booked | Wanted]:
    """Return the visits and requests that are asked for, and what could stand in their way; nobody else may, now."""
    if not asked.visits:
        return {}
    connection.execute(f"select {LOCK}")
    ids = array(map(uuid_text, asked.visits))
    offices, days, kits = ([slot[part] for slot in asked.slots] for part in range(3))
    guests = array(map(uuid_text, asked.subjects))
    values = {"ids": ids, "offices": offices, "days": days, "kits": kits, "guests": guests}
    found: dict[UUID, Booked | Wanted] = {one.id: one for one in booked(connection, _VISITS, values)}
    for identity, *wanted in connection.execute(_REQUESTS, [ids]):
        found[identity] = Wanted(*wanted)
    return found


def guests_of(known: dict[UUID, Booked | Wanted], ids: Iterable[UUID]) -> set[UUID]:
    """Return the applications of those who are to be met by these visits."""
    visits = (known.get(one) for one in ids)
    return {guest.application for visit in visits if isinstance(visit, Booked) for guest in visit.guests}


def booked(connection: psycopg.Connection, statement: str, values: object) -> list[Booked]:
    """Return the visits that a statement on their columns finds, whole."""
    rows = connection.execute(statement, values).fetchall()  # type: ignore[call-overload]
    if not rows:
        return []
    ids = array(uuid_text(row[0]) for row in rows)
    guests, errands = defaultdict[UUID, list[Guest]](list), defaultdict[UUID, list[Errand]](list)
    for visit, application, kelurahan, purpose, state in connection.execute(_GUESTS, [ids]):
        guests[visit].append(Guest(application, kelurahan, Purpose(purpose), GuestState(state)))
    for visit, *errand in connection.execute(_ERRANDS, [ids]):
        errands[visit].append(Errand(*errand))
    found = []
    for identity, office, kecamatan, day, begins, kit, why, state, others, because in rows:
        who = _sorted(guests[identity]), tuple(sorted(errands[identity]))
        standing = VisitState(state)
        found.append(Booked(identity, office, kecamatan, day, begins, kit, why, standing, *who, others, because))
    return found


def write_visits(connection: psycopg.Connection, vault: Vault, changes: Changes, now: datetime) -> None:
    """Write the requests and visits of a batch."""
    for entry in changes.visit_requests:
        _write_request(connection, vault, entry, now)
    if changes.visits_unwanted:
        connection.execute(_UNWANTED, [now, array(map(uuid_text, changes.visits_unwanted))])
    for visit in changes.visits.values():
        keep(connection, visit)


def keep(connection: psycopg.Connection, visit: Booked) -> None:
    """Write one visit as it is, with everybody of it."""
    connection.execute(_KEEP, [*visit[:8], visit.others, visit.because])
    connection.execute(_FORGET_GUESTS, [visit.id])
    connection.execute(_FORGET_ERRANDS, [visit.id])
    with connection.cursor() as cursor:
        cursor.executemany(_GUEST, [(visit.id, *guest) for guest in visit.guests])
        cursor.executemany(_ERRAND, [(visit.id, *errand) for errand in visit.errands])


def _write_request(connection: psycopg.Connection, vault: Vault, entry: Entry, now: datetime) -> None:
    data, subject, sealed = entry.data, UUID(entry.subject), None
    event = entry.submission.event if entry.submission else None
    if event is not None:
        secret = event.data.model_dump(mode="json", exclude_none=True, include={"home", "contact"})
        sealed = vault.seal(json.dumps(secret, ensure_ascii=False).encode(), subject.bytes) if secret else None
    said = (data["office"], data.get("kelurahan", ""), data["category"], data["count"], data.get("place"))
    connection.execute(_REQUEST, [subject, *said, data.get("wanted_from"), now, entry.station, sealed])


def _sorted(guests: list[Guest]) -> tuple[Guest, ...]:
    return tuple(sorted(guests, key=lambda one: (one.kelurahan, one.purpose, one.application.int)))
