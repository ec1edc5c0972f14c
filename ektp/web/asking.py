"""Who may ask for what: a token for everything, a session for reading, a station its own, nobody for the probes."""

from typing import Annotated, Final

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from consumers.registry import Station
from ektp.web.accounts import Account
from ektp.web.errors import Forbidden, TooMany, Unauthorised
from ektp.web.web import host_of, is_loopback, is_secure, web_of

_BEARER: Final = HTTPBearer(auto_error=False, description="The token in $EKTP_HOME/token, or a station's own")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_OPEN: Final = Account("whoever sits at this machine")


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: over TLS one that a browser takes from nobody but this very host."""
    return "__Host-ektp-session" if is_secure(request) else "ektp-session"


def bearer(request: Request, given: Credentials) -> Account:
    """Return whose bearer token came; a cookie does not do, so no other site can post. Raises Unauthorised."""
    account = web_of(request).accounts.who(given.credentials) if given else None
    if account is None:
        raise Unauthorised("send a token: Authorization: Bearer ...")
    return account


def speaker(request: Request, given: Credentials) -> Account:
    """Return who asks for something to be done, a station excepted. Raises Unauthorised and Forbidden."""
    return _for_everything(bearer(request, given))


def reader(request: Request, given: Credentials) -> Account:
    """Return who reads, by token or session, a station excepted. Raises Unauthorised and Forbidden."""
    account = bearer(request, given) if given else in_session(request)
    if account is None:
        raise Unauthorised("send a token (Authorization: Bearer ...), or open a session at /session")
    return _for_everything(account)


def oneself(request: Request, given: Credentials) -> Station:
    """Return the station that asks about itself. Raises Unauthorised, Forbidden and TooMany."""
    station = bearer(request, given).station
    if station is None:
        raise Forbidden("this is told to a station: send its token")
    if wait := web_of(request).rates.take(station.name):
        raise TooMany(wait)
    return station


def _for_everything(account: Account) -> Account:
    if account.station is not None:
        raise Forbidden("a station sends events and asks about its own: POST /events, GET /api/v1/stations/me")
    return account


def onlooker(request: Request, given: Credentials) -> Account:
    """Return who looks at the board. Raises Unauthorised and Forbidden.

    Where the board is open nobody is asked, if the address in the browser is this machine's: a page of another site
    whose name was made to point here must not read it.
    """
    if web_of(request).open_board and is_loopback(host_of(request)):
        return _OPEN
    return reader(request, given)


def in_session(request: Request) -> Account | None:
    """Return whose session the cookie names, None without one."""
    web, cookie = web_of(request), request.cookies.get(cookie_name(request))
    name = web.sessions.name_in(cookie) if cookie else None
    return web.accounts.named(name) if name else None


Speaker = Annotated[Account, Depends(speaker)]
Reader = Annotated[Account, Depends(reader)]
Onlooker = Annotated[Account, Depends(onlooker)]
Oneself = Annotated[Station, Depends(oneself)]
