"""The broker's users that are made for somebody outside: what all have in common, whatever each may do."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from ektp.broker.errors import NotOurs
from ektp.broker.management import Management

NOTHING: Final = "^$"  #: The pattern of no name.
_PASSWORD_BYTES: Final = 32


class Users:
    """Those of one virtual host, `what` each of them is. What each method raises: ManagementAway, ManagementRefused."""

    def __init__(self, management: Management, what: str) -> None:
        self._management = management
        self._what = what

    def make(self, name: str, usual: Mapping[str, str], limits: Mapping[str, int], *, known: bool) -> str:
        """Make a user with a new password and return it; it may nothing yet, unless it was there before.

        Raises NotOurs where the broker has a user of this name for something else: with other than the *usual*
        permissions, for a `known` one only with what none of ours has.
        """
        self._refuse_others(name, usual, known=known)
        password = self._renew(name)
        for limit, value in limits.items():
            self._management.ask("PUT", "user-limits", name, limit, body={"value": value})
        return password

    def shut_out(self, name: str) -> None:
        """Let it in no more, and close its connections."""
        self._renew(name)
        self.hang_up(name)

    def permit(self, name: str, granted: Mapping[str, str], kind: str = "permissions") -> None:
        """Give it these rights in place of those it has."""
        self._management.ask("PUT", kind, self._management.vhost, name, body=granted)

    def hang_up(self, name: str) -> None:
        """Close its connections: an open channel goes on whatever happens to its user."""
        self._management.ask("DELETE", "connections", "username", name)

    def _renew(self, name: str) -> str:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        self._management.ask("PUT", "users", name, body={"password": password, "tags": ""})
        return password

    def _refuse_others(self, name: str, usual: Mapping[str, str], *, known: bool) -> None:
        management = self._management
        if name == management.user:
            raise NotOurs(name, "which the pipeline itself uses")
        user = management.ask("GET", "users", name)
        if user is None:
            return
        if tags_of(user):
            raise NotOurs(name, f"with tags that no {self._what} has")
        granted = management.ask("GET", "users", name, "permissions") or []
        if any(row["vhost"] != management.vhost for row in granted):
            raise NotOurs(name, "with permissions in another virtual host")
        if granted and not known and not just(granted, usual):
            raise NotOurs(name, f"with other permissions than a {self._what}")


def user_definition(name: str, password: str, limits: Mapping[str, int]) -> dict[str, Any]:
    """Return a user as RabbitMQ imports it, where there is no management interface to ask."""
    return {
        "name": name,
        "password_hash": _password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
        "limits": dict(limits),
    }


def queue_definition(name: str, vhost: str, arguments: Mapping[str, str | int | bool]) -> dict[str, Any]:
    """Return a durable queue as RabbitMQ imports it."""
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def only(name: str) -> str:
    """Return the pattern of this one name."""
    return f"^{name.replace('.', chr(92) + '.')}$"


def just(rows: list[dict[str, Any]], wanted: Mapping[str, str]) -> bool:
    """Tell whether what was granted is this and nothing more."""
    return len(rows) == 1 and all(rows[0].get(name) == value for name, value in wanted.items())


def tags_of(user: Mapping[str, Any]) -> set[str]:
    """Return a user's tags, which one release lists and another separates by commas."""
    tags = user.get("tags") or []
    listed = tags.split(",") if isinstance(tags, str) else tags
    return {str(tag).strip() for tag in listed} - {""}


def _password_hash(password: str) -> str:
    """Return a password as RabbitMQ keeps it: base64 of four bytes of salt and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return b64encode(salt + sha256(salt + password.encode()).digest()).decode()
