"""The pages with which somebody signs in and out, and changes a password."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consumers.errors import StoreAway
from ektp.errors import EktpError, WrongUse
from ektp.storage.people.sessions import MOST_HOURS
from ektp.web.access.asking import Credentials, bearer, cookie_name, cookie_of, permitted, session_of
from ektp.web.access.origins import CSRF_FIELD, require_csrf, require_ours
from ektp.web.access.sessions import Session
from ektp.web.errors import Forbidden, TooMany, Unauthorised, WebError
from ektp.web.forms import form_of
from ektp.web.sheets import sheet
from ektp.web.web import is_secure, web_of

router = APIRouter(include_in_schema=False)
SIGN_IN: Final = "/login"


@router.get(SIGN_IN)
def sign_in(request: Request) -> Response:
    """Ask for name and password, or for the token of the installation."""
    return sheet(request, "login.html", wrong=None)


@router.post(SIGN_IN)
async def signed_in(request: Request) -> Response:
    """Open a session; what proves it stands in a form, and never in an address."""
    require_ours(request)
    form = await form_of(request)
    try:
        return await _signed_in(request, form)
    except TooMany as many:
        answer = await _drawn(request, "login.html", 429, wrong="login-often")
        answer.headers["Retry-After"] = str(many.seconds)
        return answer
    except WebError:
        raise
    except (StoreAway, EktpError):
        return await _drawn(request, "login.html", 503, wrong="away")


async def _signed_in(request: Request, form: Mapping[str, str]) -> Response:
    web, token = web_of(request), form.get("token", "").strip()
    name: str | None = form.get("name", "").strip().lower()
    if token:
        if not web.accounts.begins(token):
            return await _drawn(request, "login.html", 401, wrong="wrong-token")
        name = None
    elif not await web.logins.known(name or "", form.get("password", ""), _address(request)):
        return await _drawn(request, "login.html", 401, wrong="wrong-login")
    cookie = await anyio.to_thread.run_sync(_opened, request, name)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(cookie_name(request), cookie, max_age=MOST_HOURS * 3600, **_guarded(request))
    return answer


def _opened(request: Request, name: str | None) -> str:
    return web_of(request).sessions.opened(name, cookie_of(request))


@router.post("/logout")
async def signed_out(request: Request) -> Response:
    """End the session on the server, and take the cookie back; where it has ended already only that."""
    form = await form_of(request)
    await anyio.to_thread.run_sync(_closed, request, form)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(cookie_name(request), **_guarded(request))
    return answer


def _closed(request: Request, form: Mapping[str, str]) -> None:
    web, session, cookie = web_of(request), session_of(request), cookie_of(request)
    if session is None or cookie is None:
        return
    require_ours(request)
    require_csrf(session, form.get(CSRF_FIELD, ""))
    web.sessions.close(cookie, session.account.name)


@router.get("/password")
def ask_password(request: Request, given: Credentials) -> Response:
    """Ask for the old password and a new one."""
    try:
        session = _signed_person(request, given)
    except Unauthorised:
        return RedirectResponse(SIGN_IN, 303)
    return sheet(request, "password.html", wrong=None, changed=False, csrf=session.csrf)


@router.post("/password")
async def change_password(request: Request, given: Credentials) -> Response:
    """Change the password of whoever is signed in; every other session of theirs ends."""
    session = await anyio.to_thread.run_sync(_signed_person, request, given)
    form = await form_of(request)
    require_ours(request)
    require_csrf(session, form.get(CSRF_FIELD, ""))
    wrong = await _changed(request, session, form)
    status = {None: 200, "wrong-password": 403}.get(wrong, 422)
    return await _drawn(request, "password.html", status, wrong=wrong, changed=wrong is None, csrf=session.csrf)


async def _changed(request: Request, session: Session, form: Mapping[str, str]) -> str | None:
    """Change the password; return the words for what is wrong, None where nothing is. Raises TooMany."""
    name, logins = session.person or "", web_of(request).logins
    if form.get("new", "") != form.get("again", ""):
        return "password-differs"
    if not await logins.known(name, form.get("old", ""), _address(request)):
        return "wrong-password"
    change = partial(logins.people.change_password, name, form.get("new", ""), name, session.digest)
    try:
        await anyio.to_thread.run_sync(change)
    except WrongUse:
        return "password-weak"
    return None


def _signed_person(request: Request, given: Credentials) -> Session:
    """Return the session of the person who asks. Raises Unauthorised, Forbidden and StoreAway."""
    if given:
        permitted(request, bearer(request, given))
        raise Forbidden("only a person has a password: sign in at /login")
    session = session_of(request)
    if session is None:
        raise Unauthorised("sign in at /login")
    if session.person is None:
        raise Forbidden("whoever came with the token of the installation has no password")
    return session


async def _drawn(request: Request, name: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as sheet
    return await anyio.to_thread.run_sync(partial(sheet, request, name, status, **values))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _guarded(request: Request) -> Any:  # noqa: ANN401 - keyword arguments of set_cookie
    return {"httponly": True, "samesite": "lax", "secure": is_secure(request), "path": "/"}
