"""The people who may sign in, in PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from ektp.errors import AccountTaken, NoSuchAccount
from ektp.storage.engine import transaction
from workflows.permissions import Role

_COLUMNS: Final = "name, roles, offices, added, added_by, password_changed, disabled, disabled_by"
_ALL: Final = f"select {_COLUMNS} from people order by name"  # noqa: S608 - a constant
_ADD: Final = """
insert into people (name, roles, offices, password, added_by) values (%s, %s, %s, %s, %s) on conflict do nothing
"""
_DIGEST: Final = "select password from people where name = %s and disabled is null"
# Once more is no other: the first time stays.
_DISABLE: Final = """
update people set disabled = coalesce(disabled, now()), disabled_by = coalesce(disabled_by, %(by)s)
where name = %(name)s returning 1
"""
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


class PostgresPeople:
    """Keeps people; each change is a block, and only if it ends well was anything changed.

    So what has to happen with a change, such as a word to the audit, happens before it counts.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def people(self) -> Sequence[Person]:
        """Return everybody who was ever added, by name. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return [_person(row) for row in connection.execute(_ALL)]

    def digest(self, name: str) -> str | None:
        """Return the digest of somebody's password, None for nobody and for one who is disabled. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_DIGEST, [name]).fetchone()
        return row[0] if row else None

    def rehashed(self, name: str, before: str, digest: str) -> None:
        """Keep a stronger digest of the same password. Raises StoreAway."""
        with transaction(self._engine) as connection:
            connection.execute(_REHASHED, [digest, name, before])

    @contextmanager
    def adding(self, name: str, roles: Sequence[Role], offices: Sequence[str], digest: str, by: str) -> Iterator[None]:
        """Write somebody down. Raises AccountTaken and StoreAway."""
        with transaction(self._engine) as connection:
            if not connection.execute(_ADD, [name, list(roles), list(offices), digest, by]).rowcount:
                raise AccountTaken(name)
            yield

    @contextmanager
    def disabling(self, name: str, by: str) -> Iterator[None]:
        """Let somebody in no more, and end every session. Raises NoSuchAccount and StoreAway."""
        with self._changed(_DISABLE, name, by=by):
            yield

    @contextmanager
    def enabling(self, name: str) -> Iterator[None]:
        """Let somebody in again. Raises NoSuchAccount and StoreAway."""
        with self._changed(_ENABLE, name):
            yield

    @contextmanager
    def changing(self, name: str, digest: str, keep: bytes | None) -> Iterator[None]:
        """Give somebody a new password; of the sessions only the one of this digest goes on.

        Raises NoSuchAccount and StoreAway.
        """
        with self._changed(_RENEW, name, keep=keep, digest=digest):
            yield

    @contextmanager
    def _changed(self, change: str, name: str, *, keep: bytes | None = None, **values: str) -> Iterator[None]:
        with transaction(self._engine) as connection:
            if connection.execute(change, {"name": name, **values}).fetchone() is None:
                raise NoSuchAccount(name)
            connection.execute(_END, {"name": name, "keep": keep})
            yield


def _person(row: Sequence[Any]) -> Person:
    name, roles, offices, *rest = row
    return Person(name, frozenset(map(Role, roles)), tuple(offices), *rest)
