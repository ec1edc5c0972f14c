"""Waiting for the seventeenth birthday: nobody's time, and the deadlines of what comes then begin on that day."""

from datetime import date, datetime
from typing import Final, Protocol

from workflows.card_issuance import Party

AGE: Final = "age"  #: The declared stop of who is too young for a card.


class Days(Protocol):
    """What is asked of an office's calendar."""

    def midnight(self, day: date) -> datetime:
        """Return the moment at which a day begins at the office."""

    def mark(self, moment: datetime) -> int:
        """Return the working-time coordinate of a moment, in millionths of a working day."""


def begins(calendar: Days, since: datetime, of_age: date | None) -> datetime:
    """Return when the patience with somebody's wait begins: *since* then, or on the day on which a card may be had."""
    return since if of_age is None else max(since, calendar.midnight(of_age))


def parted(calendar: Days, moment: datetime, elapsed: int, of_age: date | None) -> tuple[tuple[Party, int], ...]:
    """Return whose was the working time since *moment* in which no blanko came: nobody's before the birthday."""
    if of_age is None:
        return ((Party.WAREHOUSE, elapsed),)
    young = min(max(calendar.mark(calendar.midnight(of_age)) - calendar.mark(moment), 0), elapsed)
    return tuple((party, gone) for party, gone in ((Party.NOBODY, young), (Party.WAREHOUSE, elapsed - young)) if gone)
