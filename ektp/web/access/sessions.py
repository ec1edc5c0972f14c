"""The sessions of this process's visitors: kept on the server, so that they end when the server says so."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from consumers.acts import Act
from ektp.storage.people.sessions import KeptSession, session_digest
from ektp.web.access.accounts import INSTALLATION, Account
from ektp.web.fresh import Fresh

_LENGTH: Final = 43  # signs of a session's id: nothing else is looked up


class SessionStore(Protocol):
    """Where they are kept."""

    def open(self, person: str | None, instead_of: str | None, act: Act) -> str:
        """Open one, note it and return its id; what the browser had before ends. Raises StoreAway."""

    def found(self, identity: str, *, active: bool) -> KeptSession | None:
        """Return the session of this id, None where it has ended. Raises StoreAway."""

    def close(self, identity: str, act: Act) -> None:
        """End one, and note it. Raises StoreAway."""


@dataclass(frozen=True, slots=True)
class Session:
    """One that holds; `csrf` stands in each of its forms, `person` is None where it was opened with the token."""

    account: Account
    person: str | None
    csrf: str = field(repr=False)
    digest: bytes = field(repr=False)


class Sessions:
    """Finds sessions by their cookies; what was looked up is good for a second."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._found = Fresh(self._look)

    def opened(self, person: str | None, instead_of: str | None) -> str:
        """Open a session for somebody, or for whoever knows the token; return the cookie. Raises StoreAway."""
        who = person or INSTALLATION.name
        cookie = self._store.open(person, instead_of, Act(who, "session-opened", who))
        self._forget(instead_of or "")
        return cookie

    def of(self, cookie: str | None, *, active: bool) -> Session | None:
        """Return the session of a cookie, None where it has ended. `active`: a person asks, not a page by itself.

        Raises StoreAway.
        """
        return self._found((cookie, active)) if cookie is not None and len(cookie) == _LENGTH else None

    def close(self, cookie: str, who: str) -> None:
        """End a session of somebody, here at once and everywhere within a second. Raises StoreAway."""
        self._store.close(cookie, Act(who, "session-closed", who))
        self._forget(cookie)

    def _forget(self, cookie: str) -> None:
        for active in (True, False):
            self._found.forget((cookie, active))

    def _look(self, key: tuple[str, bool]) -> Session | None:
        cookie, active = key
        kept = self._store.found(cookie, active=active)
        if kept is None:
            return None
        account = INSTALLATION if kept.person is None else Account(kept.person, roles=kept.roles, offices=kept.offices)
        return Session(account, kept.person, kept.csrf, session_digest(cookie))
