"""The accounts of stations, in the registry and at the broker as one: whatever ends badly leaves nothing usable."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from consumers.ports import Vault
from consumers.registry import Station
from ektp.broker.station_accounts import StationAccounts
from ektp.storage.stations.stations import Credentials, PostgresStations
from schemas.roles import Role


@dataclass(frozen=True, slots=True)
class Account:
    """A station with its credentials, shown once; `password` is None where there is no broker."""

    station: Station
    credentials: Credentials = field(repr=False)
    password: str | None = field(repr=False)
    broker: str | None
    http: str | None

    def told(self) -> dict[str, Any]:
        """Return what the station needs to enrol, for scripts."""
        station = self.station
        return {
            "station": station.name,
            "role": station.role.value,
            "office": station.office or "all",
            "user": station.name if self.broker else None,
            "password": self.password,
            "token": self.credentials.token,
            "secret": self.credentials.secret,
            "broker": self.broker,
            "http": self.http,
        }


@dataclass(frozen=True, slots=True)
class Accounts:
    """Adds, renews and revokes; `rights` and `broker_url` are None where there is no broker to make an account at."""

    stations: PostgresStations
    vault: Vault
    rights: StationAccounts | None
    broker_url: str | None
    http: str | None

    def add(self, station: Station, by: str, by_hand: Callable[[Station, str], None] | None = None) -> Account:
        """Add a station. Raises NameTaken, StoreAway, and what the broker raises: then there is none.

        Where the account at the broker is made by hand, `by_hand` is given the station and its password.
        """
        with self.stations.adding(station, self.vault, by) as credentials:
            return self._at_the_broker(station, credentials, by_hand, known=False)

    def renew(  # noqa: PLR0913 - what may be said anew
        self,
        name: str,
        by: str,
        *,
        role: Role | None = None,
        office: str | None = None,
        silent_after: int | None = None,
        by_hand: Callable[[Station, str], None] | None = None,
    ) -> Account:
        """Give a station new credentials, also a revoked one; those before are void. Raises as `add`, NoSuchStation."""
        renewing = self.stations.renewing(name, self.vault, by, role=role, office=office, silent_after=silent_after)
        with renewing as (station, credentials):
            return self._at_the_broker(station, credentials, by_hand, known=True)

    def revoke(self, name: str, by: str, because: str) -> None:
        """Let a station say nothing any more, at once at every door. Raises NoSuchStation, StoreAway.

        What the broker raises comes after it was written down: its events are refused, and this may be done again.
        """
        self.stations.revoke(name, by, because)
        if self.rights is not None:
            self.rights.revoke(name)

    def _at_the_broker(
        self,
        station: Station,
        credentials: Credentials,
        by_hand: Callable[[Station, str], None] | None,
        *,
        known: bool,
    ) -> Account:
        password = None
        if by_hand is not None:
            password = secrets.token_urlsafe(32)
            by_hand(station, password)
        elif self.rights is not None:
            password = self.rights.add(station, known=known)
        broker = without_credentials(self.broker_url) if self.broker_url and password else None
        return Account(station, credentials, password, broker, self.http)


def without_credentials(url: str) -> str:
    """Return a URL without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
