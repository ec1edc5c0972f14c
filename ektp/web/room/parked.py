"""Parkiran, the parking lot: what could not be taken in, grouped by what failed alike, and what is done about it."""

import re
from typing import Final, Literal

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from ektp.reading.causes import By, Wanted, group, groups
from ektp.reading.errors import Unknown
from ektp.reading.parking import WantedParked, parked_items
from ektp.repairing.correction import Kind
from ektp.repairing.errors import RepairError
from ektp.repairing.planning import planner_of
from ektp.repairing.selection import Selection
from ektp.storage.repairs import parked_groups
from ektp.web.errors import NotAsked
from ektp.web.room.asked import PAGE, address, filters_of, place_of
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.plan_form import EXAMPLE, wish_of
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.screen import language_of
from ektp.web.web import web_of
from schemas.reasons_in_indonesian import explained
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST: Final = 200  # groups on the page
_FILTERS: Final = ("reason", "station", "office", "version", "muted", "mine")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_COLUMNS: Final = (
    "group", "open", "since_deploy", "new", "first", "oldest", "newest", "stage", "reason", "detail", "version",
    "station", "office", "owner", "muted", "notes",
)  # fmt: skip


@router.get("/parked")
def parking_lot(seat: Seated) -> Response:
    """Show the groups; whoever is there for some offices only is led to the list."""
    if not seat.may(Action.CAUSES):
        return seat.see("/parked/items")
    asked = filters_of(seat.request, *_FILTERS, "by")
    by = _by(asked.pop("by", By.CAUSE))
    with web_of(seat.request).snapshot() as connection:
        every = groups(connection, by)
    wanted = _wanted(asked, seat)
    found = [one for one in every if by is not By.CAUSE or wanted.fits(one)]
    language = language_of(seat.request)
    return seat.drawn(
        "room/parked.html",
        actions=Action,
        by=by.value,
        ways=[way.value for way in By],
        asked=asked,
        groups=found[:MOST],
        left_out=len(found) - len(found[:MOST]),
        total=sum(one["open"] for one in found),
        reasons=[(code, code) for code in sorted({one["reason"] for one in every})] if by is By.CAUSE else [],
        explained=lambda code: explained(code, language),
        here=address("/parked", asked),
        csv=address("/parked.csv", asked),
    )


@router.get("/parked.csv")
def parking_lot_file(seat: Seated) -> Response:
    """Give the groups as a file; the list of the items, as on the page, to whoever is there for some offices only."""
    if not seat.may(Action.CAUSES):
        return seat.see("/parked/items.csv")
    wanted = _wanted(filters_of(seat.request, *_FILTERS), seat)
    with web_of(seat.request).snapshot() as connection:
        found = [one for one in groups(connection) if wanted.fits(one)]
    return csv_file("parked-groups", _COLUMNS, ({**one, "notes": len(one["notes"])} for one in found))


@router.get("/parked/groups/{fingerprint}")
def one_group(seat: Seated, fingerprint: str) -> Response:
    """Show one group: what is known of it, its items, and what can be done."""
    return _drawn(seat, fingerprint)


@router.post("/parked/groups/{fingerprint}/plan")
def plan(sent: Form, fingerprint: str) -> Response:
    """Plan a repair of everything that is open in a group."""
    kind: Kind | None = "patch" if sent.text("correction") == "patch" else None
    said = sent.text("patch").encode(errors="replace") if kind else b""
    try:
        wish = wish_of(sent, Selection(group=_checked(fingerprint)), kind, said)
        planned = planner_of(web_of(sent.seat.request).parts).plan(wish)
    except (RepairError, NotAsked) as refused:
        return _drawn(sent.seat, fingerprint, refused.status, wrong=str(refused), typed=sent)
    return sent.seat.see(f"/repairs/{planned}")


@router.post("/parked/groups/{fingerprint}/{act}")
def say(sent: Form, fingerprint: str, act: Literal["own", "mute", "unmute", "note"]) -> Response:
    """Write down who looks after a group, that it is muted or not any more, or what is known of it."""
    web = web_of(sent.seat.request)
    with web.snapshot() as connection:
        group(connection, _checked(fingerprint))
    engine, chain = web.parts.engine, web.parts.audit.chain
    match act:
        case "own":
            parked_groups.own(engine, chain, fingerprint, _text(sent, "owner", 64) or None, by=sent.by)
        case "note":
            if not (text := _text(sent, "note", 1000)):
                raise NotAsked("a note has at least a word")
            parked_groups.note(engine, chain, fingerprint, text, by=sent.by)
        case _:
            parked_groups.mute(engine, chain, fingerprint, muted=act == "mute", by=sent.by)
    return sent.seat.see(f"/parked/groups/{fingerprint}")


def _drawn(
    seat: Seat, fingerprint: str, status: int = 200, *, wrong: str = "", typed: Posted | None = None
) -> HTMLResponse:
    request = seat.request
    after = None if typed else place_of(request)
    with web_of(request).snapshot() as connection:
        told = group(connection, _checked(fingerprint))
        wanted = WantedParked(group=fingerprint)
        items = list(parked_items(connection, wanted, after=after, most=PAGE + 1))
    path = f"/parked/groups/{fingerprint}"
    return seat.drawn(
        "room/parked_group.html",
        status,
        actions=Action,
        group=told,
        known=explained(told["reason"], language_of(request)),
        items=items[:PAGE],
        following=address(path, {}, after=items[PAGE - 1]["parked"]) if len(items) > PAGE else None,
        wrong=wrong,
        typed=typed.form if typed else {},
        example=EXAMPLE,
        mine=seat.account.name,
    )


def _wanted(asked: dict[str, str], seat: Seat) -> Wanted:
    muted = {"yes": True, "no": False}.get(asked.get("muted", ""))
    owner = seat.account.name if "mine" in asked else None
    found = {name: asked.get(name) for name in ("reason", "station", "office", "version")}
    return Wanted(**found, owner=owner, muted=muted)


def _by(name: str) -> By:
    try:
        return By(name)
    except ValueError:
        raise NotAsked(f"by is one of {', '.join(By)}") from None


def _checked(fingerprint: str) -> str:
    """Return the name of a group. Raises Unknown for what can be none."""
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise Unknown("group of parked items", fingerprint)
    return fingerprint


def _text(sent: Posted, name: str, most: int) -> str:
    text = sent.text(name)
    if len(text) > most or "\0" in text:
        raise NotAsked(f"{name} has at most {most} signs")
    return text
