"""The runner of steps: one step under a lease, what came of it reported through the one door, then its end."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from consumers.errors import StoreAway
from consumers.failpoints import failpoint
from consumers.outcome import OutcomeKind
from workflows.steps.step import AskAgain, Done, GivenUp, NotYet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from uuid import UUID

    from consumers.ports import Journal
    from workflows.ports import Ports
    from workflows.steps.kinds import Kind, Kinds
    from workflows.steps.step import Result, Step

log = structlog.get_logger()
LEASE: Final = 30.0  # seconds after which a step whose process died is taken by another
_LONGEST: Final = 600.0  # seconds for which a lease is renewed: a step that hangs does not keep it for ever
_UNKNOWN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that is ours until the lease ends; `fence` grows with each claim and keeps a slower self out."""

    step: Step
    fence: int


class Steps(Protocol):
    """The steps as their runner sees them; all raise StoreAway, and whoever was overtaken changes nothing: False."""

    def claim(self, id: UUID, seconds: float) -> Claim | None:  # noqa: A002
        """Lease a step; None when it is leased by another, not due, over, or unknown."""

    def renew(self, claim: Claim, seconds: float) -> bool:
        """Keep the lease for so many seconds from now."""

    def finish(self, claim: Claim) -> bool:
        """End it: done."""

    def postpone(self, claim: Claim, until: datetime, error: str | None) -> bool:
        """Let it wait until then on its own clock; with no error its attempts count anew."""

    def give_up(self, claim: Claim, error: str) -> bool:
        """End it: nobody tries again."""


class StepRunner:
    """Runs one step by its id. Killed anywhere, the step is run again when its lease has ended, and says the same."""

    def __init__(
        self, steps: Steps, journal: Callable[[], Journal], ports: Ports, kinds: Kinds, lease: float = LEASE
    ) -> None:
        self._steps = steps
        self._journal = journal
        self._ports = ports
        self._kinds = kinds
        self._lease = lease

    def run(self, id: UUID) -> bool:  # noqa: A002
        """Run the step, if it is there to be run; return whether it was. Raises StoreAway."""
        claim = self._steps.claim(id, self._lease)
        if claim is None:
            return False
        step = claim.step
        failpoint("step-after-claim", step.kind)
        with structlog.contextvars.bound_contextvars(step=str(id), kind=step.kind):
            kind = self._kinds.get(step.kind)
            if kind is None:
                log.error("step-of-unknown-kind")  # of a newer release, which will come to run it
                ours = self._steps.postpone(claim, step.now + _UNKNOWN, None)
            elif step.attempts > kind.patience.most:
                ours = self._give_up(claim, "ProcessDied")
            else:
                with self._kept(claim):
                    ours = self._settle(claim, kind, self._work(step, kind))
            if not ours:
                log.warning("step-overtaken", attempts=step.attempts)
        return True

    def _work(self, step: Step, kind: Kind) -> Result:
        try:
            result = kind.work(self._ports, step)
            failpoint("step-after-work", step.kind)
            if isinstance(result, Done | GivenUp):
                self._report(result)
                failpoint("step-after-report", step.kind)
        except Exception as error:  # noqa: BLE001 - whatever it was: the step is tried again, for so long as it may be
            # The text of the error may quote an answer, so only its kind is kept.
            return NotYet(type(error).__name__)
        return result

    def _report(self, done: Done | GivenUp) -> None:
        for remark in done.remarks:
            log.warning(remark.event, **remark.facts)
        if not done.events:
            return
        for outcome in self._journal().apply(done.events):
            if outcome.outcome is OutcomeKind.PARKED:
                log.warning("step-report-parked", event_id=outcome.event_id, reason=outcome.reason)

    def _settle(self, claim: Claim, kind: Kind, result: Result) -> bool:
        step = claim.step
        match result:
            case Done():
                failpoint("step-before-finish", step.kind)
                ended = self._steps.finish(claim)
                failpoint("step-after-finish", step.kind)
                if ended:
                    log.info("step-done", attempts=step.attempts)
                return ended
            case GivenUp(because):
                return self._give_up(claim, because)
            case AskAgain(at):
                return self._steps.postpone(claim, at, None)
            case NotYet(because):
                if kind.patience.is_over(step.attempts):
                    return self._give_up(claim, because)
                chance = random.random()  # noqa: S311 - no secret depends on it
                until = step.now + kind.patience.pause(step.attempts, chance)
                log.warning("step-failed", attempts=step.attempts, error=because)
                return self._steps.postpone(claim, until, because)

    def _give_up(self, claim: Claim, because: str) -> bool:
        log.error("step-given-up", attempts=claim.step.attempts, error=because)
        return self._steps.give_up(claim, because)

    @contextmanager
    def _kept(self, claim: Claim) -> Iterator[None]:
        """Renew the lease beside the block, so that a patient step keeps it and a dead process does not."""
        over = threading.Event()

        def renew() -> None:
            for _ in range(int(_LONGEST / self._lease * 3)):
                if over.wait(self._lease / 3):
                    return
                try:
                    if not self._steps.renew(claim, self._lease):
                        return
                except StoreAway:
                    log.warning("lease-not-renewed")

        keeper = threading.Thread(target=renew, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
