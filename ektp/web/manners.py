"""What every answer carries, whatever happened: headers for a browser, a count, and never a traceback."""

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ektp.web.problems import problem

log = structlog.get_logger()
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STATIC: Final = "/static"


class Manners:
    """Wraps the app; `answered(route, method, status)` is told of each answer."""

    def __init__(self, app: ASGIApp, answered: Callable[[str, str, int], None]) -> None:
        self._app, self._answered = app, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and look after its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is told its text, which may quote anything
            _tell(error, _route(scope))
            if not status:
                await _sorry(scope, receive, dressed)
        finally:
            self._answered(_route(scope), scope["method"] if scope["method"] in _METHODS else "other", status)


async def _sorry(scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
    answer = problem(500, "fault", "a fault of the program: please report it with the time")
    await answer(scope, receive, send)


def _dress(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    # What is static may be kept if it is asked for again each time; everything else is of the moment, or of somebody.
    headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith(STATIC) else "no-store")
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _route(scope: Scope) -> str:
    """Return the pattern of the route; the path itself may hold anything."""
    if (route := scope.get("route")) is not None:
        return str(route.path)
    return STATIC if scope["path"].startswith(STATIC) else "unmatched"


def _tell(error: Exception, route: str) -> None:
    """Log where it failed, never what the error says."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("request-failed", route=route, error=type(error).__name__, where=frames[-6:])
