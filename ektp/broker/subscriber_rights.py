"""What a subscriber's account may do at the broker, and how its queue is made: the one truth, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ektp.broker.station_rights import NOTHING, only, password_hash
from ektp.broker.topology import NOTICES, TERMINAL
from workflows.subscriptions import Subscription

LIMITS: Final[Mapping[str, int]] = MappingProxyType({"max-connections": 4, "max-channels": 8})
#: One reader at a time keeps the order; a second one waits to take over.
QUEUE_ARGUMENTS: Final[Mapping[str, str | int | bool]] = MappingProxyType(
    {**TERMINAL, "x-single-active-consumer": True}
)
_PREFIX: Final = "ektp.subscribers."


def subscriber_queue(name: str) -> str:
    """Return the queue from which a subscriber reads."""
    return f"{_PREFIX}{name}"


def permissions(name: str, *, paused: bool = False) -> dict[str, str]:
    """Return what it may configure, write and read: nothing but its own queue, and not that while it is paused."""
    return {"configure": NOTHING, "write": NOTHING, "read": NOTHING if paused else only(subscriber_queue(name))}


def definitions(wanted: Subscription, password: str, vhost: str, *, paused: bool = False) -> dict[str, Any]:
    """Return account, queue and bindings as RabbitMQ imports them, where there is no management interface to ask."""
    name, queue = wanted.name, subscriber_queue(wanted.name)
    user = {
        "name": name,
        "password_hash": password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
        "limits": dict(LIMITS),
    }
    made = {"name": queue, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": dict(QUEUE_ARGUMENTS)}
    binding = {"source": NOTICES, "vhost": vhost, "destination": queue, "destination_type": "queue"}
    return {
        "users": [user],
        "permissions": [{"user": name, "vhost": vhost, **permissions(name, paused=paused)}],
        "queues": [made],
        "bindings": [{**binding, "routing_key": key, "arguments": {}} for key in sorted(wanted.keys)],
    }
