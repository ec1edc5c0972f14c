"""Residents who are told nothing: what steps speak to where no message is the matter."""

from uuid import UUID

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
