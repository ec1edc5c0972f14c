"""The sessions of people's browsers: the id is in the cookie only, here is its digest."""

import secrets
from hashlib import sha256
from typing import Final, NamedTuple

import psycopg
from psycopg.errors import UndefinedTable
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from workflows.permissions import Role

IDLE_MINUTES: Final = 30
MOST_HOURS: Final = 8  #: One working day.
_ID_BYTES: Final = 32  # 256 bits
_OPEN: Final = """
insert into sessions (digest, person, token, csrf, ends)
values (%s, %s, %s, %s, now() + make_interval(hours => %s))
"""
_GONE: Final = "delete from sessions where ends <= now() or seen <= now() - make_interval(mins => %s)"
_FOUND: Final = """
select s.csrf, s.person, p.roles, p.offices, s.seen < now() - interval '1 minute'
from sessions s left join people p on p.name = s.person
where s.digest = %(digest)s and s.ends > now() and s.seen > now() - make_interval(mins => %(idle)s)
    and case when s.person is null then s.token = %(token)s else p.disabled is null end
"""
_SEEN: Final = "update sessions set seen = now() where digest = %s"
_CLOSE: Final = "delete from sessions where digest = %s"


class KeptSession(NamedTuple):
    """A session that holds; `person` is None where it was opened with the token of the installation."""

    csrf: str
    person: str | None
    roles: frozenset[Role]
    offices: tuple[str, ...]


def session_digest(identity: str) -> bytes:
    """Return under what a session is kept: its id is random and long, so a plain digest tells nothing."""
    return sha256(identity.encode(errors="replace")).digest()


def end_all_sessions(connection: psycopg.Connection) -> int:
    """End every session there is; return how many."""
    return connection.execute("delete from sessions").rowcount


class PostgresSessions:
    """Opens, finds and closes them, and notes it with the act; `token` is the digest of the installation's token."""

    def __init__(self, engine: Engine, token: bytes, chain: Chain) -> None:
        self._engine, self._token, self._chain = engine, token, chain

    def open(self, person: str | None, instead_of: str | None, act: Act) -> str:
        """Open a session and return its id, a new one each time; what the browser had before ends.

        Raises StoreAway.
        """
        identity, csrf = secrets.token_urlsafe(_ID_BYTES), secrets.token_urlsafe(_ID_BYTES)
        token = self._token if person is None else None
        self._chain.ready()
        with transaction(self._engine) as connection:
            connection.execute(_GONE, [IDLE_MINUTES])
            if instead_of is not None:
                connection.execute(_CLOSE, [session_digest(instead_of)])
            connection.execute(_OPEN, [session_digest(identity), person, token, csrf, MOST_HOURS])
            self._chain.append(connection, act)
        return identity

    def found(self, identity: str, *, active: bool) -> KeptSession | None:
        """Return the session of this id, None where it has ended; `active` if it is a person who asks now.

        Before the migration there is none. Raises StoreAway.
        """
        try:
            return self._found(session_digest(identity), active=active)
        except UndefinedTable:
            return None

    def _found(self, digest: bytes, *, active: bool) -> KeptSession | None:
        with transaction(self._engine) as connection:
            asked = {"digest": digest, "idle": IDLE_MINUTES, "token": self._token}
            row = connection.execute(_FOUND, asked).fetchone()
            if row is None:
                return None
            csrf, person, roles, offices, stale = row
            if active and stale:
                connection.execute(_SEEN, [digest])
        return KeptSession(csrf, person, frozenset(map(Role, roles or ())), tuple(offices or ()))

    def close(self, identity: str, act: Act) -> None:
        """End a session. Raises StoreAway."""
        self._chain.ready()
        with transaction(self._engine) as connection:
            connection.execute(_CLOSE, [session_digest(identity)])
            self._chain.append(connection, act)
