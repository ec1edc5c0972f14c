"""Whose turn it is: of each office only so many deadlines pass in one minute, so that no error becomes a flood."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

MINUTE: Final = timedelta(minutes=1)
MOST: Final = 600  #: Deadlines of an office in one minute, where nothing else is set.


class Turns(NamedTuple):
    """What of an office has had its turn in `minute`, and the last minute that is promised to those who wait."""

    minute: datetime
    used: int
    last: datetime
    filled: int


def minute_of(moment: datetime) -> datetime:
    """Return the minute in which a moment lies."""
    return moment.replace(second=0, microsecond=0)


def give_turns(known: Turns, minute: datetime, wanted: int, most: int) -> tuple[Turns, list[datetime]]:
    """Return the minute of each of so many that are due, in order, and what is known then.

    Those for whom there is room have it now, the others in the first later minute that nobody else was given.
    """
    used = known.used if known.minute == minute else 0
    last, filled = minute + MINUTE, 0
    if known.last >= last:
        last, filled = known.last, known.filled
    now = min(wanted, max(most - used, 0))
    given = [minute] * now
    for _ in range(wanted - now):
        if filled >= most:
            last, filled = last + MINUTE, 0
        filled += 1
        given.append(last)
    return Turns(minute, used + now, last, filled), given
