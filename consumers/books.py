"""What the journal reads and writes in one transaction, and the port through which it does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from workflows.print_queue import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime
    from uuid import UUID

    from consumers.entry import Entry
    from consumers.ports import Letter
    from schemas.reasons import Reason
    from schemas.submission import Submission
    from workflows.card_issuance import State
    from workflows.ledger import Blanko
    from workflows.standing import Standing
    from workflows.steps.step import NewStep
    from workflows.timers import Outage, Timers
    from workflows.visits import Booked, Wanted


NOWHERE: Final = Place()


class Application(NamedTuple):
    """One application's row; `recorded` starts the resident's clock, `notices` and `requests` count what was sent.

    `place` is worked out anew for whatever is written, and not read.
    """

    id: UUID
    version: int
    state: State
    standing: Standing
    nik_key: bytes
    notices: int
    requests: int
    resi: str
    recorded: datetime
    timers: Timers
    due_at: datetime | None = None
    place: Place = NOWHERE


class Held(NamedTuple):
    """A true event that waits for its predecessor."""

    entry: Entry
    waits_for: str
    due: datetime | None = None


class Written(NamedTuple):
    """One history row: an event that claimed its id."""

    entry: Entry
    outcome: str
    version: int | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that cannot be; `id` is derived from (sender, event id, digest), so a redelivery finds itself."""

    id: UUID
    submission: Submission
    event_id: str | None
    digest: bytes
    reason: Reason
    detail: str


class Moved(NamedTuple):
    """One row of the ledger: which event took a serial from where to where; from nowhere is its first."""

    event: UUID
    serial: str
    from_office: str | None
    from_place: str | None
    to_office: str
    to_place: str


class Suket(NamedTuple):
    """One letter of an office, numbered within its year; `withdrawn` where it ended in the batch that issued it."""

    application: UUID
    office: str
    year: int
    issued: datetime
    valid_until: datetime
    withdrawn: datetime | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What one batch needs to know; reading takes the locks of all `subjects` first, in sorted order.

    Parked items are asked for by the digest of their body, or by their own id where one is to be repaired; of `ranges`
    the first and last serial are named, `offices` allocate, and of the supplies of those `supplied` something is said.
    With `visits` and requests of such ids come the planned visits on the kits' days `slots`, and of the `subjects`.
    """

    subjects: Collection[UUID]
    ids: Collection[UUID]
    digests: Collection[bytes]
    repairs: Collection[UUID]
    serials: Collection[str]
    nik_keys: Collection[bytes]
    ranges: Collection[tuple[str, str]] = ()
    offices: Collection[str] = ()
    supplied: Collection[str] = ()
    visits: Collection[UUID] = ()
    slots: Collection[tuple[str, date, int]] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The answer: what is already written about everything asked for, at the database's time `now`.

    `parked` are the parked items asked for that are there, whatever became of them, with their reasons;
    `supplies` what each office that counts them has, by office and key.
    """

    now: datetime
    digests: Mapping[UUID, bytes]
    parked: Mapping[UUID, Reason]
    applications: Mapping[UUID, Application]
    held: Mapping[UUID, list[Held]]
    blankos: Mapping[str, Blanko]
    open_niks: Mapping[bytes, UUID]
    outages: Sequence[Outage] = ()
    supplies: Mapping[tuple[str, str], int] = field(default_factory=dict)
    visits: Mapping[UUID, Booked | Wanted] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[Mapping[Any, Any], ...]:
        """Everything of it that is looked up by a key."""
        found: tuple[Mapping[Any, Any], ...] = (self.digests, self.parked, self.applications, self.held)
        return (*found, self.blankos, self.supplies, self.open_niks, self.visits)


@dataclass(slots=True)
class Changes:
    """Everything one batch writes, in one transaction; `opened` applications and `named` serials were not there."""

    applications: dict[UUID, Application] = field(default_factory=dict)
    opened: set[UUID] = field(default_factory=set)
    history: list[Written] = field(default_factory=list)
    held: dict[UUID, Held] = field(default_factory=dict)
    released: set[UUID] = field(default_factory=set)
    parked: dict[UUID, Parked] = field(default_factory=dict)
    repaired: dict[UUID, str] = field(default_factory=dict)
    persons: list[Entry] = field(default_factory=list)
    letters: list[tuple[UUID, Letter]] = field(default_factory=list)
    blankos: dict[str, Blanko] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    movements: list[Moved] = field(default_factory=list)
    tallies: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    steps: list[NewStep] = field(default_factory=list)
    outages: list[Entry] = field(default_factory=list)
    closings: list[Entry] = field(default_factory=list)
    overdue_held: set[UUID] = field(default_factory=set)
    sukets: list[Suket] = field(default_factory=list)
    sukets_ended: dict[UUID, str] = field(default_factory=dict)
    visits: dict[UUID, Booked] = field(default_factory=dict)
    visit_requests: list[Entry] = field(default_factory=list)
    visits_unwanted: set[UUID] = field(default_factory=set)

    def forget(self) -> None:
        """Leave nothing of it."""
        for one in fields(self):
            getattr(self, one.name).clear()


class Page(Protocol):
    """One open transaction of the store."""

    def read(self, asked: Asked) -> Known:
        """Take the subjects' locks in sorted order, then the serials' rows, and return what is known."""

    def write(self, changes: Changes) -> None:
        """Write all of it, in bulk."""


class Books(Protocol):
    """The store as the journal sees it; its errors are StoreAway and StoreRefused of consumers.errors."""

    def open(self) -> AbstractContextManager[Page]:
        """Begin a transaction; leaving the block commits it, an exception rolls it back."""

    def waiting_for_niks(self, freed: Iterable[bytes] | None) -> list[UUID]:
        """Return the applications held for the end of another one that has ended (of these NIKs, or of any)."""
