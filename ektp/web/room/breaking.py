"""Break it: buttons that break a simulated city, and what is true of it then. In production there is no such page."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from consumers.acts import Act
from ektp.web.breaking import Breaking, Kind
from ektp.web.errors import Forbidden, NotAsked
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Seat, Seated
from ektp.web.screen import language_of
from ektp.web.web import web_of
from ektp.web.words import number
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
PAGE: Final = "/break"


@router.get(PAGE)
def page(seat: Seated) -> Response:
    """Show what can be broken, and what became of what was."""
    breaking = _breaking(seat)
    allowed = seat.may(Action.DECLARE, breaking.office)
    startable = {kind: allowed and breaking.may_start(kind) for kind in Kind}
    return seat.drawn("room/breaking.html", kinds=startable, allowed=allowed, **_truth(seat, breaking))


@router.get(f"{PAGE}/now")
def now(seat: Seated) -> Response:
    """Give the table of what is true, for a page that asks again and again."""
    return seat.drawn("room/breaking_now.html", **_truth(seat, _breaking(seat)))


@router.post(PAGE)
def start(form: Form) -> Response:
    """Break something with the city's next hour. Raises Forbidden and NotAsked."""
    breaking, wanted = _breaking(form.seat), form.text("kind")
    if not form.seat.may(Action.DECLARE, breaking.office):
        raise Forbidden("the city that is simulated lies outside the offices of this account")
    if wanted not in list(Kind):
        raise NotAsked("kind is one of " + ", ".join(Kind))
    kind = Kind(wanted)
    if breaking.may_start(kind):
        web_of(form.seat.request).parts.audit.note(Act(form.by, "city-broken", kind.value))
        breaking.start(kind, form.by)
    return form.seat.see(PAGE)


def _breaking(seat: Seat) -> Breaking:
    breaking = web_of(seat.request).breaking
    assert breaking is not None, "the routes are there only with a city"
    return breaking


def _truth(seat: Seat, breaking: Breaking) -> dict[str, Any]:
    """Return what the table shows; its figures written in the language, so that they can stand in a sentence."""
    truth, language = breaking.told(), language_of(seat.request)
    rows = [
        (one, {name: value if isinstance(value, str) else number(value, language) for name, value in one.did.items()})
        for one in truth.broken
    ]
    return {"truth": truth, "rows": rows, "office": breaking.office}
