"""Papan, the board: how many are where, whose move it is, and what moves, while one looks."""

from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.lifecycle_diagram import svg
from ektp.web.asking import Credentials, onlooker, while_allowed
from ektp.web.errors import WebError
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seat, Seated
from ektp.web.screen import language_of, page
from ektp.web.web import web_of
from ektp.web.words import Language, number
from workflows.card_issuance import State

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
async def board(seat: Seated) -> Response:
    """Show the board."""
    try:
        view = await web_of(seat.request).live.view()
    except WebError:
        raise
    except (StoreAway, EktpError):
        return await _drawn(seat, 503, None)
    return await _drawn(seat, 200, view)


async def _drawn(seat: Seat, status: int, view: dict[str, Any] | None) -> HTMLResponse:
    moving = Markup(fragment(view, language_of(seat.request))) if view else None  # noqa: S704 - our own template
    return await anyio.to_thread.run_sync(partial(seat.drawn, "room/board.html", status, moving=moving))


@router.get("/board")
async def now(seat: Seated) -> Response:
    """Give the moving part of the board, for a page that asks again and again; one whose session ended signs in."""
    return HTMLResponse(fragment(await web_of(seat.request).live.view(), language_of(seat.request)))


@router.get("/live")
async def live(request: Request, given: Credentials) -> Response:
    """Give the moving part of the board whenever it changes, as server-sent events."""
    allowed = partial(onlooker, request, given)
    await anyio.to_thread.run_sync(allowed)
    language, shared = language_of(request), web_of(request).live
    shared.require_room()
    changes = while_allowed(allowed, shared.changes(lambda view: fragment(view, language)))
    return StreamingResponse(changes, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def fragment(view: dict[str, Any], language: Language) -> str:
    """Draw the moving part of the board."""
    counts = {State(state): number(count, language) for state, count in view["states"].items()}
    late = {State(state): number(count, language) for state, count in view["overdue_by_state"].items() if count}
    diagram = Markup(svg(counts, late))  # noqa: S704 - it escapes what it writes
    return page("room/board_now.html", language, view=view, diagram=diagram)
