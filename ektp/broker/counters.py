"""What a broker has counted of our queues since it began: two looks make a rate."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ektp.broker.errors import ManagementAway, ManagementRefused
from ektp.broker.management import Management
from ektp.broker.topology import QUEUES


class Counters(NamedTuple):
    """How many messages came into a queue, how many were settled, and how many were delivered again."""

    came: int
    went: int
    again: int


def counters_told(management: Management) -> Mapping[str, Counters]:
    """Return the counters of those of our queues of which RabbitMQ tells any; nothing where it cannot be asked."""
    found = {}
    try:
        for queue in QUEUES:
            told = management.ask("GET", "queues", management.vhost, queue.name)
            if (counters := _counters(told)) is not None:
                found[queue.name] = counters
    except (ManagementAway, ManagementRefused):
        return {}
    return found


def _counters(told: Any) -> Counters | None:  # noqa: ANN401 - a server answers any JSON
    """Return what is told of a queue; of one that holds something and tells nothing it is not known."""
    if not isinstance(told, dict) or (not told.get("message_stats") and told.get("messages")):
        return None
    stats = told.get("message_stats") or {}
    went = sum(int(stats.get(name, 0)) for name in ("ack", "deliver_no_ack", "get_no_ack"))
    return Counters(int(stats.get("publish", 0)), went, int(stats.get("redeliver", 0)))
