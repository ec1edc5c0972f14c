"""The pages for people: the board, the session, the list of what can be asked."""

from typing import Any, Final
from urllib.parse import parse_qs

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.web.accounts import SESSION_SECONDS
from ektp.web.asking import Credentials, Onlooker, cookie_name, in_session, onlooker
from ektp.web.body import read_body
from ektp.web.errors import Unauthorised
from ektp.web.screen import fragment, language_of, page
from ektp.web.web import is_secure, web_of

router = APIRouter(include_in_schema=False)
_FORM: Final = 4096  # bytes
_SIGN_IN: Final = "/session"


@router.get("/")
async def board(request: Request, given: Credentials) -> Response:
    """Show the board, or the way to it."""
    try:
        await anyio.to_thread.run_sync(onlooker, request, given)
    except Unauthorised:
        return RedirectResponse(_SIGN_IN, 303)
    try:
        view = await web_of(request).live.view()
    except (StoreAway, EktpError):
        return _page(request, "page.html", 503, view=None)
    return _page(request, "page.html", view=view)


@router.get("/board")
async def now(request: Request, _account: Onlooker) -> Response:
    """Give the moving part of the board, for a page that asks again and again."""
    return HTMLResponse(fragment(await web_of(request).live.view(), language_of(request)))


@router.get("/live")
async def live(request: Request, _account: Onlooker) -> Response:
    """Give the moving part of the board whenever it changes, as server-sent events."""
    language, shared = language_of(request), web_of(request).live
    shared.require_room()
    changes = shared.changes(lambda view: fragment(view, language))
    return StreamingResponse(changes, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get(_SIGN_IN)
async def sign_in(request: Request) -> Response:
    """Ask for the token."""
    return _page(request, "session.html", wrong=False)


@router.post(_SIGN_IN)
async def signed_in(request: Request) -> Response:
    """Open a session for whoever knows the token: it stands in a form, and never in an address."""
    form = parse_qs((await read_body(request, _FORM)).content.decode(errors="replace"))
    web = web_of(request)
    account = await anyio.to_thread.run_sync(web.accounts.who, form.get("token", [""])[0].strip())
    if account is None or account.station is not None:  # a station has no session
        return _page(request, "session.html", 401, wrong=True)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(cookie_name(request), web.sessions.opened(account), max_age=SESSION_SECONDS, **_guarded(request))
    return answer


@router.post("/session/end")
async def signed_out(request: Request) -> Response:
    """Take the cookie back."""
    answer = RedirectResponse(_SIGN_IN, 303)
    answer.delete_cookie(cookie_name(request), **_guarded(request))
    return answer


@router.get("/docs")
async def docs(request: Request) -> Response:
    """List what can be asked; drawn by ourselves, as the usual page loads scripts from elsewhere."""
    return _page(request, "docs.html", api=request.app.openapi())


def _guarded(request: Request) -> Any:  # noqa: ANN401 - keyword arguments of set_cookie
    return {"httponly": True, "samesite": "strict", "secure": is_secure(request), "path": "/"}


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as Jinja
    language = language_of(request)
    text = page(name, language, session=in_session(request) is not None, **values)
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status, headers)
