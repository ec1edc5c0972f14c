"""Whether a request that changes something was meant: not sent by a page of another site in somebody's name."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from ektp.web.access.sessions import Session
from ektp.web.errors import Forbidden

CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def require_ours(request: Request) -> None:
    """Raise Forbidden where the browser says that another site sent this.

    A browser that says nothing of where a request comes from, as one does for a form of ours over plain HTTP
    (`Origin: null`, by our own referrer policy), is not refused: the session's token decides.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        origin = request.headers.get("origin", "null")
        foreign = origin != "null" and _host(origin) != request.headers.get("host")
    if foreign:
        raise Forbidden("this was sent by a page of another site")


def require_csrf(session: Session, given: str) -> None:
    """Raise Forbidden unless the session's own token came with it."""
    if not hmac.compare_digest(session.csrf.encode(), given.encode(errors="replace")):
        raise Forbidden("this did not come from a page of this session: load the page again")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
