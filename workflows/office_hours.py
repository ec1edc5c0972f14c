"""What an office's calendar is made of: hours of a day, days on which it is closed, weeks with hours of their own."""

from dataclasses import dataclass
from datetime import date, time
from typing import Final, Literal

ClosureKind = Literal["public", "cuti-bersama", "local"]
EVERY_DAY: Final = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when an office is open on one day, by its own clock. Raises ValueError if it never is."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"an office that opens at {self.opens:%H:%M} cannot close at {self.closes:%H:%M}")


@dataclass(frozen=True, slots=True)
class Closure:
    """A day on which offices are closed; known from `announced` on (None: since ever), until it is `revoked`."""

    day: date
    name: str
    kind: ClosureKind
    announced: date | None = None
    revoked: date | None = None

    def is_known(self, at: date) -> bool:
        """Tell whether the day was expected to be closed on the day *at*."""
        return (self.announced is None or self.announced <= at) and (self.revoked is None or self.revoked > at)


@dataclass(frozen=True, slots=True)
class Campaign:
    """Weeks in which an office keeps other hours than usual, perhaps to record a number of residents.

    On the weekdays that it leaves out the usual week holds.
    """

    name: str
    first: date
    last: date
    hours: Hours
    weekdays: frozenset[int] = EVERY_DAY  #: 0 is Monday.
    target: int | None = None  #: Residents to record.
    closed_by: frozenset[ClosureKind] = frozenset({"local"})  #: It works through any other closure.

    def covers(self, day: date) -> bool:
        """Tell whether the campaign gives this day its hours."""
        return self.first <= day <= self.last and day.weekday() in self.weekdays
