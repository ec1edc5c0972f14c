"""What a station's account may do at the broker: the one truth, as data."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from consumers.registry import Station
from ektp.broker.topology import EVENTS, FEEDBACK, TERMINAL
from schemas.roles import SAYS, Role

NOTHING: Final = "^$"
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
    user = {
        "name": name,
        "password_hash": password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
        "limits": dict(LIMITS),
    }
    binding = {"source": FEEDBACK, "vhost": vhost, "destination": queue, "destination_type": "queue"}
    return {
        "users": [user],
        "topic_permissions": [{**whose, **topic_permission(name, station.role)}],
        "permissions": [{**whose, **permissions(name)}],
        "queues": [
            {
                "name": queue,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": dict(FEEDBACK_ARGUMENTS),
            }
        ],
        "bindings": [{**binding, "routing_key": feedback_key(name), "arguments": {}}],
    }


def password_hash(password: str) -> str:
    """Return a password as RabbitMQ keeps it: base64 of four bytes of salt and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return b64encode(salt + sha256(salt + password.encode()).digest()).decode()


def only(name: str) -> str:
    """Return the pattern of this one name."""
    return f"^{name.replace('.', chr(92) + '.')}$"
