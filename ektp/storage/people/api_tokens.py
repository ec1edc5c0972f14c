"""Tokens for programs that ask in somebody's stead: kept as digests, for a while, with roles of their own."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.errors import AccountTaken, NoSuchAccount
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.stations.stations import token_digest
from workflows.permissions import Role

PREFIX: Final = "ektp_at_"  #: How every such token begins: for any other the store is not asked.
MOST_DAYS: Final = 366
_TOKEN_BYTES: Final = 32
_ALL: Final = "select name, roles, offices, added, added_by, expires, last_used, revoked from api_tokens order by name"
# A name that is void may be given again; whatever it did stays in the audit.
_ADD: Final = """
insert into api_tokens (digest, name, roles, offices, added_by, expires)
values (%s, %s, %s, %s, %s, now() + make_interval(days => %s))
on conflict (name) do update set digest = excluded.digest, roles = excluded.roles, offices = excluded.offices,
    added = now(), added_by = excluded.added_by, expires = excluded.expires,
    last_used = null, revoked = null, revoked_by = null
where api_tokens.revoked is not null or api_tokens.expires <= now()
returning expires
"""
_BY_DIGEST: Final = """
select name, roles, offices, last_used is null or last_used < now() - interval '1 minute' from api_tokens
where digest = %s and revoked is null and expires > now()
"""
_USED: Final = "update api_tokens set last_used = now() where digest = %s"
_REVOKE: Final = """
update api_tokens set revoked = coalesce(revoked, now()), revoked_by = coalesce(revoked_by, %s)
where name = %s returning 1
"""
_REVOKE_ALL: Final = """
update api_tokens set revoked = now(), revoked_by = %s where revoked is null and expires > now()
"""


class ApiToken(NamedTuple):
    """What is known of a token; the token itself was shown once."""

    name: str
    roles: frozenset[Role]
    offices: tuple[str, ...]
    added: datetime
    added_by: str
    expires: datetime
    last_used: datetime | None  #: To the minute.
    revoked: datetime | None


def revoke_all_tokens(connection: psycopg.Connection, by: str) -> int:
    """Let no token count any more; return how many still did."""
    return connection.execute(_REVOKE_ALL, [by]).rowcount


class PostgresApiTokens:
    """Keeps tokens; each change is noted in the chain in its own transaction."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine, self._chain = engine, chain

    def tokens(self) -> Sequence[ApiToken]:
        """Return every token there is, by name, also void ones. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return [_token(row) for row in connection.execute(_ALL)]

    def known(self, token: str) -> tuple[str, frozenset[Role], tuple[str, ...]] | None:
        """Return name, roles and offices of a token, None for one that is void; note that it was used.

        Raises StoreAway.
        """
        digest = token_digest(token)
        with transaction(self._engine) as connection:
            row = connection.execute(_BY_DIGEST, [digest]).fetchone()
            if row is None:
                return None
            name, roles, offices, stale = row
            if stale:
                connection.execute(_USED, [digest])
        return name, frozenset(map(Role, roles)), tuple(offices)

    def add(
        self, name: str, roles: Sequence[Role], offices: Sequence[str], days: int, act: Act
    ) -> tuple[str, datetime]:
        """Make a token for so many days; return it and its end, this once. Raises AccountTaken and StoreAway."""
        token = f"{PREFIX}{secrets.token_urlsafe(_TOKEN_BYTES)}"
        values = [token_digest(token), name, list(roles), list(offices), act.actor, days]
        self._chain.ready()
        with transaction(self._engine) as connection:
            row = connection.execute(_ADD, values).fetchone()
            if row is None:
                raise AccountTaken(name)
            self._chain.append(connection, act)
        return token, row[0]

    def revoke(self, name: str, act: Act) -> None:
        """Let a token count no more. Raises NoSuchAccount and StoreAway."""
        self._chain.ready()
        with transaction(self._engine) as connection:
            if connection.execute(_REVOKE, [act.actor, name]).fetchone() is None:
                raise NoSuchAccount(name)
            self._chain.append(connection, act)


def _token(row: Sequence[Any]) -> ApiToken:
    name, roles, offices, *rest = row
    return ApiToken(name, frozenset(map(Role, roles)), tuple(offices), *rest)
