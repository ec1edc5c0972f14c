"""A step before it is written, as it is run, and what can come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from schemas.submission import Submission

# Derived ids must never change: the events that a step reports are derived from its id in turn.
_STEP_IDS: Final = UUID("7d0a3c1e-52b4-4b0e-9a53-d1c3f1a0c902")


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be written with the change that asks for it; of one `key` there is one step, for ever.

    `data` holds ids and codes only, never a person. `due` is on the clock of the applications; None is at once.
    """

    kind: str
    key: str
    application: UUID
    data: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None

    @property
    def id(self) -> UUID:
        """The same for the same key."""
        return uuid5(_STEP_IDS, self.key)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it is run. `application` is None for housekeeping, `attempts` counts this one too.

    `now` is the time on the step's own clock: the applications' one, for housekeeping the real one.
    """

    id: UUID
    kind: str
    key: str
    application: UUID | None
    data: Mapping[str, Any]
    attempts: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should read: a static name and facts."""

    event: str
    facts: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Done:
    """It has ended; `events` (of `report`) go through the one door first."""

    events: tuple[Submission, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class NotYet:
    """It failed and is to be tried again, with the patience of its kind; `because` is the kind of failure only."""

    because: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Nobody will try again, and a person should look: `events` go through the door first; `because` is a kind only."""

    because: str
    events: tuple[Submission, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Nothing failed, the answer is not there yet: ask again at this time on the step's clock."""

    at: datetime


Result = Done | NotYet | GivenUp | AskAgain
