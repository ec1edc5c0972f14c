"""Fakes of what steps and their runner speak to, written by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from consumers.steps import Claim
from tests.histories import NOON
from workflows.ports import Ports
from workflows.steps.step import Step


class House:
    """Every port of housekeeping, in memory."""

    def __init__(self) -> None:
        self.folded = self.woken = self.relays_woken = self.swept = 0
        self.held: dict[str, int] = {}
        self.age = timedelta()
        self.forgotten: list[timedelta] = []
        self.asked: list[timedelta] = []

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

    def ports(self) -> Ports:
        """Return itself as all of them."""
        return Ports(tallies=self, waiting=self, letters=self, ended=self, deadlines=self)


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
