"""The subscribers in PostgreSQL: what each is to hear, whether it is paused, and how it was last seen."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.errors import NoSuchSubscriber, SubscriberTaken
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from schemas.nik import mask_niks
from workflows.following import Follower
from workflows.subscriptions import Bound, Subscription

COLUMNS: Final = "name, notices, offices, added, added_by, renewed, paused, paused_by, because, looked, seen"
_ALL: Final = f"select {COLUMNS} from subscribers where removed is null order by name"  # noqa: S608 - as all here
_ONE: Final = f"select {COLUMNS} from subscribers where name = %s and removed is null"  # noqa: S608
_ADD: Final = """
insert into subscribers (name, notices, offices, added_by) values (%s, %s, %s, %s) on conflict (name) do nothing
"""
_STATION: Final = "select 1 from stations where name = %s"
_RENEW: Final = "update subscribers set renewed = now() where name = %(name)s and removed is null returning 1"
# Once more is no other: the first time and reason stay.
_PAUSE: Final = """
update subscribers set paused = coalesce(paused, now()), paused_by = coalesce(paused_by, %(by)s),
    because = coalesce(because, %(because)s)
where name = %(name)s and removed is null returning 1
"""
_RESUME: Final = """
update subscribers set paused = null, paused_by = null, because = null
where name = %(name)s and removed is null returning 1
"""
_KNOWN: Final = "select 1 from subscribers where name = %(name)s and removed is null"
_REMOVE: Final = """
update subscribers set removed = now(), removed_by = %(by)s where name = %(name)s and removed is null returning 1
"""
_SEEN: Final = """
update subscribers set looked = now(), seen = %s, emptied = case when %s then now() else emptied end
where name = %s and removed is null
"""


class Subscriber(NamedTuple):
    """One subscriber; `seen` is how it was at the broker when somebody `looked`, None before the first time."""

    subscription: Subscription
    added: datetime
    added_by: str
    renewed: datetime | None
    paused: datetime | None
    paused_by: str | None
    because: str | None
    looked: datetime | None
    seen: Follower | None

    @property
    def name(self) -> str:
        """Its name, which is also that of its account."""
        return self.subscription.name


class PostgresSubscribers:
    """Keeps subscribers; each change is noted in the chain, if one is given, in its own transaction."""

    def __init__(self, engine: Engine, chain: Chain | None = None) -> None:
        self._engine = engine
        self._chain = chain

    def subscribers(self) -> Sequence[Subscriber]:
        """Return those that were not removed, by name. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return [subscriber_of(row) for row in connection.execute(_ALL)]

    def subscriber(self, name: str) -> Subscriber:
        """Return one. Raises NoSuchSubscriber and StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_ONE, [name]).fetchone()
        if row is None:
            raise NoSuchSubscriber(name)
        return subscriber_of(row)

    @contextmanager
    def adding(self, wanted: Subscription, by: str) -> Iterator[None]:
        """Write one down; all of it only if the block ends well. Raises SubscriberTaken and StoreAway."""
        self._ready()
        values = [wanted.name, list(wanted.notices), list(wanted.offices), by]
        with transaction(self._engine) as connection:
            taken = connection.execute(_STATION, [wanted.name]).fetchone() is not None
            if taken or not connection.execute(_ADD, values).rowcount:
                raise SubscriberTaken(wanted.name)
            yield
            detail = {"notices": " ".join(wanted.notices) or "all", "offices": " ".join(wanted.offices) or "all"}
            self._note(connection, Act(by, "subscriber-added", wanted.name, detail))

    @contextmanager
    def renewing(self, name: str, by: str) -> Iterator[Subscriber]:
        """Note that one has a new password, if the block ends well. Raises NoSuchSubscriber and StoreAway."""
        self._ready()
        found = self.subscriber(name)
        with self._changing(_RENEW, name, Act(by, "subscriber-renewed", name)):
            yield found

    def pause(self, name: str, by: str, because: str) -> None:
        """Let one read nothing for now. Raises NoSuchSubscriber and StoreAway."""
        because = mask_niks(because)
        with self._changing(_PAUSE, name, Act(by, "subscriber-paused", name, {"because": because}), because=because):
            pass

    @contextmanager
    def resuming(self, name: str, by: str) -> Iterator[None]:
        """Let one read again, if the block ends well. Raises NoSuchSubscriber and StoreAway."""
        with self._changing(_RESUME, name, Act(by, "subscriber-resumed", name)):
            yield

    @contextmanager
    def mending(self, name: str, by: str) -> Iterator[None]:
        """Note that one is put right at the broker, if the block ends well. Raises NoSuchSubscriber and StoreAway."""
        with self._changing(_KNOWN, name, Act(by, "subscriber-mended", name)):
            yield

    @contextmanager
    def removing(self, name: str, by: str, because: str, waiting: int) -> Iterator[None]:
        """Forget one, if the block ends well. Raises NoSuchSubscriber and StoreAway."""
        act = Act(by, "subscriber-removed", name, {"because": because, "waiting": waiting})
        with self._changing(_REMOVE, name, act):
            yield

    def saw(self, followers: Sequence[Follower]) -> None:
        """Keep how they were seen just now. Raises StoreAway."""
        if followers:
            with transaction(self._engine) as connection, connection.cursor() as cursor:
                cursor.executemany(_SEEN, [(json.dumps(_told(one)), one.lag == 0, one.name) for one in followers])

    @contextmanager
    def _changing(self, change: str, name: str, act: Act, **values: Any) -> Iterator[None]:  # noqa: ANN401 - columns
        self._ready()
        with transaction(self._engine) as connection:
            if connection.execute(change, {"name": name, "by": act.actor, **values}).fetchone() is None:
                raise NoSuchSubscriber(name)
            yield
            self._note(connection, act)

    def _ready(self) -> None:
        if self._chain is not None:
            self._chain.ready()

    def _note(self, connection: psycopg.Connection, act: Act) -> None:
        if self._chain is not None:
            self._chain.append(connection, act)


def subscriber_of(row: Sequence[Any]) -> Subscriber:
    """Return what a row of these columns says."""
    name, notices, offices, *rest, seen = row
    known = [*rest, _seen(seen) if seen else None]
    return Subscriber(Subscription(name, tuple(notices), tuple(offices)), *known)


def _told(one: Follower) -> dict[str, Any]:
    bound = one.bound and {"missing": one.bound.missing, "foreign": one.bound.foreign}
    return {**one._asdict(), "age": None if one.age is None else one.age.total_seconds(), "bound": bound}


def _seen(told: dict[str, Any]) -> Follower:
    age, bound = told["age"], told["bound"]
    foreign = tuple((exchange, key) for exchange, key in bound["foreign"]) if bound else ()
    read = bound and Bound(tuple(bound["missing"]), foreign)
    age = None if age is None else timedelta(seconds=age)
    return Follower(**{**told, "age": age, "bound": read, "faults": tuple(told["faults"])})
