"""The life of one visit: proposed, planned, and held or called off; what is said of it in any order ends alike."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from schemas.moments import write_moment
from workflows.card_issuance import State
from workflows.outreach import Purpose


class VisitState(StrEnum):
    """How far a visit is; a visit that was held is reality, whatever was said before."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class GuestState(StrEnum):
    """What became of a resident of a visit."""

    PROPOSED = "proposed"
    INVITED = "invited"
    MET = "met"
    ABSENT = "absent"
    RELEASED = "released"  #: The visit was called off.


class Guest(NamedTuple):
    """A resident to be met."""

    application: UUID
    kelurahan: str
    purpose: Purpose
    state: GuestState = GuestState.INVITED


class Errand(NamedTuple):
    """So many people of a request, met at one stop."""

    request: UUID
    kelurahan: str
    people: int
    place: str | None = None


class Booked(NamedTuple):
    """One visit's row."""

    id: UUID
    office: str
    kecamatan: str
    day: date
    begins: datetime
    kit: int
    why: str
    state: VisitState
    guests: tuple[Guest, ...] = ()
    errands: tuple[Errand, ...] = ()
    others: int = 0  #: How many people of requests were met.
    because: str | None = None


class Wanted(NamedTuple):
    """A request for a visit, as far as the rules need it: `people` are in no promised visit yet."""

    office: str
    people: int
    withdrawn: bool = False


#: What a resident of ours waits for, by the state of the application.
PURPOSES: Final = {State.RE_RECORDING: Purpose.RE_RECORD, State.PRINTED: Purpose.COLLECT}


def held(visit: Booked, met: frozenset[UUID], others: int, because: str | None) -> Booked:
    """Return the visit as it was: who is not said to be met was not there, and becomes a candidate again."""
    guests = [one._replace(state=GuestState.MET if one.application in met else GuestState.ABSENT)
              for one in visit.guests]  # fmt: skip
    return visit._replace(state=VisitState.HELD, guests=tuple(guests), others=others, because=because)


def called_off(visit: Booked, because: str | None) -> Booked:
    """Return the visit that will not be; its residents are candidates again, with the bounds that they had."""
    guests = tuple(one._replace(state=GuestState.RELEASED) for one in visit.guests)
    return visit._replace(state=VisitState.CANCELLED, guests=guests, because=because)


def planned_data(visit: Booked) -> dict[str, Any]:
    """Return what the event says with which this visit is promised."""
    stops: dict[str, dict[str, Any]] = {}
    for guest in visit.guests:
        stop = stops.setdefault(guest.kelurahan, {})
        stop.setdefault("residents", []).append({"application": str(guest.application), "purpose": guest.purpose.value})
    for errand in visit.errands:
        stop = stops.setdefault(errand.kelurahan, {})
        stop.setdefault("requests", {})[str(errand.request)] = errand.people
        if errand.place:
            stop["place"] = errand.place
    return {
        "office": visit.office,
        "kecamatan": visit.kecamatan,
        "date": visit.day.isoformat(),
        "begins": write_moment(visit.begins),
        "kit": visit.kit,
        "why": visit.why,
        "stops": [{"kelurahan": kelurahan, **stop} if kelurahan else stop for kelurahan, stop in stops.items()],
    }
