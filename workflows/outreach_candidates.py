"""Who is to be visited: residents to be recorded again, cards that nobody has collected, requests; and until when."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from workflows.outreach import Outreach, Purpose, Seat, Slot, Visit
from workflows.outreach_days import WorkingDays, bound_of
from workflows.visits import Booked, Errand, Guest, GuestState, VisitState

# Derived ids must never change: a proposal that is made again for the same people keeps its address.
_IDS = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a08")


class Candidate(NamedTuple):
    """A resident who waits: `since` the state was entered; the days of the last visits at which they were not, or were.

    What was done with somebody who was met may be said later: a kit has no line.
    """

    application: UUID
    office: str
    kelurahan: str
    purpose: Purpose
    since: date
    missed: date | None = None
    met: date | None = None


class Request(NamedTuple):
    """A request for a visit, with as many people as are in no visit yet."""

    id: UUID
    office: str
    kelurahan: str
    category: str
    people: int
    asked: date
    wanted_from: date | None = None
    place: str | None = None


def seats_of(
    candidates: Iterable[Candidate], requests: Iterable[Request], calendar: WorkingDays, today: date, policy: Outreach
) -> Iterator[Seat]:
    """Yield a seat for each person to be visited.

    A printed card waits at the office first. Who was not met waits anew from that day on; so does who was met, if
    nothing has come of it in the time that a card waits at the office.
    """
    for one in candidates:
        since = one.since if one.purpose is Purpose.RE_RECORD else calendar.due(one.since, policy.after, today)
        if one.met is not None:
            since = max(since, calendar.due(one.met, policy.after, today))
        if since > today:
            continue
        bound = bound_of(calendar, max(since, one.missed or since), policy)
        yield Seat(one.office, one.kelurahan, bound, one.application, one.purpose)
    for asked in requests:
        bound = bound_of(calendar, max(asked.asked, asked.wanted_from or asked.asked), policy)
        exempt = asked.category in policy.exempt
        seat = Seat(asked.office, asked.kelurahan, bound, asked.id, Purpose.REQUESTED, 0, exempt, asked.wanted_from)
        for number in range(asked.people):
            yield seat._replace(number=number)


def proposed(
    office: str, visit: Visit, begins: datetime, places: Mapping[UUID, str | None], again: Mapping[Slot, int]
) -> Booked:
    """Return a visit of a plan as a proposal; *again* counts the visits called off on each kit's day."""
    guests, people = list[Guest](), dict[tuple[UUID, str], int]()
    for seat in visit.seats:
        if seat.purpose is Purpose.REQUESTED:
            people[seat.who, seat.kelurahan] = people.get((seat.who, seat.kelurahan), 0) + 1
        else:
            guests.append(Guest(seat.who, seat.kelurahan, seat.purpose, GuestState.PROPOSED))
    errands = tuple(
        Errand(request, kelurahan, count, places.get(request)) for (request, kelurahan), count in people.items()
    )
    who = sorted((str(seat.who), seat.number) for seat in visit.seats)
    identity = uuid5(_IDS, repr((office, visit.slot.day.isoformat(), visit.slot.kit, again.get(visit.slot, 0), who)))
    return Booked(
        identity,
        office,
        visit.kecamatan,
        visit.slot.day,
        begins,
        visit.slot.kit,
        visit.why.value,
        VisitState.PROPOSED,
        tuple(guests),
        errands,
    )
