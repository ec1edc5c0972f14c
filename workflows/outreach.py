"""Outreach (jemput bola): who waits for a visit, what an office sets, and what a plan of visits is."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from schemas.outreach import Category


class Purpose(StrEnum):
    """What somebody waits for."""

    RE_RECORD = "re-record"
    COLLECT = "collect"
    REQUESTED = "requested"


class Why(StrEnum):
    """Why a visit is planned now."""

    EXEMPT = "exempt"
    BOUND = "bound-near"
    FULL = "full"


class Reason(StrEnum):
    """Why somebody still waits."""

    GROUP_NOT_FULL = "group-not-full"
    KITS_TAKEN = "kits-taken"
    NO_KIT = "no-kit"
    NOT_YET_WANTED = "not-yet-wanted"


#: Whom a visit is made to however few they are: groups need `least` people.
EXEMPT: Final[frozenset[Category]] = frozenset({"disabled", "elderly-sick", "hospital"})
UNKNOWN: Final = ""  #: The kelurahan of those of whom the recording did not say it: they are met at the kecamatan.


class Outreach(NamedTuple):
    """What an office sets.

    A group is full with `least` people; of the categories in `exempt` one person is enough. Within `bound` working days
    somebody is visited, whatever the group. The office has `kits`, each meets `people_a_day` in one kecamatan a day.
    Between a plan and its visit lie `lead` working days, for the invitations. The bound is near when a visit cannot be
    put off for more than `near` working days. A printed card waits `after` working days before it is brought.
    """

    least: int = 20
    exempt: frozenset[Category] = EXEMPT
    bound: int = 20
    kits: int = 1
    people_a_day: int = 50
    lead: int = 3
    near: int = 3
    after: int = 7
    auto: bool = False


class Seat(NamedTuple):
    """One person of a visit: a resident of ours by application, or one of those a request speaks of.

    `bound` is the last day on which the visit may be; the seats of one request differ by `number`.
    """

    kecamatan: str
    kelurahan: str
    bound: date
    who: UUID
    purpose: Purpose
    number: int = 0
    exempt: bool = False
    not_before: date | None = None

    @property
    def urgency(self) -> tuple[object, ...]:
        """Whose turn is before whose: the nearer bound, and then always the same."""
        return self.bound, self.kelurahan, self.who.int, self.number


class Slot(NamedTuple):
    """One kit of an office on one working day."""

    day: date
    kit: int


class Stop(NamedTuple):
    """Where a visit stops, and for whom."""

    kelurahan: str
    seats: tuple[Seat, ...]


class Visit(NamedTuple):
    """A kit, a day and the people of one kecamatan."""

    slot: Slot
    kecamatan: str
    why: Why
    seats: tuple[Seat, ...]

    @property
    def stops(self) -> Sequence[Stop]:
        """The kelurahan in the order of the route: first those for whom one person is enough, then by bound."""
        return list(_stops(self.seats))

    @property
    def late(self) -> int:
        """For how many it comes after their bound."""
        return sum(seat.bound < self.slot.day for seat in self.seats)


class Left(NamedTuple):
    """Who is in no visit yet: so many `people` of one kelurahan, why, and the first bound among them."""

    kecamatan: str
    kelurahan: str
    people: int
    reason: Reason
    bound: date


class Plan(NamedTuple):
    """The visits to be made, the earliest first, who still waits, and how many cannot be visited in time."""

    visits: tuple[Visit, ...]
    left: tuple[Left, ...]
    late: int = 0


def _stops(seats: Sequence[Seat]) -> Iterator[Stop]:
    by_kelurahan: dict[str, list[Seat]] = {}
    for seat in sorted(seats, key=lambda seat: seat.urgency):
        by_kelurahan.setdefault(seat.kelurahan, []).append(seat)
    groups = sorted(by_kelurahan.items(), key=lambda item: not any(seat.exempt for seat in item[1]))
    for kelurahan, group in groups:
        yield Stop(kelurahan, tuple(group))
