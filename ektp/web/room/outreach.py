"""Jemput bola: who waits for a visit and until when, what is proposed and promised, and the list a kit takes along."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from ektp.letters.names import office_name
from ektp.people.visit_persons import people_of_visit
from ektp.reading import outreach
from ektp.reading.errors import Unknown
from ektp.storage.engine import transaction
from ektp.storage.outreach_store import visit_of
from ektp.web.errors import Forbidden, NotAsked
from ektp.web.room.application import because_in
from ektp.web.room.declaring import said
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.room.stock import region_of
from ektp.web.web import web_of
from schemas.places import is_office
from workflows.permissions import Action, within
from workflows.visits import VisitState, planned_data

router = APIRouter(include_in_schema=False, route_class=PageRoute)
PATH: Final = "/outreach"
CATEGORIES: Final = ("group", "disabled", "elderly-sick", "hospital")
_COLUMNS: Final = (
    "date", "kit", "office", "kecamatan", "state", "why", "stops", "residents", "requested", "met", "others", "visit",
)  # fmt: skip


@router.get(PATH)
def listed(seat: Seated, office: str = "") -> Response:
    """Show what is proposed and promised, who still waits, and the requests."""
    return _listed(seat, office)


@router.get(f"{PATH}.csv")
def as_file(seat: Seated, office: str = "") -> Response:
    """Give every visit as a file, also those that were held or called off."""
    with web_of(seat.request).snapshot() as connection:
        rows = outreach.visits(connection, seat.account.offices, region_of(office), outreach.STATES)
    return csv_file("outreach", _COLUMNS, rows)


@router.post(f"{PATH}/requests")
def requested(posted: Form) -> Response:
    """Ask for a visit."""
    office = posted.text("office")
    if not is_office(office):
        raise NotAsked("office is the code of a regency or a kecamatan")
    _may_speak(posted, office)
    count = posted.text("count") or "1"
    if not (count.isascii() and count.isdigit() and len(count) < 5):
        raise NotAsked("count is a number of people")
    texts = {name: posted.text(name) or None for name in ("kelurahan", "place", "home", "wanted_from")}
    phone = posted.text("phone")
    contact = {"kind": "sms", "address": phone} if phone else None
    data = {"office": office, "category": posted.text("category"), "count": int(count), **texts, "contact": contact}
    outcome = said(posted, "visit-requested", str(uuid4()), data)
    if outcome.outcome == "applied":
        return posted.seat.see(f"{PATH}#requests")
    return _listed(posted.seat, "", status=409, outcome=outcome)


@router.post(f"{PATH}/requests/{{request}}/withdraw")
def withdrawn(posted: Form, request: str) -> Response:
    """Say that a request is not wanted any more."""
    with web_of(posted.seat.request).snapshot() as connection:
        every = outreach.requests(connection, posted.seat.account.offices, everything=True)
    found = next((one for one in every if one["request"] == request), None)
    if found is None:
        raise Unknown("request", request if request.isprintable() else "")
    _may_speak(posted, found["office"])
    outcome = said(posted, "visit-cancelled", request, {"office": found["office"], "because": because_in(posted)})
    if outcome.outcome == "applied":
        return posted.seat.see(f"{PATH}#requests")
    return _listed(posted.seat, "", status=409, outcome=outcome)


@router.get(f"{PATH}/visits/{{visit}}")
def shown(seat: Seated, visit: str) -> Response:
    """Show a visit with its route, to be printed."""
    return _drawn(seat, visit)


@router.get(f"{PATH}/visits/{{visit}}/route.csv")
def route_as_file(seat: Seated, visit: str) -> Response:
    """Give the route as a file; no name, no NIK."""
    told = _told(seat, visit)
    return csv_file(f"visit-{told['date']}-{told['kit']}", outreach.ROUTE, outreach.route(told))


@router.post(f"{PATH}/visits/{{visit}}/reveal")
def revealed(posted: Form, visit: str) -> Response:
    """Show who is to be met and where they live, in this answer only; who wanted to know, and why, is noted."""
    because, told = because_in(posted), _told(posted.seat, visit)
    met = people_of_visit(web_of(posted.seat.request).parts, UUID(told["visit"]), posted.by, because)
    return _drawn(posted.seat, visit, met=met)


@router.post(f"{PATH}/visits/{{visit}}/{{act}}")
def acted(posted: Form, visit: str, act: Literal["confirm", "cancel", "held"]) -> Response:
    """Promise a proposed visit, call off a promised one, or say who was met."""
    told = _told(posted.seat, visit)
    _may_speak(posted, told["kecamatan"])
    match act:
        case "confirm":
            name, data = "visit-planned", _promised(posted.seat, UUID(told["visit"]))
        case "cancel":
            name, data = "visit-cancelled", {"office": told["office"], "because": because_in(posted)}
        case _:
            name, data = "visit-held", _result(posted, told)
    outcome = said(posted, name, told["visit"], data)
    if outcome.outcome == "applied":
        return posted.seat.see(f"{PATH}/visits/{told['visit']}")
    return _drawn(posted.seat, visit, status=409, outcome=outcome)


def _promised(seat: Seat, visit: UUID) -> Mapping[str, Any]:
    with transaction(web_of(seat.request).parts.engine) as connection:
        found = visit_of(connection, visit)
    if found is None or found.state is not VisitState.PROPOSED:
        raise NotAsked("the visit is not proposed any more: look at the list")
    return planned_data(found)


def _result(posted: Posted, told: Mapping[str, Any]) -> Mapping[str, Any]:
    guests = [guest["application"] for stop in told["route"] for guest in stop["residents"]]
    met = [guest for guest in guests if f"met-{guest}" in posted.form]
    others = posted.text("others") or "0"
    if not (others.isascii() and others.isdigit() and len(others) < 5):
        raise NotAsked("others is a number of people")
    absent = [guest for guest in guests if guest not in met]
    because = posted.text("because") or None
    return {"office": told["office"], "met": met, "absent": absent, "others": int(others), "because": because}


def _may_speak(posted: Posted, office: str) -> None:
    """Raise Forbidden where the office is not one of whoever sent the form."""
    if not posted.seat.may(Action.DECLARE, office):
        raise Forbidden("this account may not speak for that office")


def _told(seat: Seat, visit: str) -> dict[str, Any]:
    with web_of(seat.request).snapshot() as connection:
        return outreach.visit(connection, visit, seat.account.offices)


def _drawn(seat: Seat, visit: str, *, status: int = 200, met: Any = None, outcome: Any = None) -> Response:  # noqa: ANN401
    told = _told(seat, visit)
    return seat.drawn("room/visit.html", status, one=told, met=met, outcome=outcome, office_name=office_name)


def _listed(seat: Seat, office: str, *, status: int = 200, outcome: Any = None) -> Response:  # noqa: ANN401 - an Outcome
    region, offices, web = region_of(office), seat.account.offices, web_of(seat.request)
    with web.snapshot() as connection:
        visits = outreach.visits(connection, offices, region)
        past = outreach.visits(connection, offices, region, outreach.STATES[2:], recent=True)
        waiting = outreach.waiting(connection, offices, region)
        asked = outreach.requests(connection, offices, region)
    kits = {one["office"]: web.parts.config.office(one["office"]).outreach for one in [*visits, *waiting]}
    return seat.drawn(
        "room/outreach.html", status, visits=visits, past=past[::-1], waiting=waiting, requests=asked,
        office=region or "", outcome=outcome, office_name=office_name,
        categories=[(one, f"outreach-{one}") for one in CATEGORIES],
        kits={code: table for code, table in sorted(kits.items()) if within(offices, code) or not offices},
    )  # fmt: skip
