"""Accounts at RabbitMQ, one for each station: made, renewed, ended, and looked over."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from consumers.registry import Station
from ektp.broker import station_rights as rights
from ektp.broker.errors import NotOurs
from ektp.broker.management import Management
from ektp.broker.topology import FEEDBACK

_PASSWORD_BYTES: Final = 32
_FORGES: Final = "impersonator"  #: The tag with which an account may send in the name of any other.


class StationAccounts:
    """The accounts of one virtual host. What each method raises: ManagementAway, ManagementRefused."""

    def __init__(self, management: Management) -> None:
        self._management = management

    def add(self, station: Station, *, known: bool = False) -> str:
        """Make the account and return its password; one that is there loses the one before and its connections.

        Raises NotOurs where the broker has a user of this name for something else; for a `known` station only what
        may not be a station's counts as that.
        """
        name, ask = station.name, self._management.ask
        self._refuse_others(name, known=known)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        ask("PUT", "users", name, body={"password": password, "tags": ""})
        # A user without a topic permission may write under any key, so it comes before the permission to write.
        self._put("topic-permissions", name, rights.topic_permission(name, station.role))
        self._put("permissions", name, rights.permissions(name))
        for limit, value in rights.LIMITS.items():
            ask("PUT", "user-limits", name, limit, body={"value": value})
        self._declare_feedback(name)
        self._close_connections(name)
        return password

    def revoke(self, name: str) -> None:
        """End the account: its rights, its password, its open connections, itself. Nothing happens where there is none.

        An open channel goes on publishing whatever happens to its account, so the connections are closed by hand.
        """
        ask = self._management.ask
        if ask("GET", "users", name) is None:
            return
        self._put("permissions", name, dict.fromkeys(("configure", "write", "read"), rights.NOTHING))
        ask("PUT", "users", name, body={"password": secrets.token_urlsafe(_PASSWORD_BYTES), "tags": ""})
        self._close_connections(name)
        ask("DELETE", "users", name)
        self._close_connections(name)  # of one that came in while its password was being changed
        ask("DELETE", "queues", self._management.vhost, rights.feedback_queue(name))

    def faults(self, stations: Collection[Station]) -> Iterator[str]:
        """Yield what is wrong with the accounts, a sentence each; a station without an account sends over HTTP."""
        ask = self._management.ask
        users = {user["name"]: _tags(user) for user in ask("GET", "users") or []}
        yield from (f"{name} is an {_FORGES}: it can send as any station" for name in users if _FORGES in users[name])
        granted, topics = _by_user(ask("GET", "permissions")), _by_user(ask("GET", "topic-permissions"))
        for station in sorted(stations):
            if station.name not in users:
                continue
            if station.revoked:
                yield f"{station.name} was revoked and still has an account"
                continue
            yield from self._faults_of(station, users[station.name], granted, topics)

    def _faults_of(self, station: Station, tags: set[str], granted: "Rows", topics: "Rows") -> Iterator[str]:
        name, vhost = station.name, self._management.vhost
        if tags:
            yield f"{name} has the tags {', '.join(sorted(tags))}"
        if any(row["vhost"] != vhost for row in granted.get(name, ())):
            yield f"{name} has permissions in another virtual host"
        own = [row for row in granted.get(name, ()) if row["vhost"] == vhost]
        if not _same(own, rights.permissions(name)):
            yield f"{name} has other permissions than a station"
        own = [row for row in topics.get(name, ()) if row["vhost"] == vhost]
        if not own:
            yield f"{name} has no topic permission: it may write under any key"
        elif not _same(own, rights.topic_permission(name, station.role)):
            yield f"{name} has another topic permission than its role"

    def _refuse_others(self, name: str, *, known: bool) -> None:
        """Raise NotOurs unless the name is free, or its user can be nothing but a station's."""
        management = self._management
        if name == management.user:
            raise NotOurs(name, "which the pipeline itself uses")
        user = management.ask("GET", "users", name)
        if user is None:
            return
        if _tags(user):
            raise NotOurs(name, "with tags that no station has")
        granted = management.ask("GET", "users", name, "permissions") or []
        if any(row["vhost"] != management.vhost for row in granted):
            raise NotOurs(name, "with permissions in another virtual host")
        if granted and not known and not _same(granted, rights.permissions(name)):
            raise NotOurs(name, "with other permissions than a station")

    def _put(self, kind: str, name: str, granted: Mapping[str, str]) -> None:
        self._management.ask("PUT", kind, self._management.vhost, name, body=granted)

    def _declare_feedback(self, name: str) -> None:
        ask, vhost, queue = self._management.ask, self._management.vhost, rights.feedback_queue(name)
        ask("PUT", "queues", vhost, queue, body={"durable": True, "arguments": dict(rights.FEEDBACK_ARGUMENTS)})
        binding = {"routing_key": rights.feedback_key(name), "arguments": {}}
        ask("POST", "bindings", vhost, "e", FEEDBACK, "q", queue, body=binding)

    def _close_connections(self, name: str) -> None:
        self._management.ask("DELETE", "connections", "username", name)


Rows = Mapping[str, list[dict[str, Any]]]


def _by_user(rows: list[dict[str, Any]] | None) -> Rows:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows or []:
        found.setdefault(row["user"], []).append(row)
    return found


def _same(rows: list[dict[str, Any]], wanted: Mapping[str, str]) -> bool:
    return len(rows) == 1 and all(rows[0].get(name) == value for name, value in wanted.items())


def _tags(user: Mapping[str, Any]) -> set[str]:
    """Return a user's tags, which one release lists and another separates by commas."""
    tags = user.get("tags") or []
    listed = tags.split(",") if isinstance(tags, str) else tags
    return {str(tag).strip() for tag in listed} - {""}
