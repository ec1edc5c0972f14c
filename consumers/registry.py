"""The accounts that may send events, as those who let them in need to know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.roles import Role


class Station(NamedTuple):
    """One account: its role, the region whose applications it may speak of ("" for all), and whether it still may.

    `silent_after` is in working hours: for how long nothing may come from it; None for the usual, 0 for ever.
    """

    name: str
    role: Role
    office: str
    revoked: bool = False
    silent_after: int | None = None


class Registry(Protocol):
    """Where the accounts are written down."""

    def stations(self) -> Mapping[str, Station]:
        """Return every account there ever was, by name. Raises StoreAway."""
