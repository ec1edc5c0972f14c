"""Fakes of what steps and their runner speak to, written by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from consumers.steps import Claim
from tests.histories import NOON
from tests.idle_ports import NoMessages, NoReplays, NoVisits
from tests.memory_books import MemoryBooks
from workflows.alert import Severity
from workflows.alert_letters import Note
from workflows.ports import Ports
from workflows.standing import Standing
from workflows.steps.step import NewStep, Step


class House:
    """Every port of housekeeping, in memory."""

    def __init__(self) -> None:
        self.folded = self.woken = self.relays_woken = self.swept = self.allocated = 0
        self.watched = self.failing_asked = self.stations_watched = 0
        self.held: dict[str, int] = {}
        self.age = timedelta()
        self.printers_failing: list[tuple[str, str, int]] = []
        self.forgotten: list[timedelta] = []
        self.asked: list[timedelta] = []
        self.alerts = QuietAlerts()

    def fold(self) -> None:
        """Count."""
        self.folded += 1

    def wake(self) -> int:
        """Count."""
        self.woken += 1
        return 0

    def longer_than(self, patience: timedelta) -> Mapping[str, int]:
        """Return what is held."""
        self.asked.append(patience)
        return self.held

    def oldest_age(self) -> timedelta:
        """Return the age."""
        return self.age

    def wake_relays(self) -> None:
        """Count."""
        self.relays_woken += 1

    def forget(self, age: timedelta) -> int:
        """Note it."""
        self.forgotten.append(age)
        return 0

    def sweep(self) -> tuple[int, ...]:
        """Count."""
        self.swept += 1
        return ()

    def allocate(self) -> tuple[int, ...]:
        """Count."""
        self.allocated += 1
        return ()

    def watch(self) -> list[tuple[str, str, int]]:
        """Count; an office runs out each time."""
        self.watched += 1
        return [("33.74", "blanko", 7)]

    def failing(self) -> Sequence[tuple[str, str, int]]:
        """Return what was planted."""
        self.failing_asked += 1
        return self.printers_failing

    def ports(self) -> Ports:
        """Return itself as all of them; about applications nothing is known."""
        return Ports(
            tallies=self,
            waiting=self,
            letters=self,
            ended=self,
            answers=MemoryAnswers(MemoryBooks()),
            deadlines=self,
            allocations=self,
            shelves=self,
            printers=self,
            stations=StillStations(self),
            alerts=self.alerts,
            telling=self.alerts,
            messenger=self.alerts,
            repairs=NoRepairs(),
            messages=NoMessages(),
            gateway=NoMessages(),
            visits=NoVisits(),
            replays=NoReplays(),
        )


class NoRepairs:
    """No repair runs."""

    def go_on(self, repair: UUID, run: int) -> bool:
        """Have nothing to do."""
        return False


class StillStations:
    """Stations of which one has gone silent; it counts in the house how often they were looked at."""

    def __init__(self, house: House) -> None:
        self._house = house

    def watch(self) -> list[tuple[str, str]]:
        """Count; a station is silent each time."""
        self._house.stations_watched += 1
        return [("station-silent", "st337401")]


class QuietAlerts:
    """A watch that finds one thing, a letter about it, and a messenger; what was done is noted."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.note: Note | None = Note("title", "body", Severity.WARNING, resolved=False)
        self.takes = True

    def watch(self) -> list[tuple[str, str]]:
        """Note it; the outbox is old each time."""
        self.did.append("watch")
        return [("outbox-old", "outbox")]

    def recount(self) -> list[tuple[str, str]]:
        """Note it; every count is right."""
        self.did.append("recount")
        return []

    def forget(self, age: timedelta) -> int:
        """Note it."""
        self.did.append(f"forget {age.days}")
        return 0

    def plan(self) -> int:
        """Note it."""
        self.did.append("plan")
        return 1

    def letter(self, id: UUID) -> tuple[str, Note] | None:  # noqa: A002
        """Return what was planted."""
        return None if self.note is None else ("desk", self.note)

    def told(self, id: UUID) -> None:  # noqa: A002
        """Note it."""
        self.did.append(f"told {id}")

    def tell(self, receiver: str, note: Note) -> bool:
        """Note it."""
        self.did.append(f"tell {receiver} {note.title}")
        return self.takes


class MemoryAnswers:
    """What the books say, in memory."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def standing(self, application: UUID) -> Standing:
        """Return how far it has come."""
        found = self._books.applications.get(application)
        return found.standing if found else Standing()

    def late(self, application: UUID, time: datetime, asked: Mapping[str, Any]) -> bool:
        """Tell whether it was said already."""
        return any(
            row.entry.name == "deadline-passed"
            and (row.entry.application, row.entry.time) == (application, time)
            and asked.items() <= row.entry.data.items()
            for row in self._books.history.values()
        )


class MemorySteps:
    """The steps of the books in memory, due by the books' clock; one runs at a time, so nothing is leased."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books
        self._due: dict[UUID, datetime] = {}
        self._attempts: Counter[UUID] = Counter()
        self._open: dict[UUID, NewStep] = {}
        self._seen = 0
        self.ended: dict[UUID, str] = {}

    def due(self) -> list[NewStep]:
        """Return those whose time has come, the longest due first."""
        return sorted((one for one in self._waiting() if self._when(one) <= self._books.now), key=self._when)

    def next_due(self) -> datetime | None:
        """Return when the next one comes."""
        return min(map(self._when, self._waiting()), default=None)

    def _waiting(self) -> list[NewStep]:
        """Return what has not ended; the books only ever add steps."""
        rows = list(islice(self._books.steps.values(), self._seen, None))
        self._seen += len(rows)
        self._open.update((one.id, one) for one in rows)
        for ended in self.ended.keys() & self._open.keys():
            del self._open[ended]
        return list(self._open.values())

    def claim(self, id: UUID, seconds: float) -> Claim | None:  # noqa: A002
        """Give it out, unless it is over or not due."""
        step = next((one for one in self.due() if one.id == id), None)
        if step is None:
            return None
        self._attempts[id] += 1
        data, attempts = dict(step.data), self._attempts[id]
        return Claim(Step(id, step.kind, step.key, step.application, data, attempts, self._books.now), attempts)

    def renew(self, claim: Claim, seconds: float) -> bool:
        """Do nothing."""
        return True

    def finish(self, claim: Claim) -> bool:
        """End it."""
        self.ended[claim.step.id] = "done"
        return True

    def postpone(self, claim: Claim, until: datetime, error: str | None) -> bool:
        """Let it wait."""
        self._due[claim.step.id] = until
        return True

    def give_up(self, claim: Claim, error: str) -> bool:
        """End it."""
        self.ended[claim.step.id] = f"given-up: {error}"
        return True

    def _when(self, step: NewStep) -> datetime:
        return self._due.get(step.id, step.due or self._books.now)


class OneStep:
    """A store with one step that is always due; `killed` at its end as often as told, which changes nothing."""

    def __init__(self, kind: str = "one", attempts: int = 0) -> None:
        self.step = Step(uuid4(), kind, f"{kind}:1", uuid4(), {}, attempts, NOON)
        self.fence = 0
        self.state = "waiting"
        self.until: datetime | None = None
        self.error: str | None = None
        self.killed = 0

    def claim(self, id: UUID, seconds: float) -> Claim | None:  # noqa: A002
        """Give it out, unless it is over."""
        if id != self.step.id or self.state in ("done", "given-up"):
            return None
        self.fence += 1
        self.step = replace(self.step, attempts=self.step.attempts + 1)
        return Claim(self.step, self.fence)

    def renew(self, claim: Claim, seconds: float) -> bool:
        """Do nothing."""
        return self._is_ours(claim)

    def finish(self, claim: Claim) -> bool:
        """End it."""
        if self.killed:
            self.killed -= 1
            raise KeyboardInterrupt
        return self._become("done", claim)

    def postpone(self, claim: Claim, until: datetime, error: str | None) -> bool:
        """Let it wait."""
        self.until, self.error = until, error
        return self._become("waiting", claim)

    def give_up(self, claim: Claim, error: str) -> bool:
        """End it."""
        self.error = error
        return self._become("given-up", claim)

    def _is_ours(self, claim: Claim) -> bool:
        return claim.fence == self.fence

    def _become(self, state: str, claim: Claim) -> bool:
        if self._is_ours(claim):
            self.state = state
        return self._is_ours(claim)
