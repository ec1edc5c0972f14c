"""Alerts in PostgreSQL: opened when a rule first finds something, seen while it does, resolved when it no longer does.

Any rule may use them; of one rule about one thing there is one open alert at most.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

import psycopg
from sqlalchemy import Engine

from ektp.storage.engine import transaction
from workflows.resi import mark_of, resi_of
from workflows.slips import read_resi, slips
from workflows.stations import NEVER_ARRIVED, Finding

MOST_NEVER_ARRIVED: Final = 100  #: Open alerts of one station: somebody who types at random must not fill the table.
_OPEN: Final = "select rule, about from alerts where resolved is null and rule = any(%s)"
_SEEN: Final = """
insert into alerts (rule, about, station, office, detail, opened, seen)
select rule, about, station, office, detail, %(now)s, %(now)s
from unnest(%(rules)s::text[], %(about)s::text[], %(stations)s::text[], %(offices)s::text[], %(details)s::jsonb[])
    as found (rule, about, station, office, detail)
on conflict (rule, about) where resolved is null
do update set seen = excluded.seen, station = excluded.station, office = excluded.office, detail = excluded.detail
"""
_RESOLVED: Final = """
update alerts set resolved = %s from unnest(%s::text[], %s::text[]) as gone (rule, about)
where alerts.rule = gone.rule and alerts.about = gone.about and alerts.resolved is null
"""
_ALONE: Final = "select pg_advisory_xact_lock(6, 1), ektp_now()"
_KNOWN: Final = "select exists (select from applications where resi = any(%s))"
_NAMES: Final = "select name from stations union select station from sightings"
# Taken in without an application yet, or parked: it did arrive, and somebody has it before them.
_KEPT_BACK: Final = """
select application from held where station = any(%(stations)s) and application is not null
union select subject::uuid from parked
where state = 'open' and sender = any(%(stations)s) and subject ~ '^[0-9a-f-]{36}$'
"""
_OPEN_OF: Final = "select count(*) from alerts where rule = %s and station = %s and resolved is null and about <> %s"
_WAITED_FOR: Final = "select about, detail->'stations' from alerts where rule = %s and resolved is null"
_ARRIVED: Final = "select resi from applications where resi = any(%s)"


def keep_alerts(
    connection: psycopg.Connection, rules: Collection[str], found: Iterable[Finding], now: datetime
) -> list[Finding]:
    """Write what these rules find now, resolve what they find no more, and return what is new.

    One transaction at a time may keep the alerts of a rule.
    """
    by_name = {(one.rule, one.about): one for one in found}
    known = set(connection.execute(_OPEN, [list(rules)]).fetchall())
    if by_name:
        rows = by_name.values()
        connection.execute(_SEEN, {
            "now": now,
            "rules": [one.rule for one in rows],
            "about": [one.about for one in rows],
            "stations": [one.station for one in rows],
            "offices": [one.office for one in rows],
            "details": [json.dumps(dict(one.detail)) for one in rows],
        })  # fmt: skip
    resolve(connection, known - set(by_name), now)
    return [one for name, one in by_name.items() if name not in known]


def resolve(connection: psycopg.Connection, gone: Collection[tuple[str, str]], now: datetime) -> None:
    """Resolve the open alerts of these rules and things."""
    if gone:
        connection.execute(_RESOLVED, [now, *map(list, zip(*gone, strict=True))])


def never_arrived(engine: Engine, resi: str) -> bool:
    """Open an alert about a resi that is well-formed and nobody's, and whose first letters are a station's mark.

    Return whether it was opened or seen: not where an application is one slip of the finger away, where it waits or is
    parked, or where too many of its station are open. Raises StoreAway.
    """
    written = read_resi(resi)
    if written is None:
        return False
    with transaction(engine) as connection:
        if connection.execute(_KNOWN, [[written, *slips(written)]]).fetchone() == (True,):
            return False
        stations = sorted(name for (name,) in connection.execute(_NAMES) if mark_of(name) == written[:3])
        if not stations or written in kept_back(connection, stations):
            return False
        row = connection.execute(_ALONE).fetchone()
        assert row is not None
        counted = connection.execute(_OPEN_OF, [NEVER_ARRIVED, stations[0], written]).fetchone()
        if counted is not None and counted[0] >= MOST_NEVER_ARRIVED:
            return False
        _see(connection, written, stations, row[1])
    return True


def kept_back(connection: psycopg.Connection, stations: Collection[str]) -> set[str]:
    """Return the resi of everything that came from these stations and waits or is parked."""
    return {resi_of(application) for (application,) in connection.execute(_KEPT_BACK, {"stations": list(stations)})}


def resolve_arrived(connection: psycopg.Connection, now: datetime) -> None:
    """Resolve what was said never to have arrived and has by now."""
    waited_for = connection.execute(_WAITED_FOR, [NEVER_ARRIVED]).fetchall()
    if waited_for:
        resis = {about for about, _ in waited_for}
        arrived = {about for (about,) in connection.execute(_ARRIVED, [list(resis)])}
        arrived |= resis & kept_back(connection, {name for _, names in waited_for for name in names})
        resolve(connection, [(NEVER_ARRIVED, about) for about in arrived], now)


def _see(connection: psycopg.Connection, resi: str, stations: list[str], now: datetime) -> None:
    office = connection.execute("select office from stations where name = %s", [stations[0]]).fetchone()
    values = {"now": now, "rules": [NEVER_ARRIVED], "about": [resi], "stations": stations[:1]}
    detail = json.dumps({"stations": stations})
    connection.execute(_SEEN, {**values, "offices": [office[0] if office else ""], "details": [detail]})
