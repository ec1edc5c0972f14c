"""Perbaikan, the repairs: what is foreseen, who has to approve it, how it runs, and what became of each item."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from ektp.reading.errors import Unknown
from ektp.reading.repairs import ALL_ITEMS, WantedItems, repair, repair_items, repairs
from ektp.repairing.comparison import changes_of
from ektp.repairing.desk import Decision, RepairDesk, is_same_person
from ektp.web.errors import NotAsked
from ektp.web.room.asked import PAGE, address, filters_of, number_of, place_of
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Seat, Seated
from ektp.web.screen import language_of
from ektp.web.web import web_of
from ektp.web.words import WORDS
from workflows.permissions import Action
from workflows.repairs import MOST, NIK_CORRECTED, NOT_ALLOWED, ItemState, RepairState

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_LISTED: Final = 25  # repairs on a page; each is counted
_COLUMNS: Final = ("repair", "state", "made", "made_by", "because", "approved_by", "correction", "ended", "items")
_ITEM_COLUMNS: Final = ("number", "parked", "becomes", "state", "round", "outcome", "reason", "why", "at")
_WHY: Final = {NIK_CORRECTED: "repairs-why-nik", NOT_ALLOWED: "repairs-why-sender"}


@router.get("/repairs")
def listed(seat: Seated) -> Response:
    """List the repairs, the newest first."""
    asked, narrowed = _asked(seat)
    with web_of(seat.request).snapshot() as connection:
        found = repairs(connection, _LISTED + 1, after=place_of(seat.request), **narrowed)
    following = address("/repairs", asked, after=found[_LISTED - 1]["repair"]) if len(found) > _LISTED else None
    return seat.drawn(
        "room/repairs.html",
        actions=Action,
        repairs=found[:_LISTED],
        following=following,
        asked=asked,
        states=_said(seat, "repairs-state-", RepairState),
        ends=[state.value for state in ItemState],
        here=address("/repairs", asked),
        csv=address("/repairs.csv", asked),
    )


@router.get("/repairs.csv")
def listed_file(seat: Seated) -> Response:
    """Give the repairs as a file, at most a thousand."""
    _require_causes(seat)
    _, narrowed = _asked(seat)
    with web_of(seat.request).snapshot() as connection:
        found = repairs(connection, 1000, **narrowed)
    ends = [state.value for state in ItemState]
    return csv_file("repairs", (*_COLUMNS, *ends), ({**one, **one["counts"]} for one in found))


@router.get("/repairs/{id_}")
def shown(seat: Seated, id_: UUID) -> Response:
    """Show one repair, and what may be done with it now."""
    return _drawn(seat, "room/repair.html", id_)


@router.get("/repairs/{id_}/now")
def now(seat: Seated, id_: UUID) -> Response:
    """Give the moving part of a repair, for a page that asks again; once it stands otherwise, the page is anew."""
    answer = _drawn(seat, "room/repair_now.html", id_)
    if answer.headers.get("X-State") != seat.request.query_params.get("state"):
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.get("/repairs/{id_}/items")
def items(seat: Seated, id_: UUID) -> Response:
    """List its items in their order."""
    asked, wanted = _asked_items(seat)
    with web_of(seat.request).snapshot() as connection:
        told = repair(connection, str(id_))
        found = list(repair_items(connection, str(id_), after=number_of(seat.request), most=PAGE + 1, wanted=wanted))
    path = f"/repairs/{id_}/items"
    following = address(path, asked, after=str(found[PAGE - 1]["number"])) if len(found) > PAGE else None
    return seat.drawn(
        "room/repair_items.html",
        actions=Action,
        repair=told,
        items=found[:PAGE],
        following=following,
        asked=asked,
        states=_said(seat, "repairs-end-", ItemState),
        here=address(path, asked),
        csv=address(f"{path}.csv", asked),
    )


@router.get("/repairs/{id_}/items.csv")
def items_file(seat: Seated, id_: UUID) -> Response:
    """Give its items as a file."""
    _require_causes(seat)
    _, wanted = _asked_items(seat)
    web = web_of(seat.request)
    with web.snapshot() as connection:
        repair(connection, str(id_))

    def rows() -> Any:  # noqa: ANN401 - a generator
        with web.snapshot() as connection:
            for one in repair_items(connection, str(id_), most=MOST, wanted=wanted):
                yield {**one, "becomes": one["foreseen"]["becomes"]}

    return csv_file(f"repair-{id_}", _ITEM_COLUMNS, rows())


@router.get("/repairs/{id_}/items/{number}")
def item(seat: Seated, id_: UUID, number: int) -> Response:
    """Show one item: before and after, the person masked."""
    web = web_of(seat.request)
    if not 0 < number < 2**31:
        raise Unknown("item of this repair", str(number))
    with web.snapshot() as connection:
        told = repair(connection, str(id_))
        found = list(repair_items(connection, str(id_), after=number - 1, most=1))
    if [one["number"] for one in found] != [number]:
        raise Unknown("item of this repair", str(number))
    changes = changes_of(web.parts.engine, web.parts.vault, str(id_), number)
    return seat.drawn("room/repair_item.html", actions=Action, repair=told, item=found[0], changes=changes)


@router.post("/repairs/{id_}/approve")
def approve(sent: Form, id_: UUID) -> Response:
    """Approve a repair that somebody else planned."""
    _desk(sent.seat).approve(id_, sent.by)
    return sent.seat.see(f"/repairs/{id_}")


@router.post("/repairs/{id_}/{decision}")
def decide(sent: Form, id_: UUID, decision: Decision) -> Response:
    """Set a repair going, let it rest, or end it."""
    _desk(sent.seat).decide(decision, id_, sent.by)
    return sent.seat.see(f"/repairs/{id_}")


def _drawn(seat: Seat, template: str, id_: UUID) -> HTMLResponse:
    with web_of(seat.request).snapshot() as connection:
        told = repair(connection, str(id_))
    own = is_same_person(told["made_by"], seat.account.name)
    why = [_WHY.get(one, "repairs-why-many") for one in told["second_person"]]
    above = web_of(seat.request).parts.config.repairs.approval_above
    answer = seat.drawn(template, actions=Action, repair=told, own=own, why=why, above=above)
    answer.headers["X-State"] = told["state"]
    return answer


def _desk(seat: Seat) -> RepairDesk:
    parts = web_of(seat.request).parts
    return RepairDesk(parts.engine, parts.audit.chain)


def _asked(seat: Seat) -> tuple[dict[str, str], dict[str, Any]]:
    asked = filters_of(seat.request, "state", "mine")
    if "state" in asked and asked["state"] not in set(RepairState):
        raise NotAsked(f"state is one of {', '.join(RepairState)}")
    return asked, {"state": asked.get("state"), "by": seat.account.name if "mine" in asked else None}


def _asked_items(seat: Seat) -> tuple[dict[str, str], WantedItems]:
    asked = filters_of(seat.request, "state", "becomes", "for_reason")
    for name in ("state", "becomes"):
        if name in asked and asked[name] not in set(ItemState):
            raise NotAsked(f"{name} is one of {', '.join(ItemState)}")
    return asked, WantedItems(**asked) if asked else ALL_ITEMS


def _said(seat: Seat, prefix: str, states: Iterable[str]) -> list[tuple[str, str]]:
    """Return the states with their words, for a choice."""
    words = WORDS[language_of(seat.request)]
    return [(str(state), words[f"{prefix}{state}"]) for state in states]


def _require_causes(seat: Seat) -> None:
    if not seat.may(Action.CAUSES):
        raise Unknown("repair", "of some offices only")
