"""Who waits for a blanko, where: the lanes of an office's queue for print, and an application's place in its lane.

A lane is in the order of the first recordings, but some have a head start of some days: the first card of a life, who
holds a suket. So within a lane only those overtake an application that were recorded less than the longest head start
after it; nobody who comes later ever does.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from workflows.standing import Standing

#: So often an application whose print failed or was voided comes in front; then it waits in its lane as before.
MOST_AGAIN: Final = 3
MOST_WEIGHT: Final = 20
SUKET: Final = "suket"


class Lane(StrEnum):
    """The lanes of a queue. `again` comes before all others, these share what is left by their weights."""

    AGAIN = "again"  #: Its print failed or was voided.
    URGENT = "urgent"  #: Said at the recording, with a reason and who approved it.
    IN_PERSON = "in-person"  #: The resident came for the card.
    NEW = "new"
    BACKLOG = "backlog"  #: Recorded before the day from which on the office prints at once.


SHARING: Final = tuple(lane for lane in Lane if lane is not Lane.AGAIN)
WEIGHTS: Final[Mapping[str, int]] = MappingProxyType({Lane.URGENT: 4, Lane.IN_PERSON: 4, Lane.NEW: 4, Lane.BACKLOG: 4})
#: In days: the ministry's order of January 2020. By the occasion of the recording, and for a suket in force.
HEAD_START: Final[Mapping[str, int]] = MappingProxyType(
    {"first": 30, SUKET: 20, "lost": 10, "damaged": 10, "changed": 10, "moved": 0, "renewal": 0}
)


class QueuePolicy(NamedTuple):
    """How an office serves its queue: the backlog's day, weights (1 to 20) and head starts that differ, alarms.

    `failures` is how many prints of one printer may fail in a day before somebody is told.
    """

    backlog_before: date | None = None
    weights: tuple[tuple[str, int], ...] = ()
    head_start: tuple[tuple[str, int], ...] = ()
    failures: int = 5

    def weight(self, lane: str) -> int:
        """Return how many shares a lane has."""
        return dict(self.weights).get(lane, WEIGHTS[lane])

    def days(self, occasion: str) -> int:
        """Return the head start of an occasion."""
        return dict(self.head_start).get(occasion, HEAD_START[occasion])


class Printing(NamedTuple):
    """What a printing office can print: cards a day by printer, and how many blanko a day it may use at most."""

    printers: tuple[tuple[str, int], ...] = ()
    quota: int | None = None

    @property
    def capacity(self) -> int | None:
        """Return the cards a day of all printers, None where nothing is known of any."""
        return sum(cards for _, cards in self.printers) if self.printers else None


class Place(NamedTuple):
    """Which office prints the card, and where in its queue the application waits; `queued` None is nowhere."""

    prints_at: str = ""
    lane: Lane = Lane.NEW
    queued: datetime | None = None
    not_before: date | None = None


def place_of(  # noqa: PLR0913 - all that a place follows from
    nowhere: Place, standing: Standing, recorded: datetime, day: date, policy: QueuePolicy, *, suket: bool
) -> Place:
    """Return a verified application's place; *recorded* is when it was first, *day* that date at the office."""
    queued = recorded - head_start(standing, policy, suket=suket)
    return Place(nowhere.prints_at, lane_of(standing, day, policy), queued, standing.of_age)


def lane_of(standing: Standing, day: date, policy: QueuePolicy) -> Lane:
    """Return the lane in which a verified application waits."""
    if 0 < len(standing.turns) <= MOST_AGAIN:
        return Lane.AGAIN
    if standing.urgent:
        return Lane.URGENT
    if standing.came_in_person:
        return Lane.IN_PERSON
    return Lane.BACKLOG if policy.backlog_before and day < policy.backlog_before else Lane.NEW


def head_start(standing: Standing, policy: QueuePolicy, *, suket: bool) -> timedelta:
    """Return the longest head start that an application has."""
    occasions = (standing.reason, SUKET) if suket else (standing.reason,)
    return timedelta(days=max(map(policy.days, occasions)))
