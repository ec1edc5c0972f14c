"""The accounts of stations in PostgreSQL: who they are, and how one is added, renewed and revoked."""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Final, NamedTuple

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from consumers.ports import Vault
from consumers.registry import Station
from ektp.errors import NameTaken, NoSuchStation
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from schemas.nik import mask_niks
from schemas.roles import Role

_ALL: Final = "select name, role, office, revoked is not null, silent_after from stations"
_BY_TOKEN: Final = f"{_ALL} where token = %s and revoked is null"
_TOKEN_BYTES: Final = 32
_ADD: Final = """
insert into stations (name, role, office, token, secret, silent_after, added_by) values (%s, %s, %s, %s, %s, %s, %s)
on conflict (name) do nothing
"""
# What is not said anew stays as it was.
_RENEW: Final = """
update stations set role = coalesce(%(role)s, role), office = coalesce(%(office)s, office), token = %(token)s,
    secret = %(secret)s, silent_after = coalesce(%(silent_after)s, silent_after), renewed = ektp_now(),
    revoked = null, revoked_by = null, because = null
where name = %(name)s returning name, role, office, false, silent_after
"""
# Once more is no other: the first reason stays.
_REVOKE: Final = """
update stations set revoked = coalesce(revoked, ektp_now()), revoked_by = coalesce(revoked_by, %(by)s),
    because = coalesce(because, %(because)s)
where name = %(name)s returning 1
"""
_SEALED: Final = "select secret from stations where name = %s and revoked is null"


class Credentials(NamedTuple):
    """What a station proves itself with at the HTTP door; shown once, and kept here only as digest and sealed."""

    token: str
    secret: str  #: `whsec_` and base64, as Standard Webhooks writes a key.


def token_digest(token: str) -> bytes:
    """Return under what a token is kept: it is random and long, so a plain digest tells nothing."""
    return sha256(token.encode(errors="replace")).digest()


class PostgresStations:
    """A Registry; what changes it is noted in the chain, if one is given, in the same transaction."""

    def __init__(self, engine: Engine, chain: Chain | None = None) -> None:
        self._engine = engine
        self._chain = chain

    def stations(self) -> Mapping[str, Station]:
        """Return every account there ever was, by name. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return {row[0]: _station(row) for row in connection.execute(_ALL)}

    def by_token(self, token: str) -> Station | None:
        """Return whose token this is, None for one that is void. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_BY_TOKEN, [token_digest(token)]).fetchone()
        return _station(row) if row else None

    def sealed_secret(self, name: str) -> bytes | None:
        """Return the sealed secret with which a station signs, None where it may send nothing. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_SEALED, [name]).fetchone()
        return row[0] if row else None

    @contextmanager
    def adding(self, station: Station, vault: Vault, by: str) -> Iterator[Credentials]:
        """Write a new account down and give its credentials; all of it only if the block ends well.

        Raises NameTaken and StoreAway.
        """
        self._ready()
        made, key = _credentials()
        values = [station.name, station.role, station.office, token_digest(made.token)]
        with transaction(self._engine) as connection:
            sealed = vault.seal(key, station.name.encode())
            if not connection.execute(_ADD, [*values, sealed, station.silent_after, by]).rowcount:
                raise NameTaken(station.name)
            yield made
            self._note(connection, by, "station-added", station)

    @contextmanager
    def renewing(  # noqa: PLR0913 - what may be said anew
        self, name: str, vault: Vault, by: str, *, role: Role | None, office: str | None, silent_after: int | None
    ) -> Iterator[tuple[Station, Credentials]]:
        """Give an account new credentials, also a revoked one; all of it only if the block ends well.

        Role, office and silence stay as they are where they are None. Raises NoSuchStation and StoreAway.
        """
        self._ready()
        made, key = _credentials()
        said = {"name": name, "role": role, "office": office, "silent_after": silent_after}
        kept = {"token": token_digest(made.token), "secret": vault.seal(key, name.encode())}
        with transaction(self._engine) as connection:
            row = connection.execute(_RENEW, {**said, **kept}).fetchone()
            if row is None:
                raise NoSuchStation(name)
            yield (station := _station(row)), made
            self._note(connection, by, "station-renewed", station)

    def revoke(self, name: str, by: str, because: str) -> None:
        """Let an account say nothing any more; it stays in the list. Raises NoSuchStation and StoreAway."""
        with transaction(self._engine) as connection:
            if connection.execute(_REVOKE, {"name": name, "by": by, "because": mask_niks(because)}).fetchone() is None:
                raise NoSuchStation(name)
            if self._chain is not None:
                self._chain.append(connection, Act(by, "station-revoked", name, {"because": because}))

    def _ready(self) -> None:
        """Find out that nothing can be noted before the broker is asked."""
        if self._chain is not None:
            self._chain.ready()

    def _note(self, connection: psycopg.Connection, by: str, what: str, station: Station) -> None:
        if self._chain is not None:
            detail = {"role": station.role.value, "office": station.office or "all"}
            self._chain.append(connection, Act(by, what, station.name, detail))


def _credentials() -> tuple[Credentials, bytes]:
    """Make them; the key is what the secret spells."""
    key = secrets.token_bytes(_TOKEN_BYTES)
    token = f"ektp_st_{secrets.token_urlsafe(_TOKEN_BYTES)}"
    return Credentials(token, f"whsec_{b64encode(key).decode()}"), key


def _station(row: tuple[str, str, str, bool, int | None]) -> Station:
    name, role, office, revoked, silent_after = row
    return Station(name, Role(role), office, revoked, silent_after)
