"""Who is asking: accounts by bearer token, and the session that a person's browser carries in their place."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from consumers.registry import Station

SESSION_SECONDS: Final = 8 * 3600  # one working day


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may ask; `station` is the only one it speaks for and may ask about, None for all of everything."""

    name: str
    station: Station | None = None


class Accounts(Protocol):
    """Where accounts are known."""

    def who(self, token: str) -> Account | None:
        """Return whose token this is. Raises StoreAway."""

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Return a station's account and the secret it signs with, None where there is none. Raises StoreAway."""

    def named(self, name: str) -> Account | None:
        """Return the account of that name, if it is still one that may have a session."""


class OneToken:
    """The accounts of a fresh installation: one token that may do everything."""

    def __init__(self, token: str) -> None:
        self._digest = sha256(token.encode()).digest()
        self._account = Account("operator")

    def who(self, token: str) -> Account | None:
        """Compare in a time that tells nothing."""
        given = sha256(token.encode(errors="replace")).digest()
        return self._account if hmac.compare_digest(given, self._digest) else None

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Know of no station."""

    def named(self, name: str) -> Account | None:
        """Return the one account."""
        return self._account if name == self._account.name else None


class Sessions:
    """Cookies that name an account until a time, signed; a new token of the installation ends them all."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(secret.encode(), b"ektp session", sha256)
        self._clock = clock

    def opened(self, account: Account) -> str:
        """Return the cookie's value for an account."""
        said = f"{account.name}.{int(self._clock()) + SESSION_SECONDS}"
        return f"{said}.{self._seal(said)}"

    def name_in(self, cookie: str) -> str | None:
        """Return the account's name in a cookie that we have signed and that still holds."""
        said, _, seal = cookie.rpartition(".")
        if not hmac.compare_digest(self._seal(said).encode(), seal.encode(errors="replace")):
            return None
        name, _, until = said.rpartition(".")
        return name if int(until) > self._clock() else None

    def _seal(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(errors="replace"), sha256).hex()
