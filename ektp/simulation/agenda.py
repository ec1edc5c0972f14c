"""What will happen in the city, in the order in which it will."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class Saying:
    """One event on its way to the pipeline; `late` marks a backlog, `carried` what the line has let through already."""

    event: Mapping[str, Any]
    late: bool = False
    carried: bool = False


Work = Callable[[datetime], Saying | None]
"""What somebody does at a moment: at most one event comes of it, and it is about the act's subject."""


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """Something that will be done; at one moment by subject, and for one subject in the order of planning.

    What comes of it may be an event of others too, whom it `concerns`.
    """

    moment: datetime
    subject: str
    number: int
    work: Work = field(compare=False)
    concerns: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def subjects(self) -> frozenset[str]:
        """Of whom an event is that comes of it."""
        return self.concerns | {self.subject}


class Agenda:
    """All acts that are still to come."""

    def __init__(self) -> None:
        self._acts: list[Act] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._acts)

    @property
    def next(self) -> datetime | None:
        """The moment of the next act, None when there is none."""
        return self._acts[0].moment if self._acts else None

    def plan(self, moment: datetime, subject: str, work: Work, concerns: Iterable[str] = ()) -> None:
        """Let *work* be done at *moment*."""
        heappush(self._acts, Act(moment, subject, next(self._numbers), work, frozenset(concerns)))

    def take(self, until: datetime) -> Act | None:
        """Take out the next act that is due by *until*, None when there is none."""
        return heappop(self._acts) if self._acts and self._acts[0].moment <= until else None
