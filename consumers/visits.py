"""The fold's visits: a request, a plan, a result; whoever is to be met is told, and nobody is in two open visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from consumers.allocations import place
from consumers.outcome import OutcomeKind
from consumers.visit_letters import ANNOUNCED, CALLED_OFF, visit_letter
from schemas.reasons import Reason
from schemas.roles import covers
from workflows.ledger import Refused
from workflows.outreach import UNKNOWN, Purpose
from workflows.visits import PURPOSES, Booked, Errand, Guest, VisitState, Wanted, called_off, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from consumers.books import Application, Changes
    from consumers.entry import Entry
    from workflows.timekeeping import Timekeeping

REQUESTED: Final = "visit-requested"
PLANNED: Final = "visit-planned"
HELD: Final = "visit-held"
CANCELLED: Final = "visit-cancelled"
OF_VISITS: Final = frozenset({REQUESTED, PLANNED, HELD, CANCELLED})
_UNKNOWN: Final = Refused(Reason.NOT_IN_LIFECYCLE, "no visit and no request has this id")


class Visits:
    """The visits and requests that one batch concerns; `applications` are the fold's own."""

    def __init__(
        self,
        known: dict[UUID, Booked | Wanted],
        applications: dict[UUID, Application],
        keeping: Timekeeping,
        changes: Changes,
        now: datetime,
    ) -> None:
        self._known = known
        self._applications = applications
        self._keeping = keeping
        self._changes = changes
        self._now = now

    def note(self, entry: Entry) -> OutcomeKind | Refused:
        """Take in what is said of a visit or a request."""
        subject, data = UUID(entry.subject), entry.data
        found = self._known.get(subject)
        if entry.name == REQUESTED:
            return self._request(entry, subject, found)
        if entry.name == PLANNED:
            return self._plan(subject, data, found)
        if found is None:
            return _UNKNOWN
        if not _is_of(found, data["office"]) or not covers(entry.scope, data["office"]):
            return Refused(Reason.BAD_OFFICE, f"the visit is one of {found.office}")
        if isinstance(found, Wanted):
            return self._withdraw(subject, found) if entry.name == CANCELLED else _UNKNOWN
        return self._hold(found, data) if entry.name == HELD else self._call_off(found, data)

    def _request(self, entry: Entry, subject: UUID, found: Booked | Wanted | None) -> OutcomeKind:
        if found is not None:
            return OutcomeKind.SUPERSEDED
        self._known[subject] = Wanted(entry.data["office"], entry.data["count"])
        self._changes.visit_requests.append(entry)
        return OutcomeKind.APPLIED

    def _withdraw(self, subject: UUID, found: Wanted) -> OutcomeKind:
        if found.withdrawn:
            return OutcomeKind.SUPERSEDED
        self._known[subject] = found._replace(withdrawn=True)
        self._changes.visits_unwanted.add(subject)
        return OutcomeKind.APPLIED

    def _plan(self, subject: UUID, data: Mapping[str, Any], found: Booked | Wanted | None) -> OutcomeKind:
        if isinstance(found, Wanted) or (found is not None and found.state is not VisitState.PROPOSED):
            return OutcomeKind.SUPERSEDED
        visit = self._as_said(subject, data)
        if not (visit.guests or visit.errands) or self._is_taken(visit):
            return OutcomeKind.SUPERSEDED
        self._keep(visit)
        for errand in visit.errands:
            request = self._known[errand.request]
            assert isinstance(request, Wanted)
            self._known[errand.request] = request._replace(people=request.people - errand.people)
        where = {stop.get("kelurahan", UNKNOWN): stop.get("place") for stop in data["stops"]}
        for guest in visit.guests:
            self._tell(ANNOUNCED, visit, guest, where.get(guest.kelurahan))
        return OutcomeKind.APPLIED

    def _hold(self, found: Booked, data: Mapping[str, Any]) -> OutcomeKind:
        if found.state is VisitState.HELD:
            return OutcomeKind.SUPERSEDED
        met = frozenset(map(UUID, data.get("met", ())))
        self._keep(held(found, met, data.get("others", 0), data.get("because")))
        return OutcomeKind.APPLIED

    def _call_off(self, found: Booked, data: Mapping[str, Any]) -> OutcomeKind:
        if found.state is not VisitState.PLANNED:
            return OutcomeKind.SUPERSEDED
        self._keep(called_off(found, data["because"]))
        for guest in found.guests:
            self._tell(CALLED_OFF, found, guest, None)
        return OutcomeKind.APPLIED

    def _as_said(self, subject: UUID, data: Mapping[str, Any]) -> Booked:
        """Return the visit without those who need it no more, or are to be met by another."""
        elsewhere = {
            guest.application
            for one in self._known.values()
            if isinstance(one, Booked) and one.state is VisitState.PLANNED
            for guest in one.guests
        }
        guests, errands = list[Guest](), list[Errand]()
        for stop in data["stops"]:
            kelurahan = stop.get("kelurahan", UNKNOWN)
            guests.extend(
                Guest(UUID(one["application"]), kelurahan, Purpose(one["purpose"])) for one in stop.get("residents", ())
            )
            errands.extend(
                Errand(UUID(request), kelurahan, people, stop.get("place"))
                for request, people in stop.get("requests", {}).items()
            )
        kept = [guest for guest in guests if guest.application not in elsewhere and self._waits(guest)]
        return Booked(
            subject,
            data["office"],
            data["kecamatan"],
            date.fromisoformat(data["date"]),
            datetime.fromisoformat(data["begins"]),
            data["kit"],
            data["why"],
            VisitState.PLANNED,
            tuple(kept),
            tuple(self._wanted(errands)),
        )

    def _waits(self, guest: Guest) -> bool:
        application = self._applications.get(guest.application)
        return application is not None and PURPOSES.get(application.state) is guest.purpose

    def _wanted(self, errands: Sequence[Errand]) -> Iterator[Errand]:
        """Yield them for as many people as no other visit is promised to."""
        for errand in errands:
            request = self._known.get(errand.request)
            if isinstance(request, Wanted) and not request.withdrawn and request.people > 0:
                yield errand._replace(people=min(errand.people, request.people))

    def _is_taken(self, visit: Booked) -> bool:
        slot = (visit.office, visit.day, visit.kit)
        return any((one.office, one.day, one.kit) == slot for one in self._planned() if one.id != visit.id)

    def _planned(self) -> Iterator[Booked]:
        for one in self._known.values():
            if isinstance(one, Booked) and one.state is VisitState.PLANNED:
                yield one

    def _keep(self, visit: Booked) -> None:
        self._known[visit.id] = self._changes.visits[visit.id] = visit

    def _tell(self, name: str, visit: Booked, guest: Guest, where: str | None) -> None:
        """Tell one resident, unless the application has gone on meanwhile."""
        application = self._applications.get(guest.application)
        if application is None or PURPOSES.get(application.state) is not guest.purpose:
            return
        letter = visit_letter(name, application, visit, guest.kelurahan, where, self._now)
        self._changes.letters.append((application.id, letter))
        waits = place(self._keeping, application.standing, application.state, application.recorded, application.timers)
        after = application._replace(notices=application.notices + 1, place=waits)
        self._applications[application.id] = self._changes.applications[application.id] = after


def _is_of(found: Booked | Wanted, office: str) -> bool:
    """Tell whether an office may speak of it: the one whose kit goes, or where it goes."""
    return office == found.office or (isinstance(found, Booked) and office == found.kecamatan)


def named_in(entries: Sequence[Entry]) -> set[UUID]:
    """Return the ids of the visits and requests that these speak of."""
    stops = (stop for entry in entries if entry.name == PLANNED for stop in entry.data["stops"])
    asked = {UUID(request) for stop in stops for request in stop.get("requests", ())}
    return asked | {UUID(entry.subject) for entry in entries}


def concerned(entries: Sequence[Entry]) -> set[UUID]:
    """Return the applications that are to be met; of a visit that is there already the store knows them."""
    stops = (stop for entry in entries if entry.name == PLANNED for stop in entry.data["stops"])
    return {UUID(one["application"]) for stop in stops for one in stop.get("residents", ())}


def slot_of(entry: Entry) -> tuple[str, date, int]:
    """Return which kit of which office a planned visit takes on which day."""
    data = entry.data
    return data["office"], date.fromisoformat(data["date"]), data["kit"]
