"""What goes from the spool to the centre and what comes back, whichever way it takes."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

LATE: Final = 600.0  # seconds after which an event is no longer news
_SET: Final = 60.0  # seconds that a clock may be set back without anybody having been wrong


class Entry(NamedTuple):
    """One event to be spooled; times in seconds since 1970, `day` its date at the office."""

    id: str
    name: str
    occurred: float
    day: str
    body: bytes
    sequence: int


class Parcel(NamedTuple):
    """One spooled event on its way; times in seconds since 1970."""

    number: int
    id: str
    name: str
    occurred: float
    spooled: float
    body: bytes

    def is_late(self, now: float) -> bool:
        """Tell whether it is a backlog: old, or spooled by a clock that was wrong, so that nobody knows how old."""
        return now - self.occurred > LATE or self.spooled > now + _SET


class Said(StrEnum):
    """What the centre said about one event."""

    CONFIRMED = "confirmed"  #: It has it.
    RETURNED = "returned"  #: No queue wanted it.
    REFUSED = "refused"  #: It may not be said by this account, or not like this.
    NOT_NOW = "not-now"  #: It is to be sent again later.
    UNKNOWN = "unknown"  #: Nothing; it may have arrived and is to be sent again.
    DAMAGED = "damaged"  #: Nothing, for it cannot be read back from this spool.


class Word(NamedTuple):
    """Something that the centre tells about an earlier event or a day; `data` is what it says."""

    id: str
    kind: str
    at: str
    data: Mapping[str, Any]


class Carried(NamedTuple):
    """What became of each, by id; `trouble` says why not all of them were taken, `pause` for how long to wait.

    `skew` is by how many seconds this clock is ahead of the centre's, where the way can tell.
    """

    said: Mapping[str, Said]
    trouble: str = ""
    pause: float = 0.0
    words: Sequence[Word] = ()
    skew: float | None = None


class Way(Protocol):
    """A way to the centre."""

    largest: int  #: how many it takes at once

    def carry(self, parcels: Sequence[Parcel], unsent: int) -> Carried:
        """Carry them, in this order; so many are unsent in all. Raises CentreAway."""

    def words(self, most: int) -> Sequence[Word]:
        """Return what the centre has to say, up to so many; again until `heard`. Raises CentreAway."""

    def heard(self) -> None:
        """Say that what `words` returned last is kept. Raises CentreAway."""
