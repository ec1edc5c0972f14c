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
        self.repeated = 0
        self.refused = 0
        self.when_refusing: Callable[[], None] = lambda: None

    @property
    def applied(self) -> list[Submission]:
        """Return every submission that was accepted, repetitions included, in order."""
        return [submission for batch in self.batches for submission in batch]

    @property
    def ids(self) -> set[str]:
        """Return the ids of the events that were accepted."""
        return {str(submission.event.id) for submission in self.applied if submission.event}

    def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Accept the batch as a whole, or fail with nothing accepted."""
        if self.failures:
            self.refused += 1
            self.when_refusing()
            raise self.failures.pop(0)
        for submission in submissions:
            self.before(submission)
        known = self.ids
        outcomes = [_outcome(submission, known) for submission in submissions]
        self.repeated += sum(outcome.outcome is OutcomeKind.REPEATED for outcome in outcomes)
        self.batches.append(list(submissions))
        return outcomes


def _outcome(submission: Submission, known: set[str]) -> Outcome:
    if submission.refusal is not None:
        return Outcome(submission.refusal.event_id, OutcomeKind.PARKED, submission.refusal.reason)
    event_id = str(submission.event.id) if submission.event else None
    return Outcome(event_id, OutcomeKind.REPEATED if event_id in known else OutcomeKind.APPLIED)
