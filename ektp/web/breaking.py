"""What may be broken where the outside world is a simulated city, and what is known of what was: a port of the web."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class Kind(StrEnum):
    """What can be broken."""

    CONSUMER = "consumer"  #: The intake dies between its commit and its acknowledgement.
    CENTRE = "centre"  #: The data centre says nothing for some working days.
    BLANKO = "blanko"  #: The stock is gone, and no delivery comes for some working days.
    DUPLICATES = "duplicates"  #: Everything of the last day comes again, thousands of times.
    STATION = "station"  #: A station records and sends nothing for a week, and then everything.


class Trace(NamedTuple):
    """Something that followed: what it is, its name, when, after how many working days, and where it can be seen."""

    by: str  #: alert, deadline, letter, event, station, message, supervisor, intake
    name: str
    at: str  #: RFC 3339, by the city's clock.
    days: float
    link: str


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that was broken, as the city and the store know it."""

    kind: Kind
    by: str
    since: str | None  #: RFC 3339, by the city's clock; None while it is to begin with the next hour.
    did: Mapping[str, int | str]  #: The figures of what it did, by name.
    said: int  #: Events that the city has said since.
    under_way: int  #: Of those: said in this hour, and not yet in the store.
    lost: int  #: Of those: said before, and not in the store.
    noticed: Trace | None
    remedy: Trace | None
    over: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that was broken, the newest first, and what is true of the store as a whole."""

    alive: bool  #: Whether the city lives: without it there is nothing to break.
    now: str  #: RFC 3339, by the city's clock.
    day: int  #: The working day, the first being 1.
    checked: int  #: Things looked at for what is there twice, or went missing from the ledger.
    double: int  #: Of those: how many are.
    broken: Sequence[Broken]


class Breaking(Protocol):
    """The city, as somebody who breaks it sees it."""

    @property
    def office(self) -> str:
        """The regency that is simulated."""

    def may_start(self, kind: Kind) -> bool:
        """Tell whether the city lives and nothing of this kind is broken just now."""

    def start(self, kind: Kind, by: str) -> None:
        """Break something with the next hour; nothing where it may not be."""

    def told(self) -> Truth:
        """Return what is known now. Raises StoreAway."""
