"""Accounts and queues of subscribers at RabbitMQ: made, paused, mended, ended, and looked at."""

import secrets
from collections.abc import Iterator
from typing import Any, Final

from ektp.broker import subscriber_rights as rights
from ektp.broker.errors import NotOurs
from ektp.broker.management import Management
from ektp.broker.topology import NOTICES
from workflows.following import Follower
from workflows.subscriptions import Subscription, compared

_PASSWORD_BYTES: Final = 32


class SubscriberAccounts:
    """Those of one virtual host. What each method raises: ManagementAway, ManagementRefused."""

    def __init__(self, management: Management) -> None:
        self._management = management

    def add(self, wanted: Subscription, *, known: bool = False, paused: bool = False) -> str:
        """Make account, queue and bindings, and return the password; one that is there loses the one before.

        Raises NotOurs where the broker has a user of this name for something else; of a `known` one only what can be
        no subscriber's counts as that.
        """
        name = wanted.name
        self._refuse_others(name, known=known)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        self._management.ask("PUT", "users", name, body={"password": password, "tags": ""})
        for limit, value in rights.LIMITS.items():
            self._management.ask("PUT", "user-limits", name, limit, body={"value": value})
        self.mend(wanted, paused=paused)
        self._close_connections(name)
        return password

    def mend(self, wanted: Subscription, *, paused: bool) -> None:
        """Declare the queue, bind it as registered and not otherwise, and give the account its rights."""
        ask, vhost, queue = self._management.ask, self._management.vhost, rights.subscriber_queue(wanted.name)
        ask("PUT", "queues", vhost, queue, body={"durable": True, "arguments": dict(rights.QUEUE_ARGUMENTS)})
        found = self._bindings(queue)
        bound = compared(wanted, NOTICES, [(one["source"], one["routing_key"]) for one in found])
        for key in bound.missing:
            ask("POST", "bindings", vhost, "e", NOTICES, "q", queue, body={"routing_key": key, "arguments": {}})
        for one in found:
            if (one["source"], one["routing_key"]) in bound.foreign:
                ask("DELETE", "bindings", vhost, "e", one["source"], "q", queue, one["properties_key"])
        self._permit(wanted.name, paused=paused)

    def pause(self, name: str) -> None:
        """Take the right to read away and close the connections; the queue goes on filling."""
        self._permit(name, paused=True)
        self._close_connections(name)

    def resume(self, name: str) -> None:
        """Give the right to read back."""
        self._permit(name, paused=False)

    def remove(self, name: str) -> None:
        """End account and queue, with all that is in it. Nothing happens where there is none."""
        ask = self._management.ask
        if ask("GET", "users", name) is not None:
            self.pause(name)
            ask("DELETE", "users", name)
            self._close_connections(name)
        ask("DELETE", "queues", self._management.vhost, rights.subscriber_queue(name))

    def look(self, wanted: Subscription, *, paused: bool) -> Follower:
        """Return how one is at the broker; the counts may be some seconds old."""
        told = self._management.ask("GET", "queues", self._management.vhost, rights.subscriber_queue(wanted.name))
        faults = tuple(self._faults(wanted.name, told, paused=paused))
        if told is None:
            return Follower(wanted.name, paused, faults=faults)
        found = self._bindings(rights.subscriber_queue(wanted.name))
        rate = told.get("message_stats", {}).get("ack_details", {}).get("rate")
        return Follower(
            wanted.name,
            paused,
            lag=told.get("messages"),
            rate=rate,
            readers=told.get("consumers"),
            bound=compared(wanted, NOTICES, [(one["source"], one["routing_key"]) for one in found]),
            faults=faults,
        )

    def _faults(self, name: str, queue: Any, *, paused: bool) -> Iterator[str]:  # noqa: ANN401 - any JSON
        if queue is None:
            yield f"queue {rights.subscriber_queue(name)} is missing"
        elif any(queue["arguments"].get(key) != value for key, value in rights.QUEUE_ARGUMENTS.items()):
            yield f"queue {rights.subscriber_queue(name)} has other arguments"
        user = self._management.ask("GET", "users", name)
        if user is None:
            yield f"account {name} is missing"
            return
        if user.get("tags"):
            yield f"account {name} has tags"
        granted = self._management.ask("GET", "users", name, "permissions") or []
        own = [row for row in granted if row["vhost"] == self._management.vhost]
        if len(own) != len(granted):
            yield f"account {name} has rights in another virtual host"
        if not own or any(own[0][key] != value for key, value in rights.permissions(name, paused=paused).items()):
            yield f"account {name} has other rights"

    def _bindings(self, queue: str) -> list[dict[str, Any]]:
        """Return the bindings of a queue, without the one that every queue has to the default exchange."""
        found = self._management.ask("GET", "queues", self._management.vhost, queue, "bindings") or []
        return [one for one in found if one["source"]]

    def _refuse_others(self, name: str, *, known: bool) -> None:
        management = self._management
        if name == management.user:
            raise NotOurs(name, "which the pipeline itself uses")
        user = management.ask("GET", "users", name)
        if user is None:
            return
        if user.get("tags"):
            raise NotOurs(name, "with tags that no subscriber has")
        granted = management.ask("GET", "users", name, "permissions") or []
        if any(row["vhost"] != management.vhost for row in granted):
            raise NotOurs(name, "with permissions in another virtual host")
        usual = rights.permissions(name)
        if not known and any(row[key] != value for row in granted for key, value in usual.items()):
            raise NotOurs(name, "with other permissions than a subscriber")

    def _permit(self, name: str, *, paused: bool) -> None:
        self._management.ask(
            "PUT", "permissions", self._management.vhost, name, body=rights.permissions(name, paused=paused)
        )

    def _close_connections(self, name: str) -> None:
        self._management.ask("DELETE", "connections", "username", name)
