"""Permohonan, the applications: found by resi, id or NIK, filtered by whatever holds them, page by page and as CSV."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ektp.people.persons import persons_of
from ektp.reading.application import require_application
from ektp.reading.applications import Chosen, applications
from ektp.reading.errors import Unknown
from ektp.reading.tracking import typed_resi
from ektp.web.narrowing import PARTIES, STATES, address_of, after_in, chosen_in
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Seat, Seated
from ektp.web.web import web_of
from schemas.errors import Refused
from schemas.nik import Nik
from workflows.card_issuance import Party, State
from workflows.deadlines import MOVES
from workflows.permissions import Action
from workflows.print_queue import Lane

router = APIRouter(include_in_schema=False, route_class=PageRoute)
PATH: Final = "/applications"
_A_PAGE: Final = 50
_IN_CSV: Final = 1000  # read at a time, each in a snapshot of its own: nobody's slow line keeps a connection
_COLUMNS: Final = (
    "application", "resi", "office", "state", "cause", "whose_move", "overdue", "lane", "attempt", "recorded", "since",
    "due",
)  # fmt: skip
#: What people ask for every day, by the word for it.
VIEWS: Final = {
    "applications-view-centre": Chosen(move=Party.CENTRE, overdue=True),
    "applications-view-blanko": Chosen(state=State.VERIFIED),
    "applications-view-collect": Chosen(state=State.PRINTED),
    "applications-view-review": Chosen(state=State.UNDER_REVIEW),
    "applications-view-again": Chosen(state=State.RE_RECORDING),
}


@router.get(PATH)
def listed(seat: Seated) -> Response:
    """List applications; everything it is narrowed to stands in the address."""
    return _listed(seat, chosen_in(seat.request.query_params), after_in(seat.request.query_params))


@router.get(f"{PATH}.csv")
def taken_away(seat: Seated) -> Response:
    """Give the whole list as a file, without persons."""
    return csv_file("applications", _COLUMNS, _all(seat, chosen_in(seat.request.query_params)))


@router.post(f"{PATH}/search")
def search(posted: Form) -> Response:
    """Find by resi, id or NIK, and lead there; a NIK stands in the form only, and is noted without it."""
    seat, typed = posted.seat, posted.text("wanted")
    digits = "".join(sign for sign in typed if sign not in " .-")
    if len(digits) == len("3374100000000000") and digits.isdecimal():
        return _of_person(seat, digits)
    try:
        with web_of(seat.request).snapshot() as connection:
            found = require_application(connection, _name(typed), seat.account.offices)
    except Unknown:
        return _listed(seat, Chosen(), None, status=404, trouble="applications-none")
    return seat.see(f"{PATH}/{found.id}")


def _of_person(seat: Seat, digits: str) -> Response:
    try:
        nik = Nik.parse(digits)
    except Refused:
        return _listed(seat, Chosen(), None, status=422, trouble="applications-no-nik")
    parts = web_of(seat.request).parts
    found = persons_of(parts).search(nik, parts.keeping, seat.account.name, seat.account.offices)
    if not found:
        return _listed(seat, Chosen(), None, status=404, trouble="applications-none")
    if len(found) == 1:
        return seat.see(f"{PATH}/{found[0]['application']}")
    return seat.drawn("room/applications_found.html", found=found)


def _name(typed: str) -> str:
    """Return the id or resi that was typed. Raises Unknown for what can be neither."""
    if resi := typed_resi(typed):
        return resi
    try:
        return str(UUID(typed))
    except ValueError:
        raise Unknown("application", "") from None


def _listed(
    seat: Seat, chosen: Chosen, after: UUID | None, *, status: int = 200, trouble: str | None = None
) -> Response:
    web = web_of(seat.request)
    with web.snapshot() as connection:
        page, following = applications(
            connection, web.parts.keeping, chosen, offices=seat.account.offices, after=after, limit=_A_PAGE
        )
    return seat.drawn(
        "room/applications.html",
        status,
        page=page,
        chosen=chosen,
        trouble=trouble,
        here=address_of(PATH, chosen),
        following=address_of(PATH, chosen, following) if following else None,
        csv=address_of(f"{PATH}.csv", chosen),
        Action=Action,
        views=[(word, address_of(PATH, view)) for word, view in VIEWS.items()],
        states=[(state, state) for state in STATES],
        causes=[(cause, f"applications-cause-{cause}") for cause in MOVES],
        lanes=[(lane, f"applications-lane-{lane}") for lane in Lane],
        parties=[(party, "office-party" if party is Party.OFFICE else party) for party in PARTIES],
        begun=after is not None,
    )


def _all(seat: Seat, chosen: Chosen) -> Iterator[dict[str, Any]]:
    """Yield the whole list."""
    web, after = web_of(seat.request), None
    while True:
        with web.snapshot() as connection:
            page, after = applications(
                connection, web.parts.keeping, chosen, offices=seat.account.offices, after=after, limit=_IN_CSV
            )
        yield from page
        if after is None:
            return
