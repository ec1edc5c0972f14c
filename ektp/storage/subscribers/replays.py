"""The replays in PostgreSQL: what is sent to a subscriber once more, how far that has come, and where it begins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from consumers.letters import NOTICES, letter_id
from ektp.errors import NoSuchSubscriber
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from schemas.nik import mask_niks
from workflows.subscriptions import Subscription

DONE: Final = "done"
GONE: Final = "subscriber-removed"
STEP: Final = "replay"
# A letter is written with the time at which its transaction began: no transaction takes as long as this.
_DISORDER: Final = timedelta(minutes=10)
_WINDOW: Final = 100_000  # letters looked at in one go
_COLUMNS: Final = (
    "id, subscriber, application, from_sequence, since, position, upto, sent, asked, asked_by, because, ended, outcome"
)
_KNOWN: Final = "select 1 from subscribers where name = %s and removed is null for share"
_NOTICES: Final = "select notices from applications where id = %s"
_ENDS: Final = "select coalesce(min(seq), 1), coalesce(max(seq), 0) from outbox"
_AT: Final = "select seq, created from outbox where seq >= %s order by seq limit 1"
_ASK: Final = f"""
insert into replays (subscriber, application, from_sequence, since, position, upto, asked_by, because)
values (%s, %s, %s, %s, %s, %s, %s, %s) returning {_COLUMNS}
"""  # noqa: S608 - constants of ours
_STEP: Final = """
insert into steps (kind, key, data, due, created)
values (%(kind)s, %(kind)s || ':' || %(id)s, json_build_object('replay', %(id)s), now(), now()) on conflict do nothing
"""
_ONE: Final = f"select {_COLUMNS} from replays where id = %s"  # noqa: S608
_SUBSCRIPTION: Final = "select name, notices, offices from subscribers where name = %s and removed is null"
# What was not sent yet comes by itself: the queue is bound.
_BATCH: Final = """
select seq, id, body from outbox
where seq > %(position)s and seq <= %(upto)s and exchange = 'ektp.notices' and sent is not null
and routing_key ~ %(pattern)s and created >= coalesce(%(since)s, '-infinity') order by seq limit %(most)s
"""
_OF_APPLICATION: Final = """
select seq, id, body from outbox
where id = any(%(ids)s) and seq > %(position)s and seq <= %(upto)s and sent is not null and routing_key ~ %(pattern)s
order by seq limit %(most)s
"""
_MOVE: Final = "update replays set position = %s, sent = sent + %s where id = %s and position = %s and ended is null"
_END: Final = "update replays set ended = now(), outcome = %s where id = %s and ended is null"


class NewReplay(NamedTuple):
    """What somebody asks for: everything that was sent `since`, or what an application's series has from a number."""

    subscriber: str
    by: str
    because: str
    since: datetime | None = None
    application: UUID | None = None
    from_sequence: int | None = None


class Replay(NamedTuple):
    """A replay; `position` is the letter up to which it has come, `upto` the last one there was when it was asked."""

    id: UUID
    subscriber: str
    application: UUID | None
    from_sequence: int | None
    since: datetime | None
    position: int
    upto: int
    sent: int
    asked: datetime
    asked_by: str
    because: str
    ended: datetime | None
    outcome: str | None


class Sent(NamedTuple):
    """A notice as it was sent."""

    seq: int
    id: UUID
    body: str


class Batch(NamedTuple):
    """Notices to be sent once more, and how far a replay has come with them."""

    notices: list[Sent]
    position: int


class PostgresReplays:
    """Keeps replays; that one was asked for is noted in the chain, if one is given. All raise StoreAway."""

    def __init__(self, engine: Engine, chain: Chain | None = None) -> None:
        self._engine = engine
        self._chain = chain

    def ask(self, new: NewReplay) -> Replay:
        """Write one down, with the step that some worker takes up. Raises NoSuchSubscriber."""
        if self._chain is not None:
            self._chain.ready()
        with transaction(self._engine) as connection:
            if connection.execute(_KNOWN, [new.subscriber]).fetchone() is None:
                raise NoSuchSubscriber(new.subscriber)
            first, last = _ends(connection)
            begin = first if new.since is None else _first_since(connection, new.since - _DISORDER, first, last)
            values = [new.subscriber, new.application, new.from_sequence, new.since, begin - 1, last, new.by]
            row = connection.execute(_ASK, [*values, mask_niks(new.because)]).fetchone()
            assert row is not None
            made = Replay(*row)
            connection.execute(_STEP, {"kind": STEP, "id": str(made.id)})
            if self._chain is not None:
                self._chain.append(connection, Act(new.by, "subscriber-replayed", new.subscriber, _detail(new)))
        return made

    def replay(self, id: UUID) -> tuple[Replay, Subscription | None] | None:  # noqa: A002
        """Return one, with what its subscriber is to hear: None for one that was removed."""
        with transaction(self._engine) as connection:
            row = connection.execute(_ONE, [id]).fetchone()
            if row is None:
                return None
            found = Replay(*row)
            known = connection.execute(_SUBSCRIPTION, [found.subscriber]).fetchone()
        return found, Subscription(known[0], tuple(known[1]), tuple(known[2])) if known else None

    def batch(self, one: Replay, wanted: Subscription, most: int) -> Batch:
        """Return what comes next, in the order in which it was written; of a long way without any, the way."""
        window = one.upto if one.application else min(one.upto, one.position + _WINDOW)
        values: dict[str, Any] = {"position": one.position, "upto": window, "most": most, "pattern": wanted.pattern}
        with transaction(self._engine) as connection:
            if one.application is None:
                rows = connection.execute(_BATCH, {**values, "since": one.since})
            else:
                values["ids"] = _numbered(connection, one.application, one.from_sequence or 1)
                rows = connection.execute(_OF_APPLICATION, values)
            notices = [Sent(*row) for row in rows]
        return Batch(notices, notices[-1].seq if len(notices) == most else window)

    def move(self, one: Replay, batch: Batch) -> bool:
        """Keep how far it has come; False where somebody else has gone on with it meanwhile."""
        values = [batch.position, len(batch.notices), one.id, one.position]
        with transaction(self._engine) as connection:
            return connection.execute(_MOVE, values).rowcount == 1

    def end(self, one: Replay, outcome: str) -> None:
        """Keep that it has ended."""
        with transaction(self._engine) as connection:
            connection.execute(_END, [outcome, one.id])


def _ends(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute(_ENDS).fetchone()
    assert row is not None
    first, last = row
    return first, last


def _numbered(connection: psycopg.Connection, application: UUID, first: int) -> list[UUID]:
    """Return the ids of an application's notices from a number on: they are known without looking for them."""
    row = connection.execute(_NOTICES, [application]).fetchone()
    last: int = row[0] if row else 0
    return [letter_id(NOTICES, application, number) for number in range(first, last + 1)]


def _first_since(connection: psycopg.Connection, moment: datetime, first: int, last: int) -> int:
    """Return the first letter written at a moment or later, by halving: letters are numbered as time goes on."""
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        row: Sequence[Any] | None = connection.execute(_AT, [middle]).fetchone()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low


def _detail(new: NewReplay) -> dict[str, str | int | None]:
    detail: dict[str, str | int | None] = {"because": new.because}
    if new.since is not None:
        detail["since"] = new.since.isoformat()
    if new.application is not None:
        detail |= {"application": str(new.application), "from_sequence": new.from_sequence or 1}
    return detail
