"""Who may ask for what: by a token or in a session, as its roles allow; a station its own, nobody for the probes."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Annotated, Final, TypeVar

import anyio.to_thread
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from consumers.errors import StoreAway
from consumers.registry import Station
from ektp.web.access.accounts import Account
from ektp.web.access.origins import CSRF_HEADER, SAFE, require_csrf, require_ours
from ektp.web.access.rights import Door, right_of
from ektp.web.access.sessions import Session
from ektp.web.errors import Forbidden, TooMany, Unauthorised
from ektp.web.web import host_of, is_loopback, is_secure, web_of
from workflows.permissions import Role

Part = TypeVar("Part")
_BEARER: Final = HTTPBearer(auto_error=False, description="The token in $EKTP_HOME/token, of a program, or a station's")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_OPEN: Final = Account("whoever sits at this machine", roles=frozenset({Role.VIEWER}))
_AGAIN: Final = 1.0  # seconds
#: The header with which a page asks again and again: nobody may be sitting before it. A stream cannot send one.
BY_ITSELF: Final = "x-by-itself"
_STREAM: Final = "/live"


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: over TLS one that a browser takes from nobody but this very host."""
    return "__Host-ektp-session" if is_secure(request) else "ektp-session"


def cookie_of(request: Request) -> str | None:
    """Return the session cookie, None without one."""
    return request.cookies.get(cookie_name(request))


def session_of(request: Request) -> Session | None:
    """Return the session in which this is asked, None without one. Raises StoreAway."""
    active = BY_ITSELF not in request.headers and request.scope["path"] != _STREAM
    return web_of(request).sessions.of(cookie_of(request), active=active)


def bearer(request: Request, given: Credentials) -> Account:
    """Return whose bearer token came; a cookie does not do. Raises Unauthorised and StoreAway."""
    account = web_of(request).accounts.who(given.credentials) if given else None
    if account is None:
        raise Unauthorised("send a token: Authorization: Bearer ...")
    return account


def asker(request: Request, given: Credentials) -> Account:
    """Return who asks, where the route's action is allowed to it. Raises Unauthorised, Forbidden and StoreAway.

    In a session, what changes something has to bring the session's token in a header.
    """
    return asking(request, given, request.headers.get(CSRF_HEADER, ""))


def asking(request: Request, given: Credentials, csrf: str) -> Account:
    """Return who asks, with what proves in a session that one of its own pages asks. Raises as `asker`."""
    if given:
        return permitted(request, bearer(request, given))
    session = session_of(request)
    if session is None:
        raise Unauthorised("send a token (Authorization: Bearer ...), or sign in at /login")
    if request.method not in SAFE:
        require_ours(request)
        require_csrf(session, csrf)
    return permitted(request, session.account)


def permitted(request: Request, account: Account) -> Account:
    """Return the account where the route is open to it. Raises Forbidden."""
    if account.station is not None:
        raise Forbidden("a station sends events and asks about its own: POST /events, GET /api/v1/stations/me")
    right = right_of(request.method, request.scope["route"].path)
    if right is None or (not isinstance(right, Door) and not account.may(right)):
        raise Forbidden("the roles of this account do not allow this")
    return account


def oneself(request: Request, given: Credentials) -> Station:
    """Return the station that asks about itself. Raises Unauthorised, Forbidden and TooMany."""
    station = bearer(request, given).station
    if station is None:
        raise Forbidden("this is told to a station: send its token")
    if wait := web_of(request).rates.take(station.name):
        raise TooMany(wait)
    return station


def onlooker(request: Request, given: Credentials) -> Account:
    """Return who looks at a page. Raises Unauthorised, Forbidden and StoreAway.

    Where the board is open nobody has to sign in to look, if the address in the browser is this machine's: a page of
    another site whose name was made to point here must not read it.
    """
    here = web_of(request).open_board and is_loopback(host_of(request))
    if here and not given and session_of(request) is None:
        return permitted(request, _OPEN)
    return asker(request, given)


async def while_allowed(allowed: Callable[[], object], stream: AsyncGenerator[Part, None]) -> AsyncIterator[Part]:
    """Pass a stream on for as long as whoever asked may still be told; `allowed` raises where it may not any more."""
    async with aclosing(stream):
        async for part in stream:
            if not await _still(allowed):
                return
            yield part


async def _still(allowed: Callable[[], object]) -> bool:
    """Tell whether it is allowed; while the store is away nobody can tell, and nothing is told."""
    while True:
        try:
            await anyio.to_thread.run_sync(allowed)
        except StoreAway:
            await anyio.sleep(_AGAIN)
        except (Unauthorised, Forbidden):
            return False
        else:
            return True


Asker = Annotated[Account, Depends(asker)]
Onlooker = Annotated[Account, Depends(onlooker)]
Oneself = Annotated[Station, Depends(oneself)]
