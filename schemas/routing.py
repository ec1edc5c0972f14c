"""The routing key of an event: <event>.<station>, with .late for a backlog."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.values import is_station

_KEY: Final = re.compile(r"([a-z][a-z-]{0,63})\.([a-z0-9_]{3,32})(\.late)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class EventKey:
    """What a routing key says: which event, from which station, and whether it is an old one."""

    event: str
    station: str
    late: bool = False

    def __str__(self) -> str:
        return f"{self.event}.{self.station}{'.late' if self.late else ''}"


# The same stations send the same few events all day.
@lru_cache(maxsize=4096)
def read_key(key: str) -> EventKey:
    """Read a routing key; raise Refused (key-not-understood)."""
    match = _KEY.fullmatch(key)
    if match is None or not is_station(match[2]):
        raise Refused(Reason.KEY_NOT_UNDERSTOOD, "the key must be <event>.<station> or <event>.<station>.late")
    return EventKey(match[1], match[2], late=match[3] is not None)
