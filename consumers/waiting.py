"""Who waits for a blanko and what lies ready: what the allocator reads, and the port through which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from workflows.blanko import Desk, Passes
    from workflows.print_queue import Lane


class Waiting(NamedTuple):
    """One application of the queue at this version; `had` are the serials it was given before, in order."""

    id: UUID
    version: int
    reason: str
    recorded: datetime
    had: tuple[str, ...] = ()


class Seen(NamedTuple):
    """An office's queue: the first of each lane, in order, the first free serials, and how far its lanes have come."""

    desk: Desk
    serials: Sequence[str]
    lanes: Mapping[Lane, Sequence[Waiting]]
    passes: Passes


class PrintQueue(Protocol):
    """The queues for print. All raise StoreAway."""

    def moment(self) -> datetime:
        """Return the store's time."""

    def offices(self) -> Sequence[str]:
        """Return the printing offices that have blanko in stock and somebody who waits for one."""

    def claim(self, office: str) -> str | None:
        """Take the office for thirty seconds of real time; return a word that keeps it, None where another has it."""

    def release(self, office: str, word: str) -> None:
        """Give the office back."""

    def read(self, office: str, today: date, day: date, most: int) -> Seen:
        """Return up to so many of each lane that may have a card *today*; *day* is the working day that is counted."""

    def save(self, office: str, word: str, passes: Passes) -> bool:
        """Write how far the lanes have come, and keep the office; False when another has taken it meanwhile."""
