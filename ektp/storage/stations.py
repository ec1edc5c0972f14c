"""The accounts of stations in PostgreSQL."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from sqlalchemy import Engine

from consumers.registry import Station
from ektp.storage.engine import transaction
from schemas.roles import Role

_ALL: Final = "select name, role, office, revoked is not null, silent_after from stations"
_BY_TOKEN: Final = f"{_ALL} where token = %s and revoked is null"
_SEALED: Final = "select secret from stations where name = %s and revoked is null"


def token_digest(token: str) -> bytes:
    """Return under what a token is kept: it is random and long, so a plain digest tells nothing."""
    return sha256(token.encode(errors="replace")).digest()


class PostgresStations:
    """A Registry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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


def _station(row: tuple[str, str, str, bool, int | None]) -> Station:
    name, role, office, revoked, silent_after = row
    return Station(name, Role(role), office, revoked, silent_after)
