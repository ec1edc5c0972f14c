"""A station's day: how many recordings it counted, how many arrived, and which did not."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from workflows.stations import DIFFERS, MISSING, TOLD, Finding, Thresholds


class Day(NamedTuple):
    """A day that a station closed: what it counted, its last running number then, and at the day closed before it.

    `closed` is when its word came; `parked` how many open parked messages of the station came since that morning.
    """

    station: str
    day: date
    office: str
    closed: datetime
    counted: int
    last_sequence: int
    before: int | None
    arrived: int
    parked: int = 0

    @property
    def name(self) -> str:
        """What an alert calls it."""
        return f"{self.station}/{self.day}"


class Answer(NamedTuple):
    """What is answered to a station that closed its day; of the missing numbers the first hundred."""

    counted: int
    arrived: int
    missing: tuple[int, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not what the station counted."""
        return self.counted != self.arrived


def answer(day: Day, arrived: Sequence[tuple[int, int]]) -> Answer:
    """Return what to say of a day; *arrived* are the runs of the station's numbers that have come."""
    # Where no day was closed before, the numbers of this one are the last as many as it counted.
    first = max((day.last_sequence - day.counted if day.before is None else day.before) + 1, 0)
    numbered = sum(max(min(after, day.last_sequence + 1) - max(begins, first), 0) for begins, after in arrived)
    if day.arrived >= day.counted or numbered < day.arrived:
        # Nothing is missing; or some came without a number, and nobody can say which are.
        return Answer(day.counted, day.arrived, ())
    return Answer(day.counted, day.arrived, tuple(_absent(first, day.last_sequence, arrived)))


def day_findings(day: Day, said: Answer, now: datetime, limits: Thresholds) -> Iterator[Finding]:
    """Yield that a day differs, and a case for each recording that is missing, once they had time to come."""
    if not said.differs or day.closed + limits.patience > now:
        return
    facts: dict[str, Any] = {"date": day.day.isoformat(), "counted": said.counted, "arrived": said.arrived}
    yield Finding(DIFFERS, day.name, day.station, day.office, {**facts, "parked": day.parked})
    for number in said.missing:
        yield Finding(MISSING, f"{day.station}#{number}", day.station, day.office, facts)


def _absent(first: int, last: int, arrived: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield up to a hundred numbers, from first to last, that are in no run."""
    left, number = TOLD, first
    for begins, after in (*arrived, (last + 1, last + 1)):
        while number < min(begins, last + 1) and left:
            yield number
            number += 1
            left -= 1
        number = max(number, after)
