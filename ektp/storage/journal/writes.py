"""What one batch writes: COPY where rows are only added, arrays where they may be there already."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import psycopg

from consumers.books import Application, Changes, Parked, Written
from consumers.entry import Entry
from consumers.ports import Vault
from ektp.storage.copy_text import array, copy_rows, uuid_text
from ektp.storage.journal.closings import write_closings
from ektp.storage.journal.ledger import write_ledger
from ektp.storage.journal.standings import write_standing
from ektp.storage.journal.sukets import write_sukets
from ektp.storage.journal.timers import write_timers
from ektp.storage.journal.visits import write_visits
from ektp.storage.outbox_writes import SLOTS, wake_relays
from ektp.storage.steps.steps import add_steps
from workflows.deadlines import cause_at
from workflows.fingerprints import cause_of

_COPY_HISTORY: Final = (
    "copy history (id, subject, application, version, type, outcome, before, after, received, door, station, source,"
    " time, data, digest) from stdin"
)
_COPY_HELD: Final = (
    "copy held (id, subject, application, type, waits_for, nik_key, due_at, door, station, source, time, data, digest,"
    " scope) from stdin"
)
_COPY_PERSONS: Final = "copy persons (id, application, nik_key, sealed) from stdin"
_COPY_OUTBOX: Final = "copy outbox (id, application, slot, exchange, routing_key, body) from stdin"
_COPY_TALLIES: Final = "copy tallies (office, kind, key, delta) from stdin"
_COPY_APPLICATIONS: Final = (
    "copy applications (id, version, state, attempt, office, standing, notices, requests, nik_key, resi, recorded,"
    " timers, due_at, prints_at, lane, queued, not_before, situation, since)"
    " from stdin"
)
# Lines in place of array literals: psycopg escapes each quote of each element, and the standings are full of them.
_APPLICATIONS: Final = """
update applications set version = new.version, state = new.state, attempt = new.attempt, office = new.office,
    standing = new.standing, notices = new.notices, requests = new.requests, timers = new.timers, due_at = new.due_at,
    claimed_until = null, prints_at = new.prints_at, lane = new.lane, queued = new.queued, not_before = new.not_before,
    situation = new.situation,
    since = case when applications.state = new.state then since else %s end
from unnest(%s::uuid[], %s::int[], string_to_array(%s, E'\\n'), %s::smallint[], string_to_array(%s, E'\\n'),
            string_to_array(%s, E'\\n')::json[], %s::int[], %s::int[], string_to_array(%s, E'\\n')::json[],
            string_to_array(%s, E'\\n', '')::timestamptz[], string_to_array(%s, E'\\n'), string_to_array(%s, E'\\n'),
            string_to_array(%s, E'\\n', '')::timestamptz[], string_to_array(%s, E'\\n', '')::date[],
            string_to_array(%s, E'\\n'))
    as new (id, version, state, attempt, office, standing, notices, requests, timers, due_at,
            prints_at, lane, queued, not_before, situation)
where applications.id = new.id
"""
_PARK: Final = """
insert into parked (id, door, sender, event_id, subject, type, office, reason, detail, sealed, digest, fingerprint)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing
"""
_WHOSE: Final = "select type, sender, office from parked where id = %s and state = 'open' for update"
_FAILED_AGAIN: Final = (
    "update parked set replays = replays + 1, reason = %s, detail = %s, fingerprint = %s where id = %s"
)
# Parked are those that still are, or were given up; what was repaired is counted by what became of it.
_REPAIRED: Final = """
with repaired as (
    update parked set state = 'repaired', replays = replays + 1, resolved = ektp_now(), resolved_by = %s
    where id = any(%s::uuid[]) and state = 'open' returning 1
)
insert into tallies (office, kind, key, delta)
select '', 'event', 'parked', -count(*) from repaired having count(*) > 0
"""
_OVERDUE: Final = "update held set due_at = null where id = any(%s)"
_DECLARED: Final = """
insert into outages (declared, subject, begins, ends, because, declared_by) values (%s, %s, %s, %s, %s, %s)
on conflict (declared) do nothing
"""
# An operator's clock may be wrong too: what is over is over now at the latest.
_ENDED: Final = """
update outages set ends = greatest(begins, least(%s, ektp_now())), ended_by = %s where subject = %s and ends is null
"""
_RELEASED: Final = "delete from held where id = any(%s)"


def write_changes(connection: psycopg.Connection, vault: Vault, changes: Changes, now: datetime) -> None:
    """Write *changes* within the open transaction of *connection*, which happens at *now*."""
    if changes.released:
        connection.execute(_RELEASED, [list(changes.released)])
    _write_applications(connection, changes, now)
    copy_rows(
        connection,
        _COPY_HISTORY,
        ((*_who(row.entry), *_became(row), now, *_whence(row.entry)) for row in changes.history),
        changes.history,
    )
    copy_rows(
        connection,
        _COPY_HELD,
        (
            (
                *(*_who(row.entry), row.entry.type, row.waits_for, row.entry.nik_key, row.due),
                *(*_whence(row.entry), row.entry.scope),
            )
            for row in changes.held.values()
        ),
        changes.held,
    )
    copy_rows(connection, _COPY_PERSONS, (_person(entry, vault) for entry in changes.persons), changes.persons)
    write_ledger(connection, changes, now)
    _write_outages(connection, changes)
    write_closings(connection, changes.closings, now)
    write_sukets(connection, changes, now)
    write_visits(connection, vault, changes, now)
    if changes.overdue_held:
        connection.execute(_OVERDUE, [list(changes.overdue_held)])
    for row in changes.parked.values():
        _park(connection, vault, row)
    for by in sorted(set(changes.repaired.values())):
        repaired = [uuid_text(parked) for parked, door in changes.repaired.items() if door == by]
        connection.execute(_REPAIRED, [by, array(repaired)])
    copy_rows(
        connection, _COPY_TALLIES, ((*key, delta) for key, delta in changes.tallies.items() if delta), changes.tallies
    )
    copy_rows(
        connection,
        _COPY_OUTBOX,
        (
            (letter.id, application, application.int % SLOTS, letter.exchange, letter.routing_key, letter.body.decode())
            for application, letter in changes.letters
        ),
        changes.letters,
    )
    if changes.letters:
        wake_relays(connection)
    add_steps(connection, changes.steps)


def _who(entry: Entry) -> tuple[Any, ...]:
    return entry.id, entry.subject, entry.application


def _became(row: Written) -> tuple[Any, ...]:
    return row.version, row.entry.type, row.outcome, row.before, row.after


def _whence(entry: Entry) -> tuple[Any, ...]:
    return entry.door, entry.station, entry.source, entry.time, entry.said, entry.digest


def _person(entry: Entry, vault: Vault) -> tuple[Any, ...]:
    assert entry.submission is not None
    assert entry.submission.event is not None
    plain = json.dumps(entry.submission.event.personal(), ensure_ascii=False).encode()
    return entry.id, entry.application, entry.nik_key, vault.seal(plain, entry.id.bytes)


def _write_applications(connection: psycopg.Connection, changes: Changes, now: datetime) -> None:
    """Add the new ones, change the others; their subjects are locked, so what is new here is new to everybody."""
    new = [(*_columns(row), now) for row in changes.applications.values() if row.id in changes.opened]
    copy_rows(connection, _COPY_APPLICATIONS, new, new)
    old = [(*_columns(row)[:8], *_clocks(row)) for row in changes.applications.values() if row.id not in changes.opened]
    if old:
        columns = map(list, zip(*old, strict=True))
        ids, versions, states, attempts, offices, standings, notices, requests, timers, *moments = columns
        lines = ["\n".join(column) for column in (states, offices, standings)]
        numbers = [array(column) for column in (map(uuid_text, ids), versions, attempts, notices, requests)]
        dues, prints_at, lanes, *places, situations = moments
        clocks = ["\n".join(timers), _moments(dues), "\n".join(prints_at), "\n".join(lanes), *map(_moments, places)]
        values = [now, *numbers[:2], lines[0], numbers[2], *lines[1:], *numbers[3:], *clocks, "\n".join(situations)]
        connection.execute(_APPLICATIONS, values)


def _columns(row: Application) -> tuple[Any, ...]:
    standing = row.standing
    counts = (standing.attempt, standing.office, write_standing(standing), row.notices, row.requests)
    return (row.id, row.version, row.state, *counts, row.nik_key, row.resi, row.recorded, *_clocks(row))


def _clocks(row: Application) -> tuple[Any, ...]:
    situation = cause_at(row.standing, row.state, by_hand=row.timers.by_hand)
    return (write_timers(row.timers), row.due_at, *row.place, situation)


def _moments(column: Iterable[date | None]) -> str:
    return "\n".join([moment.isoformat() if moment else "" for moment in column])


def _write_outages(connection: psycopg.Connection, changes: Changes) -> None:
    for entry in changes.outages:
        if entry.name == "outage-declared":
            data = entry.data
            values = [entry.id, entry.subject, data["from"], data.get("until"), data["because"], entry.station]
            connection.execute(_DECLARED, values)
        else:
            connection.execute(_ENDED, [entry.time, entry.id, entry.subject])


def _park(connection: psycopg.Connection, vault: Vault, row: Parked) -> None:
    submission = row.submission
    if submission.repairs is not None:
        if (whose := connection.execute(_WHOSE, [submission.repairs]).fetchone()) is not None:
            cause = cause_of(row.reason, row.detail, *whose)
            connection.execute(_FAILED_AGAIN, [row.reason, row.detail, cause.fingerprint, submission.repairs])
        return
    event, refusal = submission.event, submission.refusal
    subject = event.subject if event else refusal and refusal.subject
    office: str | None = event.public().get("office") if event else refusal.office if refusal else None
    sealed = vault.seal(submission.body, row.id.bytes)
    type_ = event.type if event else None
    cause = cause_of(row.reason, row.detail, type_, submission.sender, office)
    values = [row.id, submission.door.value, submission.sender, row.event_id, subject, type_, office]
    connection.execute(_PARK, [*values, row.reason, row.detail, sealed, row.digest, cause.fingerprint])
