"""What a subscriber's account may do at the broker, and how its queue is made: the one truth, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ektp.broker.topology import NOTICES, TERMINAL
from ektp.broker.users import NOTHING, only, queue_definition, user_definition
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
    binding = {"source": NOTICES, "vhost": vhost, "destination": queue, "destination_type": "queue"}
    return {
        "users": [user_definition(name, password, LIMITS)],
        "permissions": [{"user": name, "vhost": vhost, **permissions(name, paused=paused)}],
        "queues": [queue_definition(queue, vhost, QUEUE_ARGUMENTS)],
        "bindings": [{**binding, "routing_key": key, "arguments": {}} for key in sorted(wanted.keys)],
    }
