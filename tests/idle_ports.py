"""Ports behind which nothing is the matter: what steps speak to in tests that are about others."""

from datetime import timedelta
from uuid import UUID

from schemas.submission import Submission
from workflows.messages import Answer, Delivery, Interrupted


class NoMessages:
    """Nobody is told anything."""

    def plan(self) -> int:
        """Have nothing to do."""
        return 0

    def begin(self, id: UUID, *, anew: bool = False) -> None:  # noqa: A002
        """Have nothing to tell."""

    def settle(self, id: UUID, answer: Answer, because: str | None = None) -> None:  # noqa: A002
        """Have nothing to keep."""

    def send(self, delivery: Delivery) -> tuple[Answer, str | None]:
        """Refuse."""
        return Answer.REFUSED, None

    def knows(self, message: Interrupted) -> bool | None:
        """Know nothing."""
        return None


class NoVisits:
    """Nobody is to be visited."""

    def plan(self) -> list[Submission]:
        """Promise nothing."""
        return []


class NoReplays:
    """Nothing is sent once more."""

    def go_on(self, replay: UUID) -> timedelta | None:
        """Have nothing to do."""
        return None
