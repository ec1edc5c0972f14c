"""Accounts in memory, and how often they were read."""

from collections.abc import Mapping

from consumers.errors import StoreAway
from consumers.registry import Station
from schemas.roles import Role


class FakeRegistry:
    """A Registry; `away` while the store is."""

    def __init__(self, *stations: Station) -> None:
        self.known = {station.name: station for station in stations}
        self.reads = 0
        self.away = False

    def add(self, name: str, role: Role = Role.STATION, office: str = "", *, revoked: bool = False) -> None:
        """Write an account down."""
        self.known[name] = Station(name, role, office, revoked)

    def stations(self) -> Mapping[str, Station]:
        """Return every account."""
        self.reads += 1
        if self.away:
            raise StoreAway("no connection to PostgreSQL")
        return dict(self.known)
