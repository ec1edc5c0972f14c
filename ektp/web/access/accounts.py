"""Who is asking: what an account is, and the one token with which a fresh installation begins."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from consumers.registry import Station
from workflows.permissions import Action, Role, may


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may ask: a station for itself, or people and programs with roles in some regions (none: in all)."""

    name: str
    station: Station | None = None
    roles: frozenset[Role] = frozenset()
    offices: tuple[str, ...] = ()

    def may(self, action: Action, office: str | None = None) -> bool:
        """Tell whether it may do this, to a thing of this office."""
        return self.station is None and may(self.roles, self.offices, action, office)


#: Whoever knows the token of the installation: it is every role, everywhere.
INSTALLATION: Final = Account("operator", roles=frozenset(Role))


class Accounts(Protocol):
    """Where accounts are known."""

    def who(self, token: str) -> Account | None:
        """Return whose token this is. Raises StoreAway."""

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Return a station's account and the secret it signs with, None where there is none. Raises StoreAway."""

    def begins(self, token: str) -> bool:
        """Tell whether this is the token of the installation, with which a session may be opened."""


class OneToken:
    """The accounts of a fresh installation: one token that may do everything."""

    def __init__(self, token: str) -> None:
        self._digest = sha256(token.encode()).digest()

    def who(self, token: str) -> Account | None:
        """Compare in a time that tells nothing."""
        return INSTALLATION if self.begins(token) else None

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Know of no station."""

    def begins(self, token: str) -> bool:
        """Tell whether it is the one token."""
        return hmac.compare_digest(sha256(token.encode(errors="replace")).digest(), self._digest)
