"""The people who may sign in, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.errors import AccountTaken, NoSuchAccount
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.people.sessions import IDLE_MINUTES
from workflows.permissions import Role

_ALL: Final = """
select name, roles, offices, added, added_by, password_changed, disabled, disabled_by,
    (select count(*) from sessions where person = name and ends > now() and seen > now() - make_interval(mins => %s)),
    (select max(seen) from sessions where person = name)
from people order by name
"""
_ADD: Final = """
insert into people (name, roles, offices, password, added_by) values (%s, %s, %s, %s, %s) on conflict do nothing
"""
_DIGEST: Final = "select password from people where name = %s and disabled is null"
# Once more is no other: the first time stays.
_DISABLE: Final = """
update people set disabled = coalesce(disabled, now()), disabled_by = coalesce(disabled_by, %(by)s)
where name = %(name)s returning 1
"""
_KNOWN: Final = "select 1 from people where name = %(name)s"
_GRANT: Final = "update people set roles = %(roles)s, offices = %(offices)s where name = %(name)s returning 1"
_ENABLE: Final = "update people set disabled = null, disabled_by = null where name = %(name)s returning 1"
_RENEW: Final = """
update people set password = %(digest)s, password_changed = now() where name = %(name)s returning 1
"""
_REHASHED: Final = "update people set password = %s where name = %s and password = %s"
_END: Final = "delete from sessions where person = %(name)s and digest is distinct from %(keep)s"


class Person(NamedTuple):
    """Somebody who may sign in; `offices` are regions, none for all."""

    name: str
    roles: frozenset[Role]
    offices: tuple[str, ...]
    added: datetime
    added_by: str
    password_changed: datetime
    disabled: datetime | None
    disabled_by: str | None
    sessions: int
    last_seen: datetime | None  #: In a session that is still kept, to the minute.


class PostgresPeople:
    """Keeps people; each change is noted in the chain in its own transaction."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine, self._chain = engine, chain

    def people(self) -> Sequence[Person]:
        """Return everybody who was ever added, by name. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return [_person(row) for row in connection.execute(_ALL, [IDLE_MINUTES])]

    def digest(self, name: str) -> str | None:
        """Return the digest of somebody's password, None for nobody and for one who is disabled. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_DIGEST, [name]).fetchone()
        return row[0] if row else None

    def rehashed(self, name: str, before: str, digest: str) -> None:
        """Keep a stronger digest of the same password. Raises StoreAway."""
        with transaction(self._engine) as connection:
            connection.execute(_REHASHED, [digest, name, before])

    def add(self, name: str, roles: Sequence[Role], offices: Sequence[str], digest: str, act: Act) -> None:
        """Write somebody down. Raises AccountTaken and StoreAway."""
        self._chain.ready()
        with transaction(self._engine) as connection:
            values = [name, list(roles), list(offices), digest, act.actor]
            if not connection.execute(_ADD, values).rowcount:
                raise AccountTaken(name)
            self._chain.append(connection, act)

    def grant(self, name: str, roles: Sequence[Role], offices: Sequence[str], act: Act) -> None:
        """Give somebody other roles and offices; a session that holds has them within a second.

        Raises NoSuchAccount and StoreAway.
        """
        self._change(_GRANT, name, act, roles=list(roles), offices=list(offices))

    def disable(self, name: str, act: Act) -> None:
        """Let somebody in no more, and end every session. Raises NoSuchAccount and StoreAway."""
        self._change(_DISABLE, name, act, _END, by=act.actor)

    def enable(self, name: str, act: Act) -> None:
        """Let somebody in again. Raises NoSuchAccount and StoreAway."""
        self._change(_ENABLE, name, act)

    def end_sessions(self, name: str, act: Act) -> None:
        """Let somebody sign in anew, everywhere. Raises NoSuchAccount and StoreAway."""
        self._change(_KNOWN, name, act, _END)

    def renew(self, name: str, digest: str, keep: bytes | None, act: Act) -> None:
        """Give somebody a new password; of the sessions only the one of the digest `keep` goes on.

        Raises NoSuchAccount and StoreAway.
        """
        self._change(_RENEW, name, act, _END, digest=digest, keep=keep)

    def _change(self, change: str, name: str, act: Act, also: str | None = None, **values: Any) -> None:  # noqa: ANN401 - columns
        said = {"name": name, "keep": None, **values}
        self._chain.ready()
        with transaction(self._engine) as connection:
            if connection.execute(change, said).fetchone() is None:
                raise NoSuchAccount(name)
            if also is not None:
                connection.execute(also, said)
            self._chain.append(connection, act)


def _person(row: Sequence[Any]) -> Person:
    name, roles, offices, *rest = row
    return Person(name, frozenset(map(Role, roles)), tuple(offices), *rest)
