"""Accounts and queues of subscribers at RabbitMQ: made, paused, mended, ended, and looked at."""

from collections.abc import Iterator
from typing import Any

from ektp.broker import subscriber_rights as rights
from ektp.broker.management import Management
from ektp.broker.topology import NOTICES
from ektp.broker.users import Users, tags_of
from workflows.following import Follower
from workflows.subscriptions import Subscription, compared


class SubscriberAccounts:
    """Those of one virtual host. What each method raises: ManagementAway, ManagementRefused."""

    def __init__(self, management: Management) -> None:
        self._management = management
        self._users = Users(management, "subscriber")

    def add(self, wanted: Subscription, *, known: bool = False, paused: bool = False) -> str:
        """Make account, queue and bindings, and return the password; one that is there loses the one before.

        Raises NotOurs where the broker has a user of this name for something else; of a `known` one only what can be
        no subscriber's counts as that.
        """
        name = wanted.name
        password = self._users.make(name, rights.permissions(name), rights.LIMITS, known=known)
        self.mend(wanted, paused=paused)
        self._users.hang_up(name)
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
        self._users.permit(wanted.name, rights.permissions(wanted.name, paused=paused))

    def pause(self, name: str) -> None:
        """Take the right to read away and close the connections; the queue goes on filling."""
        self._users.permit(name, rights.permissions(name, paused=True))
        self._users.hang_up(name)

    def resume(self, name: str) -> None:
        """Give the right to read back."""
        self._users.permit(name, rights.permissions(name, paused=False))

    def remove(self, name: str) -> None:
        """End account and queue, with all that is in it. Nothing happens where there is none."""
        ask = self._management.ask
        if ask("GET", "users", name) is not None:
            self.pause(name)
            ask("DELETE", "users", name)
            self._users.hang_up(name)
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
        if tags_of(user):
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
