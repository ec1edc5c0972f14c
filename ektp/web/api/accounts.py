"""The tokens of programs over HTTP: each with its roles, and void within a second of being revoked."""

from typing import Protocol

from ektp.storage.people.api_tokens import PREFIX
from ektp.web.access.accounts import Account, Accounts
from ektp.web.fresh import Fresh
from workflows.permissions import Role


class ApiTokens(Protocol):
    """Where they are kept."""

    def known(self, token: str) -> tuple[str, frozenset[Role], tuple[str, ...]] | None:
        """Return name, roles and offices of a token, None for one that is void. Raises StoreAway."""


class ApiAccounts:
    """The accounts of an installation, and besides them every token that holds; good for a second once looked up."""

    def __init__(self, others: Accounts, tokens: ApiTokens) -> None:
        self._others, self._tokens = others, tokens
        self._known = Fresh(self._look)

    def who(self, token: str) -> Account | None:
        """Return whose token this is. Raises StoreAway."""
        return self._known(token) if token.startswith(PREFIX) else self._others.who(token)

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Ask the others: a program does not sign. Raises StoreAway."""
        return self._others.signing(station)

    def begins(self, token: str) -> bool:
        """Ask the others: no session is opened with a token of a program."""
        return self._others.begins(token)

    def _look(self, token: str) -> Account | None:
        found = self._tokens.known(token)
        if found is None:
            return None
        name, roles, offices = found
        return Account(f"token/{name}", roles=roles, offices=offices)
