"""How a page is answered: in the language of whoever asks, with their session's way out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from consumers.errors import StoreAway
from ektp.web.access.asking import session_of
from ektp.web.access.sessions import Session
from ektp.web.screen import language_of, page
from schemas.nik import mask_niks


def sheet(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as Jinja
    """Draw a page; it asks the store whose session this is, so it is called in a thread."""
    language = language_of(request)
    text = page(name, language, session=_session(request), path=_path(request), **values)
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status, headers)


def _session(request: Request) -> Session | None:
    """Return the session, None also where nobody can tell."""
    try:
        return session_of(request)
    except StoreAway:
        return None


def _path(request: Request) -> str:
    """Return where the page can be asked for again; what was posted to is none. A NIK in an address is not repeated."""
    url = request.url
    return mask_niks(f"{url.path}?{url.query}" if url.query else url.path) if request.method == "GET" else "/"
