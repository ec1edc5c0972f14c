"""The pages for people: the board, and the list of what can be asked."""

from functools import partial

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.web.asking import Credentials, onlooker, while_allowed
from ektp.web.errors import Unauthorised, WebError
from ektp.web.login import SIGN_IN
from ektp.web.problems import problem
from ektp.web.screen import fragment, language_of
from ektp.web.sheets import sheet
from ektp.web.web import web_of

router = APIRouter(include_in_schema=False)


@router.get("/")
async def board(request: Request, given: Credentials) -> Response:
    """Show the board, or the way to it."""
    try:
        await anyio.to_thread.run_sync(onlooker, request, given)
        view = await web_of(request).live.view()
    except Unauthorised:
        return RedirectResponse(SIGN_IN, 303)
    except WebError:
        raise
    except (StoreAway, EktpError):
        return await anyio.to_thread.run_sync(partial(sheet, request, "page.html", 503, view=None))
    return await anyio.to_thread.run_sync(partial(sheet, request, "page.html", view=view))


@router.get("/board")
async def now(request: Request, given: Credentials) -> Response:
    """Give the moving part of the board, for a page that asks again and again; one whose session ended signs in."""
    try:
        await anyio.to_thread.run_sync(onlooker, request, given)
    except Unauthorised as unknown:
        answer = problem(unknown.status, unknown.code, str(unknown))
        answer.headers["HX-Redirect"] = SIGN_IN
        return answer
    return HTMLResponse(fragment(await web_of(request).live.view(), language_of(request)))


@router.get("/live")
async def live(request: Request, given: Credentials) -> Response:
    """Give the moving part of the board whenever it changes, as server-sent events."""
    allowed = partial(onlooker, request, given)
    await anyio.to_thread.run_sync(allowed)
    language, shared = language_of(request), web_of(request).live
    shared.require_room()
    changes = while_allowed(allowed, shared.changes(lambda view: fragment(view, language)))
    return StreamingResponse(changes, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/docs")
def docs(request: Request) -> Response:
    """List what can be asked; drawn by ourselves, as the usual page loads scripts from elsewhere."""
    return sheet(request, "docs.html", api=request.app.openapi())
