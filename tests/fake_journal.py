"""A journal that keeps what it was offered and fails when it is told to."""

from collections.abc import Callable, Sequence

from consumers.outcome import Outcome, OutcomeKind
from schemas.submission import Submission


class FakeJournal:
    """Answers applied, repeated or parked; `failures` are raised first, one for each call; `before` may raise too."""

    def __init__(self, *failures: BaseException, before: Callable[[Submission], None] = lambda _: None) -> None:
        self.failures = list(failures)
        self.before = before
        self.batches: list[list[Submission]] = []
        self.applied: list[Submission] = []  #: all of them, repetitions included
        self.ids: set[str] = set()  #: of the events among them
        self.repeated = 0
        self.refused = 0
        self.when_refusing: Callable[[], None] = lambda: None

    def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Accept the batch as a whole, or fail with nothing accepted."""
        if self.failures:
            self.refused += 1
            self.when_refusing()
            raise self.failures.pop(0)
        for submission in submissions:
            self.before(submission)
        outcomes = [self._take(submission) for submission in submissions]
        self.batches.append(list(submissions))
        return outcomes

    def _take(self, submission: Submission) -> Outcome:
        self.applied.append(submission)
        if submission.refusal is not None:
            return Outcome(submission.refusal.event_id, OutcomeKind.PARKED, submission.refusal.reason)
        event_id = str(submission.event.id) if submission.event else None
        if event_id is None or event_id in self.ids:
            self.repeated += 1
            return Outcome(event_id, OutcomeKind.REPEATED)
        self.ids.add(event_id)
        return Outcome(event_id, OutcomeKind.APPLIED)
