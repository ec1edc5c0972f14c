"""What a station's account may do at the broker: the one truth, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from consumers.registry import Station
from ektp.broker.topology import EVENTS, FEEDBACK, TERMINAL
from ektp.broker.users import NOTHING, only, queue_definition, user_definition
from schemas.roles import SAYS, Role

LIMITS: Final[Mapping[str, int]] = MappingProxyType({"max-connections": 8, "max-channels": 32})
#: What a station has not read of its feedback is kept up to so many words; then the oldest give way.
FEEDBACK_ARGUMENTS: Final[Mapping[str, str | int]] = MappingProxyType({**TERMINAL, "x-max-length": 10_000})


def feedback_queue(name: str) -> str:
    """Return the queue in which a station finds what became of its events."""
    return f"{FEEDBACK}.{name}"


def feedback_key(name: str) -> str:
    """Return the key by which they come there."""
    return f"*.{name}"


def permissions(name: str) -> dict[str, str]:
    """Return what it may configure, write and read; a name has no letter that means something in a pattern."""
    return {"configure": NOTHING, "write": only(EVENTS), "read": only(feedback_queue(name))}


def topic_permission(name: str, role: Role) -> dict[str, str]:
    """Return under which keys it may write: the events of its role and its own name, live or late."""
    events = "|".join(sorted(SAYS[role]))
    return {"exchange": EVENTS, "write": rf"^({events})\.{name}(\.late)?\z", "read": NOTHING}


def definitions(station: Station, password: str, vhost: str) -> dict[str, Any]:
    """Return the account as RabbitMQ imports it, where there is no management interface to ask."""
    name, queue = station.name, feedback_queue(station.name)
    whose = {"user": name, "vhost": vhost}
    binding = {"source": FEEDBACK, "vhost": vhost, "destination": queue, "destination_type": "queue"}
    return {
        "users": [user_definition(name, password, LIMITS)],
        "topic_permissions": [{**whose, **topic_permission(name, station.role)}],
        "permissions": [{**whose, **permissions(name)}],
        "queues": [queue_definition(queue, vhost, FEEDBACK_ARGUMENTS)],
        "bindings": [{**binding, "routing_key": feedback_key(name), "arguments": {}}],
    }
