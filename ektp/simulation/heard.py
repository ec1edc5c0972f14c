"""A notice or a request as it reached somebody in the city."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.requests import REQUESTS


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told or asked about one application; `sequence` counts each kind by application."""

    name: str
    subject: str
    sequence: int
    data: Mapping[str, Any]

    @property
    def order(self) -> tuple[str, bool, int, str]:
        """Where it stands among others, in whatever order they came."""
        return self.subject, self.name in REQUESTS, self.sequence, self.name


Ear = Callable[[Heard], None]


class Agent(Protocol):
    """Somebody in the city who hears."""

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What it does on hearing, by the name of the notice or request."""


def in_order(letters: Iterable[Mapping[str, Any]]) -> list[Heard]:
    """Read notices and requests and sort them by application, exchange and sequence."""
    return sorted(map(_heard, letters), key=lambda one: one.order)


def _heard(letter: Mapping[str, Any]) -> Heard:
    name = letter["type"].split(".")[2]
    return Heard(name, letter["subject"], int(letter.get("sequence", 0)), letter["data"])
