"""Accounts at RabbitMQ, one for each station: made, renewed, ended, and looked over."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from consumers.registry import Station
from ektp.broker import station_rights as rights
from ektp.broker.management import Management
from ektp.broker.topology import FEEDBACK
from ektp.broker.users import NOTHING, Users, just, tags_of

_FORGES: Final = "impersonator"  #: The tag with which an account may send in the name of any other.


class StationAccounts:
    """The accounts of one virtual host. What each method raises: ManagementAway, ManagementRefused."""

    def __init__(self, management: Management) -> None:
        self._management = management
        self._users = Users(management, "station")

    def add(self, station: Station, *, known: bool = False) -> str:
        """Make the account and return its password; one that is there loses the one before and its connections.

        Raises NotOurs where the broker has a user of this name for something else; for a `known` station only what
        may not be a station's counts as that.
        """
        name = station.name
        password = self._users.make(name, rights.permissions(name), rights.LIMITS, known=known)
        # A user without a topic permission may write under any key, so it comes before the permission to write.
        self._users.permit(name, rights.topic_permission(name, station.role), "topic-permissions")
        self._users.permit(name, rights.permissions(name))
        self._declare_feedback(name)
        self._users.hang_up(name)
        return password

    def revoke(self, name: str) -> None:
        """End the account: rights, password, open connections, itself. Nothing happens where there is none."""
        ask = self._management.ask
        if ask("GET", "users", name) is None:
            return
        self._users.permit(name, dict.fromkeys(("configure", "write", "read"), NOTHING))
        self._users.shut_out(name)
        ask("DELETE", "users", name)
        self._users.hang_up(name)  # of one that came in while its password was being changed
        ask("DELETE", "queues", self._management.vhost, rights.feedback_queue(name))

    def faults(self, stations: Collection[Station]) -> Iterator[str]:
        """Yield what is wrong with the accounts, a sentence each; a station without an account sends over HTTP."""
        ask = self._management.ask
        users = {user["name"]: tags_of(user) for user in ask("GET", "users") or []}
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
        if not just(own, rights.permissions(name)):
            yield f"{name} has other permissions than a station"
        own = [row for row in topics.get(name, ()) if row["vhost"] == vhost]
        if not own:
            yield f"{name} has no topic permission: it may write under any key"
        elif not just(own, rights.topic_permission(name, station.role)):
            yield f"{name} has another topic permission than its role"

    def _declare_feedback(self, name: str) -> None:
        ask, vhost, queue = self._management.ask, self._management.vhost, rights.feedback_queue(name)
        ask("PUT", "queues", vhost, queue, body={"durable": True, "arguments": dict(rights.FEEDBACK_ARGUMENTS)})
        binding = {"routing_key": rights.feedback_key(name), "arguments": {}}
        ask("POST", "bindings", vhost, "e", FEEDBACK, "q", queue, body=binding)


Rows = Mapping[str, list[dict[str, Any]]]


def _by_user(rows: list[dict[str, Any]] | None) -> Rows:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows or []:
        found.setdefault(row["user"], []).append(row)
    return found
