"""The ledger of blanko: where each serial is, from where it may go where, and by whose word."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from schemas.reasons import Reason
from workflows.standing import Turn


class Place(StrEnum):
    """The places of a blanko; a serial is at exactly one."""

    IN_STOCK = "in-stock"
    ALLOCATED = "allocated"
    PRINTED = "printed"
    COLLECTED = "collected"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    LENT = "lent"
    MISSING = "missing"


#: A serial there belongs to an application, and moves by what is said about that alone.
OF_AN_APPLICATION: Final = frozenset({Place.ALLOCATED, Place.PRINTED, Place.COLLECTED})
#: An application's for ever: it is given to no other.
BOUND: Final = OF_AN_APPLICATION | {Place.SPOILED, Place.DESTROYED}


class Blanko(NamedTuple):
    """One serial and its one place.

    `note` is the delivery note by which it came; `was` the place it had before it was lent, given back or missed, and
    `holder` the office that has it then (None: the centre, or nobody knows).
    """

    serial: str
    office: str
    place: str
    application: UUID | None = None
    note: str | None = None
    was: str | None = None
    holder: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether it may be given to anybody."""
        return self.place == Place.IN_STOCK and self.application is None


class Delivery(NamedTuple):
    """What an office received: from which office (None: the centre), by which note."""

    office: str
    note: str
    source: str | None = None


class Word(NamedTuple):
    """What an office says it did with blanko that lie with it."""

    office: str
    movement: str
    to: str | None = None


class Refused(NamedTuple):
    """Why a word cannot be: the first serial that is wrong, and where it is."""

    reason: Reason
    detail: str


class Movement(NamedTuple):
    """From which places an office's word takes a blanko, and to which (None: to the one it had before)."""

    origin: frozenset[Place]
    place: Place | None
    names_other: bool = False  #: `to` says to which office.
    two_people: bool = False  #: `by` names two different people.
    is_loan: bool = False  #: The other office owes that many more then.


_LOOSE: Final = frozenset({Place.IN_STOCK, Place.SPOILED})
_STOCK: Final = frozenset({Place.IN_STOCK})
_AWAY: Final = frozenset({Place.LENT, Place.RETURNED, Place.MISSING})
MOVEMENTS: Final[Mapping[str, Movement]] = MappingProxyType(
    {
        "transferred": Movement(_LOOSE, None, names_other=True),
        "lent": Movement(_STOCK, Place.LENT, names_other=True, is_loan=True),
        "paid-back": Movement(_STOCK, Place.RETURNED, names_other=True, is_loan=True),
        "returned": Movement(_LOOSE, Place.RETURNED),
        "came-back": Movement(frozenset({Place.LENT, Place.RETURNED}), None),
        "spoiled": Movement(_STOCK, Place.SPOILED),
        "destroyed": Movement(_LOOSE, Place.DESTROYED, two_people=True),
        "missing": Movement(_LOOSE, Place.MISSING, two_people=True),
        "found": Movement(frozenset({Place.MISSING}), None),
    }
)


def received(known: Blanko | None, serial: str, delivery: Delivery) -> Blanko | Refused | None:
    """Return where a serial is after it was received, None where that same note has brought it already.

    One that an allocation named before its delivery was told only gets the note.
    """
    if known is None:
        return Blanko(serial, delivery.office, Place.IN_STOCK, None, delivery.note)
    if known.note == delivery.note:
        return None
    if _was_given(known, delivery):
        return Blanko(serial, delivery.office, Place.IN_STOCK, None, delivery.note)
    return known._replace(note=delivery.note) if known.note is None else _elsewhere(known)


def moved(known: Blanko | None, serial: str, word: Word) -> Blanko | Refused:
    """Return where a serial is after an office's word about it."""
    movement = MOVEMENTS[word.movement]
    if known is None:
        return Refused(Reason.BLANKO_NOT_THERE, f"{serial} is not in the ledger")
    if known.office != word.office or known.place not in movement.origin:
        return _elsewhere(known)
    if movement.place is None:
        office = word.to or known.office
        return known._replace(office=office, place=known.was or known.place, was=None, holder=None)
    if movement.place in _AWAY:
        return known._replace(place=movement.place, was=known.place, holder=word.to)
    return known._replace(place=movement.place)


def is_anothers(known: Blanko | None, application: UUID | None) -> bool:
    """Tell whether a serial is bound to another application."""
    return known is not None and known.place in BOUND and known.application not in (None, application)


def contradicts(known: Blanko | None, before: Turn | None, after: Turn | None, application: UUID) -> bool:
    """Tell whether what is said about a turn would take its serial from where an office's word has put it."""
    if known is None or after is None or (before is not None and before.place == after.place):
        return False
    if known.place == after.place and known.application == application:
        return False
    if before is None or before.place == Place.IN_STOCK:
        return known.place != Place.IN_STOCK
    return (known.place, known.application) != (before.place, application)


def followed(known: Blanko | None, turn: Turn, application: UUID, office: str) -> Blanko:
    """Return where a serial is by its turn; one that nobody has named lies at *office*."""
    owner = None if turn.place == Place.IN_STOCK else application
    if known is None:
        return Blanko(turn.blanko, office, turn.place, owner)
    return known._replace(place=turn.place, application=owner)


def _was_given(known: Blanko, delivery: Delivery) -> bool:
    """Whether it is on its way: lent or paid back to that office, or with the centre."""
    if known.place not in (Place.LENT, Place.RETURNED) or known.was != Place.IN_STOCK:
        return False
    if known.holder is None:
        return delivery.source is None
    return (known.holder, known.office) == (delivery.office, delivery.source)


def _elsewhere(known: Blanko) -> Refused:
    reason = Reason.BLANKO_BELONGS_TO_ANOTHER if known.place in OF_AN_APPLICATION else Reason.BLANKO_NOT_THERE
    return Refused(reason, f"{known.serial} is {known.place} at {known.office}")
