"""The accounts of stations over HTTP: by token or by signature, and void within a second of being revoked."""

from collections.abc import Callable
from typing import Final, Protocol

from consumers.registry import Registry, Station
from ektp.web.access.accounts import Account, Accounts
from ektp.web.fresh import Fresh

_TOKEN: Final = "ektp_st_"  # how every token of a station begins: for any other the store is not asked  # noqa: S105


class Stations(Registry, Protocol):
    """A registry that also keeps what stations prove themselves with."""

    def by_token(self, token: str) -> Station | None:
        """Return whose token this is, None for one that is void. Raises StoreAway."""

    def sealed_secret(self, name: str) -> bytes | None:
        """Return the sealed secret with which a station signs, None where it may send nothing. Raises StoreAway."""


class StationAccounts:
    """The accounts of an installation, and besides them every station that is not revoked.

    `unseal(sealed, about)` opens a secret. What was looked up is good for a second.
    """

    def __init__(self, others: Accounts, stations: Stations, unseal: Callable[[bytes, bytes], bytes]) -> None:
        self._others, self._stations, self._unseal = others, stations, unseal
        self._by_token = Fresh(self._of_token)
        self._signing = Fresh(self._of_name)

    def who(self, token: str) -> Account | None:
        """Return whose token this is. Raises StoreAway."""
        return self._others.who(token) or (self._by_token(token) if token.startswith(_TOKEN) else None)

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Return a station's account and the secret it signs with, None where there is none. Raises StoreAway."""
        return self._signing(station)

    def begins(self, token: str) -> bool:
        """Ask the others: a station has no session."""
        return self._others.begins(token)

    def _of_token(self, token: str) -> Account | None:
        station = self._stations.by_token(token)
        return Account(station.name, station) if station else None

    def _of_name(self, name: str) -> tuple[Account, bytes] | None:
        station, sealed = self._stations.stations().get(name), self._stations.sealed_secret(name)
        if station is None or station.revoked or sealed is None:
            return None
        return Account(name, station), self._unseal(sealed, name.encode())
