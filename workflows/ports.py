"""The ports that steps speak to; each is a few verbs of one subject, and the floors above bring what is behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from schemas.submission import Submission
from workflows.alert_letters import Note
from workflows.messages import Answer, Delivery, Interrupted, Wait
from workflows.standing import Standing


class Tallies(Protocol):
    """The counts of applications, written as differences."""

    def fold(self) -> None:
        """Merge the differences; no sum changes."""


class Waiting(Protocol):
    """The events that are true and wait for their predecessor."""

    def wake(self) -> int:
        """Take in what waits for the end of another application that has ended; return how many were looked at."""

    def longer_than(self, patience: timedelta) -> Mapping[str, int]:
        """Count by what they wait for those that have waited longer."""


class Letters(Protocol):
    """The outbox."""

    def oldest_age(self) -> timedelta:
        """Return for how long the oldest letter has waited to leave; zero when none does."""

    def wake_relays(self) -> None:
        """Tell the relays that there is something to carry."""


class Ended(Protocol):
    """The steps of housekeeping that have ended."""

    def forget(self, age: timedelta) -> int:
        """Delete those that ended longer ago; return how many."""


class Answers(Protocol):
    """What is known of an application by now, that somebody was asked something about."""

    def standing(self, application: UUID) -> Standing:
        """Return how far it has come."""

    def late(self, application: UUID, time: datetime, asked: Mapping[str, Any]) -> bool:
        """Tell whether it was said already that the answer to what was *asked*, due at *time*, did not come."""


class Deadlines(Protocol):
    """The deadlines that have passed."""

    def sweep(self) -> tuple[int, ...]:
        """Propose each as an event; return counts of what was done."""


class Allocations(Protocol):
    """The blanko of the offices whose allocator the pipeline is."""

    def allocate(self) -> tuple[int, ...]:
        """Give out what lies ready, as events; return counts of what was done."""


class Shelves(Protocol):
    """What lies with the offices that set reorder points."""

    def watch(self) -> Sequence[tuple[str, str, int]]:
        """Tell everybody what fell below its point since the last look; return office, what, how much is left."""


class Printers(Protocol):
    """The printers, by what was said of their prints."""

    def failing(self) -> Sequence[tuple[str, str, int]]:
        """Return office, name and number of failures of each that failed too often in a day; each day once."""


class StationWatch(Protocol):
    """The stations, by what was seen of them."""

    def watch(self) -> Sequence[tuple[str, str]]:
        """Compare their days and keep the alerts; return the rule and the thing of each that is new."""


class AlertWatch(Protocol):
    """Everything that can be the matter, and the alerts about it."""

    def watch(self) -> Sequence[tuple[str, str]]:
        """Look and keep the alerts; return the rule and the thing of each that is new."""

    def recount(self) -> Sequence[tuple[str, str]]:
        """Compare the counts with what is there, and look at what is stuck; return as `watch`."""

    def forget(self, age: timedelta) -> int:
        """Delete what was resolved longer ago; return how many."""


class Telling(Protocol):
    """The letters to those who want to be told of alerts."""

    def plan(self) -> int:
        """Write what is to be told now, each with the step that delivers it; return how many letters."""

    def letter(self, id: UUID) -> tuple[str, Note] | None:  # noqa: A002
        """Return the receiver and what is still to be said; None when nothing is."""

    def told(self, id: UUID) -> None:  # noqa: A002
        """Keep that the letter was delivered."""


class Messenger(Protocol):
    """What carries a letter to a person, over whatever they have."""

    def tell(self, receiver: str, note: Note) -> bool:
        """Send it and return whether it was taken; never raises with an address in the text."""


class VisitPlans(Protocol):
    """The visits that could be made."""

    def plan(self) -> Sequence[Submission]:
        """Propose visits for every office whose hour has come; return those that its rules promise without asking."""


class Repairs(Protocol):
    """The repairs of parked messages that were set going."""

    def go_on(self, repair: UUID, run: int) -> bool:
        """Work at one run of a repair for a stretch of time; tell whether there is more to do."""


class Messages(Protocol):
    """The messages to residents."""

    def plan(self) -> int:
        """Write what is to be told, each with the step that delivers it; return how many."""

    def begin(self, id: UUID, *, anew: bool = False) -> Delivery | Wait | Interrupted | None:  # noqa: A002
        """Keep that a message goes to its gateway now, and return it; None when nothing is to be told any more.

        *anew*: of one that was interrupted, where the gateway says that it has it not.
        """

    def settle(self, id: UUID, answer: Answer, because: str | None = None) -> datetime | None:  # noqa: A002
        """Keep what the gateway answered; return when the message is to be tried again, if it is."""


class Gateway(Protocol):
    """What carries a message to a resident; never raises with an address in the text."""

    def send(self, delivery: Delivery) -> tuple[Answer, str | None]:
        """Give it over; return whether it was taken, and a word why not."""

    def knows(self, message: Interrupted) -> bool | None:
        """Tell whether it has a message; None when it cannot be asked."""


class Replays(Protocol):
    """What is sent to subscribers once more."""

    def go_on(self, replay: UUID) -> timedelta | None:
        """Work at one for a stretch of time; return after how long to go on, None when it is over."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a step can be given; each step takes what it needs."""

    tallies: Tallies
    waiting: Waiting
    letters: Letters
    ended: Ended
    answers: Answers
    deadlines: Deadlines
    allocations: Allocations
    shelves: Shelves
    printers: Printers
    stations: StationWatch
    alerts: AlertWatch
    telling: Telling
    messenger: Messenger
    repairs: Repairs
    messages: Messages
    gateway: Gateway
    visits: VisitPlans
    replays: Replays
