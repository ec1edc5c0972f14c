"""What is due, in PostgreSQL: taken under a lease, so that two sweepers share the work; the cost is that of the due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from pydantic_core import from_json
from sqlalchemy import Engine

from consumers.due import Claimed, DueApplication, DueHeld, Move
from ektp.storage.engine import transaction
from ektp.storage.journal.books import OUTAGES
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from workflows.card_issuance import State
from workflows.timers import Outage, View
from workflows.turns import Turns, give_turns, minute_of

# Claims are leases and run on real time. Rows that a journal is changing are left to it: they get a new time anyway.
_CLAIM: Final = """
with due as materialized (
    select id from applications where due_at <= ektp_now() and coalesce(claimed_until <= now(), true)
    order by due_at, id limit %s for update skip locked
), claimed as (
    update applications set claimed_until = now() + interval '30 seconds' from due where applications.id = due.id
    returning applications.*
)
select id, version, standing::text, state, recorded, timers::text, due_at from claimed order by due_at, id
"""
_CLAIM_HELD: Final = """
with due as materialized (
    select id from held where due_at <= ektp_now() and coalesce(claimed_until <= now(), true)
    order by due_at, id limit %s for update skip locked
), claimed as (
    update held set claimed_until = now() + interval '30 seconds' from due where held.id = due.id returning held.*
)
select claimed.id, claimed.application, coalesce(known.office, claimed.data->>'office', ''),
    coalesce(known.attempt, 1), coalesce(known.version, 0), claimed.due_at
from claimed left join applications known on known.id = claimed.application order by claimed.due_at, claimed.id
"""
_SWEPT: Final = "update sweeps set swept = now()"
_SINCE: Final = "select coalesce(extract(epoch from now() - swept)::float, 'infinity') from sweeps"
_NOW: Final = "select ektp_now()"
_MOVE: Final = """
with free as materialized (
    select applications.id, new.due_at
    from applications join unnest(%s::uuid[], %s::int[], %s::timestamptz[]) as new (id, version, due_at)
        on applications.id = new.id and applications.version = new.version
    for update of applications skip locked
)
update applications set due_at = free.due_at, claimed_until = null from free where applications.id = free.id
"""
_MOVE_HELD: Final = """
update held set due_at = new.due_at, claimed_until = null
from unnest(%s::uuid[], %s::timestamptz[]) as new (id, due_at) where held.id = new.id and held.due_at is not null
"""
_NEW_OFFICES: Final = """
insert into turns (office, minute, used, last, filled)
select office, '2000-01-01', 0, '2000-01-01', 0 from unnest(%s::text[]) as office order by office on conflict do nothing
"""
_TURNS: Final = """
select office, minute, used, last, filled from turns where office = any(%s) order by office for update
"""
_GIVEN: Final = "update turns set minute = %s, used = %s, last = %s, filled = %s where office = %s"
_FREE: Final = """
select office, count(*) from blanko where office = any(%s) and place = 'in-stock' group by office
"""
_SPREAD: Final = "insert into tallies (office, kind, key, delta) values (%s, 'spread', 'deadlines', %s)"


class PostgresDue:
    """The rows that are due, behind the timekeeper's port."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, most: int) -> Claimed:
        """Take up to so many applications and held events that nobody else has; ours for thirty seconds."""
        with transaction(self._engine) as connection:
            applications = [application_of(row) for row in connection.execute(_CLAIM, [most])]
            left = most - len(applications)
            held = [DueHeld(*row) for row in connection.execute(_CLAIM_HELD, [left])] if left else []
            outages = outages_of(connection) if applications else []
            now = now_of(connection)
            connection.execute(_SWEPT)
        return Claimed(now, outages, applications, held)

    def move(self, moves: Sequence[Move]) -> None:
        """Give them their new time, and give them back; what has changed since stays as it is."""
        applications = [move for move in moves if move.version is not None]
        held = [(move.id, move.due_at) for move in moves if move.version is None]
        with transaction(self._engine) as connection:
            if applications:
                connection.execute(_MOVE, [list(column) for column in zip(*applications, strict=True)])
            if held:
                connection.execute(_MOVE_HELD, [list(column) for column in zip(*held, strict=True)])

    def take_turns(self, now: datetime, wanted: Mapping[str, int], most: int) -> Mapping[str, Sequence[datetime]]:
        """Return by office the minute of each of so many, at most so many in each minute."""
        minute, given = minute_of(now), dict[str, Sequence[datetime]]()
        offices = list(wanted)
        with transaction(self._engine) as connection:
            connection.execute(_NEW_OFFICES, [offices])
            for office, *row in connection.execute(_TURNS, [offices]).fetchall():
                turns, given[office] = give_turns(Turns(*row), minute, wanted[office], most)
                connection.execute(_GIVEN, [*turns, office])
                if late := sum(turn > minute for turn in given[office]):
                    connection.execute(_SPREAD, [office, late])
        return given

    def free_stock(self, offices: Collection[str]) -> Mapping[str, int]:
        """Return by office how many blanko lie there free."""
        with transaction(self._engine) as connection:
            return dict(connection.execute(_FREE, [sorted(offices)]).fetchall())

    def seconds_since_sweep(self) -> float:
        """Return how long ago a sweep looked last, in real time."""
        with transaction(self._engine) as connection:
            row = connection.execute(_SINCE).fetchone()
        return row[0] if row else float("inf")


def application_of(row: Sequence[Any]) -> DueApplication:
    """Read a row: id, version, standing, state, recorded, timers, due_at."""
    identity, version, standing, state, recorded, timers, due_at = row
    view = View(read_standing(from_json(standing)), State(state), recorded)
    return DueApplication(identity, version, view, read_timers(from_json(timers)), due_at)


def outages_of(connection: psycopg.Connection) -> list[Outage]:
    """Read what is declared."""
    return [Outage(*row) for row in connection.execute(OUTAGES)]


def now_of(connection: psycopg.Connection) -> datetime:
    """Read the store's time."""
    row = connection.execute(_NOW).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
