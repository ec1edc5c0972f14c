"""What is due: the rows the timekeeper takes, and the port through which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from workflows.timers import Outage, Timers, View


class DueApplication(NamedTuple):
    """An open application as its clocks see it; `due_at` is when it wanted to be looked at."""

    id: UUID
    version: int
    view: View
    timers: Timers
    due_at: datetime


class DueHeld(NamedTuple):
    """An event that is held too long; attempt 1 and version 0 where nobody knows its application."""

    id: UUID
    application: UUID
    office: str
    attempt: int
    version: int
    due_at: datetime


class Claimed(NamedTuple):
    """What is ours for a while, the longest due first, at the store's time `now` and with the outages known then."""

    now: datetime
    outages: Sequence[Outage]
    applications: Sequence[DueApplication]
    held: Sequence[DueHeld]


class Page(NamedTuple):
    """Some open applications in the order of (due, id); `after` is where the next page begins, None at the end."""

    now: datetime
    outages: Sequence[Outage]
    applications: Sequence[DueApplication]
    after: tuple[datetime, UUID] | None


class Move(NamedTuple):
    """A new time for an application of this version, or for a held event (version None); None is never."""

    id: UUID
    version: int | None
    due_at: datetime | None


class DueStore(Protocol):
    """The rows that are due; every verb is one short transaction. All raise StoreAway."""

    def claim(self, most: int) -> Claimed:
        """Take up to so many applications and held events that nobody else has; they are ours for thirty seconds."""

    def move(self, moves: Sequence[Move]) -> None:
        """Give them their new time, and give them back; what has changed since stays as it is."""

    def take_turns(self, now: datetime, wanted: Mapping[str, int], most: int) -> Mapping[str, Sequence[datetime]]:
        """Return by office the minute of each of so many, at most so many in each minute (`workflows/turns.py`)."""

    def free_stock(self, offices: Collection[str]) -> Mapping[str, int]:
        """Return by office how many blanko lie there free; an office without any may be left out."""

    def seconds_since_sweep(self) -> float:
        """Return how long ago something was claimed last, or looked for, in real time."""


class Rules(NamedTuple):
    """A digest of an office's calendar and one of its patience."""

    calendar: str
    patience: str


class KnownRules(Protocol):
    """By which rules the offices' deadlines were worked out last. All raise StoreAway."""

    def moment(self) -> datetime:
        """Return the store's time."""

    def known(self) -> Mapping[str, Rules | None]:
        """Return every office that has applications, with its rules; None where they were never noted."""

    def claim(self, offices: Collection[str]) -> Collection[str]:
        """Return those of the offices that nobody else is looking at; they are ours for two minutes."""

    def page(self, offices: Collection[str], after: tuple[datetime, UUID] | None, most: int) -> Page:
        """Return a page of the offices' open applications."""

    def note(self, rules: Mapping[str, Rules]) -> None:
        """Remember the rules that hold now, and give the offices back."""
