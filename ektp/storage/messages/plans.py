"""What is to be told, in PostgreSQL: every notice is looked at once, and its message written with the step to send it.

`seq` is given when a row is written and seen when its transaction commits, so a reader that keeps the highest `seq`
passes over the slow. Here notices are read in the order of their transactions, and only those before the oldest that
still goes on: behind the place that is kept nothing can appear any more.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.messages.broadcasts import Broadcasts
from ektp.storage.messages.rows import NewMessage, write_messages
from workflows.messages import TOLD, Manner, deadline
from workflows.timekeeping import Timekeeping

AT_ONCE: Final = 1000  #: Notices, or applications of a broadcast, in a transaction.
_ALONE: Final = "select pg_advisory_xact_lock(6, 24)"
_PLACE: Final = """
select xid::text, seq, cluster, told::text, (select system_identifier from pg_control_system()) from message_plans
"""
_NEW: Final = """
select xid::text, seq, id, application, routing_key, body from outbox
where exchange = 'ektp.notices' and (xid, seq) > (%s::xid8, %s) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by xid, seq limit %s
"""
_KEEP: Final = "update message_plans set xid = %s::xid8, seq = %s"
# Who tells nothing now does not tell all of it later.
_LEAVE_OUT: Final = """
update message_plans set xid = pg_snapshot_xmin(pg_current_snapshot()), seq = 0, told = %s,
    told_since = pg_snapshot_xmin(pg_current_snapshot())
"""
_TOLD: Final = "update message_plans set told = %s, told_since = xid"
# The numbers of transactions are a cluster's own: in a restored database those of the old one say nothing.
_MOVED: Final = """
with latest as (select max(seq) - 100000 as seq from outbox)
update outbox set xid = case when seq > (select seq from latest) and not exists (
    select from messages where messages.application = outbox.application and fact = outbox.id)
    then pg_current_xact_id() end
where xid is not null
"""
_SETTLED_IN: Final = """
update message_plans set cluster = %s, seq = 0, xid = pg_snapshot_xmin(pg_current_snapshot()),
    told_since = pg_snapshot_xmin(pg_current_snapshot())
"""
# A step whose process died again and again ends without a word of its own; what was with a gateway then is not known.
_LEFT: Final = """
update messages set state = case messages.state when 'planned' then 'given-up' else 'unknown' end,
    because = 'ProcessDied', ended = ektp_now()
from steps where steps.kind = 'deliver-message' and steps.state = 'given-up'
and messages.state in ('planned', 'sending') and steps.key = 'message/' || messages.id::text
"""


class _Notice(NamedTuple):
    xid: str
    seq: int
    id: UUID
    application: UUID
    routing_key: str
    body: str


class PostgresMessagePlans:
    """The messages of one store as they are planned; `manner` is an office's, `offices` those that set their own."""

    def __init__(
        self,
        engine: Engine,
        keeping: Timekeeping,
        manner: Callable[[str], Manner],
        offices: Sequence[str] = (),
        at_once: int = AT_ONCE,
    ) -> None:
        self._engine = engine
        self._keeping = keeping
        self._manner = manner
        self._rules = {code: sorted(manner(code).tell) for code in ("", *offices)}
        self._at_once = at_once
        self._broadcasts = Broadcasts(keeping, manner, at_once)

    @property
    def tells(self) -> bool:
        """Whether any office tells anything."""
        return any(self._rules.values())

    def plan(self) -> int:
        """Look at everything that is new; return how many messages were written. Raises StoreAway."""
        if not self.tells:
            with transaction(self._engine) as connection:
                connection.execute(_ALONE)
                connection.execute(_LEAVE_OUT, [json.dumps(self._rules)])
            return 0
        planned, more = 0, True
        while more:
            with transaction(self._engine) as connection:
                connection.execute(_ALONE)
                written, more = self._batch(connection)
            planned += written
        return planned

    def _batch(self, connection: psycopg.Connection) -> tuple[int, bool]:
        row = connection.execute(_PLACE).fetchone()
        assert row is not None, "the migration wrote it"
        xid, seq, cluster, told, here = row
        if (rules := json.dumps(self._rules)) != told:
            connection.execute(_TOLD, [rules])
        if cluster != here:
            if cluster is not None:
                connection.execute(_MOVED)
                connection.execute(_SETTLED_IN, [here])
                return 0, True
            connection.execute("update message_plans set cluster = %s", [here])
        rows = [_Notice(*one) for one in connection.execute(_NEW, [xid, seq, self._at_once])]
        written = write_messages(connection, list(self._messages(rows)))
        if rows:
            connection.execute(_KEEP, [rows[-1].xid, rows[-1].seq])
            return written, True
        connection.execute(_LEFT)
        told_of, more = self._broadcasts.go_on(connection)
        return written + told_of, more

    def _messages(self, rows: Sequence[_Notice]) -> Iterator[NewMessage]:
        for row in rows:
            name, _, office = row.routing_key.partition(".")
            if name not in TOLD or name not in self._manner(office).tell:
                continue
            letter: Mapping[str, Any] = json.loads(row.body)
            at = datetime.fromisoformat(letter["time"])
            until = deadline(self._keeping.calendar(office), at, self._manner(office).within)
            yield NewMessage(row.application, row.id, name, int(letter["sequence"]), office, at, until)
