"""The journal's books in PostgreSQL: one transaction, read in two round trips, written in bulk."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from pydantic_core import from_json, to_json
from sqlalchemy import Engine

from consumers.books import Application, Asked, Changes, Held, Known
from consumers.entry import Entry
from consumers.ports import Vault
from ektp.storage.copy_text import array, byte_array, uuid_text
from ektp.storage.engine import transaction
from ektp.storage.journal.ledger import read_serials
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from ektp.storage.journal.visits import guests_of, read_visits
from ektp.storage.journal.writes import write_changes
from ektp.storage.stock.supplies import read_supplies
from schemas.reasons import Reason
from schemas.submission import Door
from schemas.upcasting import UPCASTERS, Step
from workflows.card_issuance import State
from workflows.stored import stored
from workflows.timers import Outage

_STATES: Final = {state.value: state for state in State}
# The lock is taken whether or not the application exists yet: otherwise `data-verified(X)` could be held by one
# consumer while another inserts `recorded(X)`, and the held one would never be released.
_LOCK: Final = "select count(pg_advisory_xact_lock(key)) from unnest(%s::bigint[]) as key"
_NOW: Final = "select ektp_now()"
# Id by id, so that of the history's partitions only the one is looked into that can hold it.
_DIGESTS: Final = """
select found.id, found.digest from unnest(%(ids)s::uuid[]) as asked (id)
cross join lateral (select id, digest from history where history.id = asked.id) as found
union all select id, digest from held where id = any(%(ids)s::uuid[])
"""
_PARKED: Final = "select id, reason from parked where digest = any(%s::bytea[]) or id = any(%s::uuid[])"
_APPLICATIONS: Final = (
    "select encode(uuid_send(id), 'hex'), version, state, standing::text, nik_key, notices, requests, resi, recorded,"
    " timers::text, due_at"
    " from applications where id = any(%s::uuid[])"
)
_HELD: Final = (
    "select id, subject, application, type, waits_for, nik_key, door, station, source, time, data::text, digest, due_at"
    ", scope from held where application = any(%s::uuid[]) order by received, id"
)
_OPEN_NIKS: Final = (
    "select nik_key, id from applications where nik_key = any(%s::bytea[]) and state not in ('collected', 'cancelled')"
)
# Those that are long over concern no clock that still runs.
OUTAGES: Final = (
    "select subject, begins, ends from outages where ends is null or ends > ektp_now() - interval '200 days'"
    " order by begins, subject"
)
_WAITING: Final = """
select distinct held.application from held
where held.waits_for = 'nik-has-open-application' and (%(keys)s::bytea[] is null or held.nik_key = any(%(keys)s))
and not exists (select from applications open where open.nik_key = held.nik_key
                and open.state not in ('collected', 'cancelled') and open.id <> held.application)
"""


class PostgresBooks:
    """The store behind the journal's port; errors come out as StoreAway and StoreRefused.

    What an older release held is read by *upcasters*.
    """

    def __init__(self, engine: Engine, vault: Vault, upcasters: Mapping[str, Step] = UPCASTERS) -> None:
        self._engine = engine
        self._vault, self._upcasters = vault, upcasters

    @contextmanager
    def open(self) -> "Iterator[PostgresPage]":
        """Begin a transaction; leaving the block commits it."""
        with transaction(self._engine) as connection:
            yield PostgresPage(connection, self._vault, self._upcasters)

    def waiting_for_niks(self, freed: Iterable[bytes] | None) -> list[UUID]:
        """Return the applications held for the end of another that has ended since."""
        with transaction(self._engine) as connection:
            keys = None if freed is None else list(freed)
            return [row[0] for row in connection.execute(_WAITING, {"keys": keys})]


class PostgresPage:
    """One open transaction."""

    def __init__(self, connection: psycopg.Connection, vault: Vault, upcasters: Mapping[str, Step] = UPCASTERS) -> None:
        self._connection = connection
        self._vault, self._upcasters = vault, upcasters
        self._now: datetime | None = None

    def read(self, asked: Asked) -> Known:
        """Lock the subjects in sorted order, then read everything about them, then lock and read the serials."""
        visits = read_visits(self._connection, asked)
        concerned = {*asked.subjects, *guests_of(visits, asked.visits)} if visits else asked.subjects
        locks = sorted(_lock_key(subject) for subject in concerned)
        by_text = {uuid_text(subject): subject for subject in concerned}
        subjects = array(by_text)
        with self._connection.pipeline():
            self._connection.execute(_LOCK, [array(locks)])
            now = self._connection.execute(_NOW)
            digests = self._connection.execute(_DIGESTS, {"ids": array(map(uuid_text, asked.ids))})
            items = [byte_array(asked.digests), array(map(uuid_text, asked.repairs))]
            parked = self._connection.execute(_PARKED, items)
            rows = self._connection.execute(_APPLICATIONS, [subjects])
            waiting = self._connection.execute(_HELD, [subjects])
            niks = self._connection.execute(_OPEN_NIKS, [byte_array(asked.nik_keys)])
            outages = self._connection.execute(OUTAGES)
        applications = {by_text[row[0]]: _application(by_text[row[0]], row) for row in rows}
        held: dict[UUID, list[Held]] = {}
        for row in waiting:
            held.setdefault(row[2], []).append(_held(row, self._upcasters))
        facts = [one.entry.fact for many in held.values() for one in many if one.entry.fact.blanko]
        serials = {
            *asked.serials,
            *(turn.blanko for known in applications.values() for turn in known.standing.turns),
            *(fact.blanko for fact in facts if fact.blanko),
        }
        offices = {*asked.offices, *(fact.office for fact in facts if fact.office)}
        blankos = read_serials(self._connection, serials, asked.ranges)
        moment = now.fetchone()
        assert moment is not None
        (self._now,) = moment
        return Known(
            now=moment[0],
            digests=dict(digests.fetchall()),
            parked={row[0]: Reason(row[1]) for row in parked},
            applications=applications,
            held=held,
            blankos=blankos,
            open_niks=dict(niks.fetchall()),
            outages=[Outage(*row) for row in outages],
            supplies=read_supplies(
                self._connection, asked.supplied, {*offices, *(row.office for row in blankos.values())}
            ),
            visits=visits,
        )

    def write(self, changes: Changes) -> None:
        """Write all of it, in bulk."""
        assert self._now is not None, "what is written was read first"
        write_changes(self._connection, self._vault, changes, self._now)


def _lock_key(subject: UUID) -> int:
    """Return 64 bits of *subject*, signed as PostgreSQL wants them."""
    number = subject.int
    return int.from_bytes(((number >> 64) ^ (number & (2**64 - 1))).to_bytes(8, "big"), "big", signed=True)


def _application(identity: UUID, row: tuple[Any, ...]) -> Application:
    _, version, state, standing, *rest, timers, due_at = row
    known, clocks = read_standing(from_json(standing)), read_timers(from_json(timers))
    nik_key, notices, requests, resi, recorded = rest
    return Application(
        identity, version, _STATES[state], known, nik_key, notices, requests, resi, recorded, clocks, due_at
    )


def _held(row: tuple[Any, ...], upcasters: Mapping[str, Step]) -> Held:
    identity, subject, application, type_, waits_for, nik_key, door, station, source, time, said, digest, due, scope = (
        row
    )
    event = stored(identity, type_, from_json(said), station, upcasters)
    entry = Entry(
        id=identity,
        name=event.name,
        type=event.type,
        subject=subject,
        application=application,
        time=time,
        said=said if event.type == type_ else to_json(event.data).decode(),
        digest=digest,
        fact=event.fact,
        door=Door(door),
        station=station,
        source=source,
        nik_key=nik_key,
        scope=scope,
    )
    return Held(entry, waits_for, due)
