"""What is counted of each day of an office: what came in, was finished, failed, how many wait, and for how long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from workflows.card_issuance import END_STATES, State
from workflows.working_time import working_days

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from datetime import datetime

    from consumers.books import Application
    from workflows.timekeeping import Timekeeping

DAY: Final = "day"  #: The kind of the counts; a key is the date there and what is counted, with a blank between.
OPEN: Final = "open"  #: How many more are open at the end of the day than before it.
QUEUE: Final = "queue"  #: How many more wait for a blanko at the end of the day than before it.
IN: Final = "in"  #: Recorded for the first time.
KEPT, MISSED = "kept", "missed"  #: First prints within what was promised, or later.
TOOK: Final = "took-"  #: First prints on the so-and-so-many-th working day after the recording.
LONGEST: Final = 99  #: Working days that are told apart.
#: Events that are counted where they are applied, by what a report calls them.
OF_EVENTS: Final = {"data-verified": "verified", "verification-failed": "failed", "printed": "printed"}
Where = tuple[str, State]


def moved(name: str, before: Where, after: Where) -> Iterator[tuple[str, str, int]]:
    """Yield office, what, and by how much it grows, for an event that made *after* (office and state) of *before*."""
    (left, was), (office, state) = before, after
    if before != after:
        if _is_open(was):
            yield left, OPEN, -1
        if _is_open(state):
            yield office, OPEN, 1
        if was is State.VERIFIED:
            yield left, QUEUE, -1
        if state is State.VERIFIED:
            yield office, QUEUE, 1
    if was is State.NEW:
        yield office, IN, 1
    if name in OF_EVENTS:
        yield office, OF_EVENTS[name], 1
    if state is not was and state in END_STATES:
        yield office, state.value, 1


class Clearance:
    """Counts what one transaction does, on the date that it is at each office."""

    def __init__(self, tallies: Counter[tuple[str, str, str]], keeping: Timekeeping, now: datetime) -> None:
        self._tallies, self._keeping, self._now = tallies, keeping, now
        self._dates: dict[str, str] = {}

    def follow(self, name: str, before: Application, after: Application, *, kept: bool | None) -> None:
        """Count *after* in place of *before*; *name* is the event's where it was applied, else "".

        *kept* tells of a card's first print whether it was in time.
        """
        for office, what, step in moved(name, _where(before), _where(after)):
            self._count(office, what, step)
        if kept is not None:
            office = after.standing.office
            days = min(math.ceil(working_days(after.timers.gross)), LONGEST)
            self._count(office, KEPT if kept else MISSED, 1)
            self._count(office, f"{TOOK}{days}", 1)

    def _count(self, office: str, what: str, step: int) -> None:
        date = self._dates.get(office)
        if date is None:
            date = self._dates[office] = self._keeping.calendar(office).date_of(self._now).isoformat()
        self._tallies[office, DAY, f"{date} {what}"] += step


def _where(application: Application) -> Where:
    return application.standing.office, application.state


def _is_open(state: State) -> bool:
    return state is not State.NEW and state not in END_STATES
