"""What the city has said: the ids since somebody began to count, and the events of the last day."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

_DAY: Final = timedelta(days=1)


class Said:
    """Written by the city's thread, read by any other; until `begin` no ids are kept, for a city may say millions."""

    def __init__(self) -> None:
        self._ids: list[UUID] = []
        self._recent: deque[tuple[datetime, Mapping[str, Any]]] = deque()
        self._counting = False
        self._noted = 0.0
        self.settled = 0  #: How many of the ids the city has seen arrive; it waits for the others.

    def __len__(self) -> int:
        return len(self._ids)

    def begin(self) -> None:
        """Keep the id of everything that is said from here on."""
        self._counting = True

    def note(self, events: Iterable[Mapping[str, Any]], moment: datetime) -> None:
        """Remember what is said now, and forget the events of more than a day ago."""
        self._noted = monotonic()
        while self._recent and self._recent[0][0] <= moment - _DAY:
            self._recent.popleft()
        for event in events:
            self._recent.append((moment, event))
            if self._counting:
                self._ids.append(UUID(event["id"]))

    def settle(self) -> None:
        """Remember that everything said so far has arrived."""
        self.settled = len(self._ids)

    @property
    def waits(self) -> float:
        """For how many real seconds the last of what was said has been on its way; 0 when all has arrived."""
        return monotonic() - self._noted if self.settled < len(self._ids) else 0.0

    def ids(self, since: int, until: int | None = None) -> Sequence[UUID]:
        """Return the ids from one count to another, to the last without it."""
        return self._ids[since:until]

    def of_last_day(self) -> Sequence[Mapping[str, Any]]:
        """Return the events of the last twenty-four hours, each once."""
        return list({event["id"]: event for _, event in self._recent}.values())
