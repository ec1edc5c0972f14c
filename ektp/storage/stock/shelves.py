"""The shelves of the offices in PostgreSQL: what fell below its reorder point is told once, by the outbox."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import psycopg
from sqlalchemy import Engine

from consumers.stock_letters import BLANKO, Low, delivery_letter, low_letter, office_id
from ektp.storage.engine import transaction
from ektp.storage.outbox_writes import post, wake_relays
from ektp.storage.stock.print_queue import WAITED_AT
from workflows.timekeeping import Timekeeping

_ANSWER: Final = 20  # working days in which the centre may deliver
# One look at a time: who else looks waits, and then finds it told.
_ALONE: Final = "select pg_advisory_xact_lock(4, 0), ektp_now()"
# Where somebody waits, blanko count also if there never were any.
_COUNTS: Final = f"""{WAITED_AT}
select office, what, sum(count)::bigint from (
    select office, case kind when 'stock' then 'blanko' else key end as what, delta as count from tallies
    where (kind = 'stock' and key = 'in-stock') or (kind = 'supply' and key not like '%@%')
    union all select office, 'blanko', 0 from waited_at
) as counts group by 1, 2 order by 1, 2
"""  # noqa: S608 - a constant
_LOW: Final = "select office, what from stock_alerts where low"
_WAITING: Final = """
select coalesce(sum(delta), 0)::bigint from tallies
where kind = 'state' and key = 'verified' and (office = %(office)s or office like %(office)s || '.%%')
"""
_FALLEN: Final = """
insert into stock_alerts (office, what, told, low, since) values (%(office)s, %(what)s, 1, true, %(now)s)
on conflict (office, what) do update set told = stock_alerts.told + 1, low = true, since = excluded.since
"""
_TOLD: Final = """
select sum(told)::int, coalesce(sum(told) filter (where what = 'blanko'), 0)::int from stock_alerts where office = %s
"""
_RISEN: Final = "update stock_alerts set low = false, since = %s where office = %s and what = %s"


class PostgresShelves:
    """What lies with the offices that set reorder points."""

    def __init__(self, engine: Engine, keeping: Timekeeping) -> None:
        self._engine = engine
        self._keeping = keeping

    def watch(self) -> list[tuple[str, str, int]]:
        """Tell of each office and thing that has fallen below its point, and forget what is above again.

        Return office, what and how much is left of those told now. Raises StoreAway.
        """
        with transaction(self._engine) as connection:
            row = connection.execute(_ALONE).fetchone()
            assert row is not None
            now = row[1]
            known = {(office, what) for office, what in connection.execute(_LOW)}
            below = list(self._below(connection))
            fallen = [low for low in below if (low.office, low.what) not in known]
            for office, what in known - {(low.office, low.what) for low in below}:
                connection.execute(_RISEN, [now, office, what])
            for low in fallen:
                self._tell(connection, low, now)
            if fallen:
                wake_relays(connection)
        return [(low.office, low.what, low.left) for low in fallen]

    def _below(self, connection: psycopg.Connection) -> Iterator[Low]:
        for office, what, count in connection.execute(_COUNTS).fetchall():
            point = dict(self._keeping.policy(office).reorder).get(what, 0)
            if count < point:
                (waiting,) = connection.execute(_WAITING, {"office": office}).fetchone() or (0,)
                yield Low(office, what, int(count), point, int(waiting))

    def _tell(self, connection: psycopg.Connection, low: Low, now: datetime) -> None:
        connection.execute(_FALLEN, {"office": low.office, "what": low.what, "now": now})
        told, asked = connection.execute(_TOLD, [low.office]).fetchone() or (0, 0)
        post(connection, office_id(low.office), low_letter(low, told, now))
        if low.what == BLANKO:
            answer_by = self._keeping.calendar(low.office).closing_without(now, _ANSWER, now, ())
            post(connection, office_id(low.office), delivery_letter(low, asked, answer_by, now))
