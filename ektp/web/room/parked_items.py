"""The parked messages one by one: the list, what is known of one, its correction, and giving it up."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from ektp.reading.masking import masked_body
from ektp.reading.parking import OPEN, Sealed, WantedParked, parked_item, parked_items
from ektp.reading.repairs import repairs_of
from ektp.repairing.correction import Kind
from ektp.repairing.errors import NothingSelected, RepairError
from ektp.repairing.masked_edit import shown_for_editing, unmasked
from ektp.repairing.planning import planner_of
from ektp.repairing.selection import Selection
from ektp.storage.repairs import parking
from ektp.web.errors import NotAsked
from ektp.web.room.asked import PAGE, address, filters_of, place_of
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.plan_form import because_of, wish_of
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.screen import language_of
from ektp.web.web import web_of
from schemas.reasons import Reason
from schemas.reasons_in_indonesian import explained
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
STATES: Final = (OPEN, "repaired", "discarded")
_FILTERS: Final = ("state", "reason", "station", "office", "type", "group", "new")
_COLUMNS: Final = (
    "parked", "state", "reason", "detail", "received", "station", "office", "type", "event", "subject", "door", "group",
    "replays", "resolved", "by", "because",
)  # fmt: skip
_IN_A_FILE: Final = 100_000


@router.get("/parked/items")
def listed(seat: Seated) -> Response:
    """List them, the oldest first."""
    asked, wanted = _asked(seat)
    with web_of(seat.request).snapshot() as connection:
        offices = seat.account.offices
        found = list(parked_items(connection, wanted, after=place_of(seat.request), most=PAGE + 1, offices=offices))
    following = address("/parked/items", asked, after=found[PAGE - 1]["parked"]) if len(found) > PAGE else None
    return seat.drawn(
        "room/parked_items.html",
        actions=Action,
        items=found[:PAGE],
        following=following,
        asked=asked,
        states=STATES,
        reasons=[(code.value, code.value) for code in Reason],
        here=address("/parked/items", asked),
        csv=address("/parked/items.csv", asked),
    )


@router.get("/parked/items.csv")
def listed_file(seat: Seated) -> Response:
    """Give them as a file."""
    _, wanted = _asked(seat)
    web = web_of(seat.request)

    def rows() -> Any:  # noqa: ANN401 - a generator
        with web.snapshot() as connection:
            yield from parked_items(connection, wanted, most=_IN_A_FILE, offices=seat.account.offices)

    return csv_file("parked", _COLUMNS, rows())


@router.get("/parked/items/{id_}")
def one(seat: Seated, id_: UUID) -> Response:
    """Show one, the person masked."""
    return _drawn(seat, id_)


@router.post("/parked/items/{id_}/plan")
def plan(sent: Form, id_: UUID) -> Response:
    """Plan to offer it again, as it is or as edited."""
    try:
        kind: Kind | None = "edit" if sent.text("correction") == "edit" else None
        said = unmasked(sent.text("edit"), _body(sent.seat, _found(sent.seat, id_)[1])) if kind else b""
        planned = planner_of(web_of(sent.seat.request).parts).plan(wish_of(sent, Selection(ids=(id_,)), kind, said))
    except (RepairError, NotAsked) as refused:
        return _drawn(sent.seat, id_, refused.status, wrong=str(refused), typed=sent)
    return sent.seat.see(f"/repairs/{planned}")


@router.post("/parked/items/{id_}/discard")
def discard(sent: Form, id_: UUID) -> Response:
    """Give it up: it stays in the store, and is never taken in."""
    parts = web_of(sent.seat.request).parts
    _found(sent.seat, id_)
    if not parking.discard(parts.engine, [id_], by=sent.by, because=because_of(sent), chain=parts.audit.chain):
        raise NothingSelected("this parked item is not open any more")
    return sent.seat.see(f"/parked/items/{id_}")


def _drawn(seat: Seat, id_: UUID, status: int = 200, *, wrong: str = "", typed: Posted | None = None) -> HTMLResponse:
    told, sealed = _found(seat, id_)
    body = _body(seat, sealed)
    tries: list[dict[str, Any]] = []
    if seat.may(Action.CAUSES):
        with web_of(seat.request).snapshot() as connection:
            tries = repairs_of(connection, id_)
    return seat.drawn(
        "room/parked_item.html",
        status,
        actions=Action,
        item=told,
        known=explained(told["reason"], language_of(seat.request)),
        body=shown_for_editing(body) or masked_body(body),
        editable=shown_for_editing(body),
        tries=tries,
        wrong=wrong,
        typed=typed.form if typed else {},
    )


def _asked(seat: Seat) -> tuple[dict[str, str], WantedParked]:
    asked = filters_of(seat.request, *_FILTERS)
    if (state := asked.get("state", OPEN)) not in STATES:
        raise NotAsked(f"state is one of {', '.join(STATES)}")
    same = {name: asked.get(name) for name in ("reason", "station", "office", "type", "group")}
    return asked, WantedParked(state, **same, new="new" in asked)


def _found(seat: Seat, id_: UUID) -> tuple[dict[str, Any], Sealed]:
    with web_of(seat.request).snapshot() as connection:
        return parked_item(connection, str(id_), seat.account.offices)


def _body(seat: Seat, sealed: Sealed) -> bytes:
    return web_of(seat.request).parts.vault.open(sealed.sealed, sealed.id.bytes)
