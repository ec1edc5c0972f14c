"""Stok: what lies where, what runs out, who waits for it, and the life of one blanko."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from ektp.letters.names import office_name
from ektp.reading.deliveries import delivery, failing_printers
from ektp.reading.forecast import forecasts
from ektp.reading.print_queue import queues
from ektp.reading.stock import life_of, overview
from ektp.web.errors import NotAsked
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seat, Seated
from ektp.web.web import web_of
from schemas.places import place
from schemas.serials import Serial
from workflows.ledger import Place
from workflows.permissions import within
from workflows.supplies import SUPPLIES

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST: Final = 50  # offices on a page
_SERIAL: Final = TypeAdapter[str](Serial)
_COLUMNS: Final = ("office", *(place.value for place in Place), *SUPPLIES, "low", "waiting", "stopped")


@router.get("/stock")
def shelves(seat: Seated, office: str = "", after: str = "", serial: str = "") -> Response:
    """Show what each office has; of one office its queue, forecast, printers and loans too."""
    wrong = None
    if serial := serial.strip().upper():
        if _is_serial(serial):
            return seat.see(f"/stock/{quote(serial)}")
        wrong = "stock-serial-bad"
    region = region_of(office)
    web, offices = web_of(seat.request), seat.account.offices
    with web.snapshot() as connection:
        rows = overview(connection, web.parts.keeping, office=region, offices=offices, after=after, most=MOST + 1)
        one = region if region is not None and len(region) > 2 else rows[0]["office"] if len(rows) == 1 else None
        detail = _detail(seat, connection, one) if one is not None and within(offices, one) else None
    following = rows[MOST - 1]["office"] if len(rows) > MOST else None
    return seat.drawn(
        "room/stock.html", 422 if wrong else 200, rows=rows[:MOST], office=region or "", after=after, serial=serial,
        wrong=wrong, detail=detail, following=following, places=list(Place), supplies=SUPPLIES, office_name=office_name,
    )  # fmt: skip


@router.get("/stock.csv")
def shelves_as_file(seat: Seated, office: str = "") -> Response:
    """Give the same of every office as a file."""
    web, region = web_of(seat.request), region_of(office)
    with web.snapshot() as connection:
        rows = overview(connection, web.parts.keeping, office=region, offices=seat.account.offices)
    return csv_file("stock", _COLUMNS, map(_line, rows))


@router.get("/stock/{serial}")
def life(seat: Seated, serial: str) -> Response:
    """Show where a blanko is, and every movement that brought it there."""
    known = serial if _is_serial(serial) else ""
    with web_of(seat.request).snapshot() as connection:
        found = life_of(connection, known, seat.account.offices)
    return seat.drawn("room/serial.html", found=found, office_name=office_name)


def region_of(code: str) -> str | None:
    """Return the region that somebody asks for, None for all. Raises NotAsked."""
    if not (code := code.strip()):
        return None
    if place(code) is None:
        raise NotAsked("office is the code of a region: 33, 33.74, 33.74.10")
    return code


def _is_serial(text: str) -> bool:
    try:
        _SERIAL.validate_python(text)
    except ValidationError:
        return False
    return True


def _detail(seat: Seat, connection: Connection, office: str) -> dict[str, Any]:
    """Return what is told of one office: of what it prints only to those who are there for the one that prints it."""
    web = web_of(seat.request)
    keeping, calendars = web.parts.keeping, web.parts.calendars
    printing = keeping.policy(office).printing_office(office)
    told: dict[str, Any] = {"office": office, "printing": printing, "here": within(seat.account.offices, printing)}
    if not told["here"]:
        return told
    (expected,) = forecasts(connection, keeping, calendars, office=printing)
    return told | {
        "queue": queues(connection, keeping, printing)[0],
        "forecast": expected,
        "delivery": delivery(connection, office),
        "failing": {one["printer"]: one for one in failing_printers(connection, keeping, office)},
    }


def _line(told: dict[str, Any]) -> dict[str, Any]:
    supplies: Iterable[tuple[str, Any]] = ((supply, told["supplies"].get(supply)) for supply in SUPPLIES)
    return {**told, **told["places"], **dict(supplies), "low": " ".join(told["low"])}
