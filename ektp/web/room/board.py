"""Papan, the board: how many are where, whose move it is, what a day brought, and what moves, while one looks."""

from functools import partial
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.clearance import curve
from ektp.reading.forecast import forecasts
from ektp.reading.lifecycle_diagram import Badge, svg
from ektp.web.access.asking import Credentials, onlooker, while_allowed
from ektp.web.errors import WebError
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seat, Seated
from ektp.web.room.whereabouts import told
from ektp.web.screen import language_of, page
from ektp.web.web import web_of
from ektp.web.words import WORDS, Language, number
from workflows.card_issuance import State

router = APIRouter(include_in_schema=False, route_class=PageRoute)
DAYS: Final = 60  #: Of the curve.
MOST_STOCKS: Final = 4
#: Written before a count, for whoever does not see its colour.
_MARKS: Final = {"": "", "overdue": "! ", "held": "… "}
Days = Annotated[int, Query(ge=7, le=400)]


@router.get("/")
async def board(seat: Seated) -> Response:
    """Show the board."""
    try:
        view = await web_of(seat.request).live.view(seat.account.offices)
        around = await anyio.to_thread.run_sync(_around, seat)
    except WebError:
        raise
    except (StoreAway, EktpError):
        return await _drawn(seat, 503, moving=None)
    moving = Markup(fragment(view, language_of(seat.request)))  # noqa: S704 - our own template
    return await _drawn(seat, 200, moving=moving, **around)


async def _drawn(seat: Seat, status: int, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as Jinja
    return await anyio.to_thread.run_sync(partial(seat.drawn, "room/board.html", status, **values))


def _around(seat: Seat) -> dict[str, Any]:
    """Read what stands around the moving part: it changes by the day."""
    web, offices = web_of(seat.request), seat.account.offices
    keeping, calendars = web.parts.keeping, web.parts.calendars
    with web.snapshot() as connection:
        stocks = forecasts(connection, keeping, calendars, offices=offices, most=MOST_STOCKS)
        return {"stocks": stocks, "points": curve(connection, DAYS, offices), "days": DAYS}


@router.get("/board")
async def now(seat: Seated) -> Response:
    """Give the moving part of the board, for a page that asks again and again; one whose session ended signs in."""
    view = await web_of(seat.request).live.view(seat.account.offices)
    return HTMLResponse(fragment(view, language_of(seat.request)))


@router.get("/board/curve")
def curved(seat: Seated, days: Days = DAYS) -> Response:
    """Give the curve: who waited at the end of each day, who came in and whose application ended on it."""
    with web_of(seat.request).snapshot() as connection:
        points = curve(connection, days, seat.account.offices)
    columns = {name: [getattr(point, name) for point in points] for name in ("waiting", "came", "ended")}
    return JSONResponse({"days": [str(point.day) for point in points], **columns})


@router.get("/live")
async def live(request: Request, given: Credentials) -> Response:
    """Give the moving part of the board whenever it changes, as server-sent events."""
    allowed = partial(onlooker, request, given)
    account = await anyio.to_thread.run_sync(allowed)
    language, shared = language_of(request), web_of(request).live
    shared.require_room()
    changes = shared.changes(account.offices, lambda view: fragment(view, language))
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(while_allowed(allowed, changes), media_type="text/event-stream", headers=headers)


def fragment(view: dict[str, Any], language: Language) -> str:
    """Draw the moving part of the board."""
    words = WORDS[language]
    badges = {
        "all": _badges(view["states"], "/applications?state={}", "", language),
        "overdue": _badges(_some(view["overdue_by_state"]), "/applications?state={}&overdue=1", "overdue", language),
        "held": _badges(_some(view["held_by_state"]), "/deadlines", "held", language),
    }
    drawn = svg(badges, (words["board-diagram"], words["board-rarer"]))
    alerts = told(view["alerts"], language)
    diagram = Markup(drawn)  # noqa: S704 - it escapes what it writes
    return page("room/board_now.html", language, view={**view, "alerts": alerts}, diagram=diagram)


def _some(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts of states that are drawn, where there are any."""
    return {state: count for state, count in counts.items() if count and state != State.NEW}


def _badges(counts: dict[str, int], href: str, kind: str, language: Language) -> dict[State, Badge]:
    words = WORDS[language]
    return {
        State(state): Badge(
            f"{_MARKS[kind]}{number(count, language)}",
            f"{words[state]}{f', {words[kind]}' if kind else ''}: {number(count, language)}",
            href.format(state),
        )
        for state, count in counts.items()
    }
