"""The pages that belong to no room: what can be asked, and the choice of a language."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ektp.web.forms import form_of
from ektp.web.screen import LANGUAGE_COOKIE
from ektp.web.sheets import sheet
from ektp.web.web import is_secure
from ektp.web.words import OURS

router = APIRouter(include_in_schema=False)
_YEAR = 365 * 24 * 3600  # seconds


@router.get("/docs")
def docs(request: Request) -> Response:
    """List what can be asked; drawn by ourselves, as the usual page loads scripts from elsewhere."""
    return sheet(request, "docs.html", api=request.app.openapi())


@router.post("/language")
async def choose_language(request: Request) -> Response:
    """Remember the language that somebody chose in this browser, and lead back to the page."""
    form = await form_of(request)
    answer = RedirectResponse(_of_ours(form.get("to", "/")), 303)
    if language := OURS.get(form.get("language", "")):
        secure = is_secure(request)
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


def _of_ours(to: str) -> str:
    """Return the address where it is one of this installation, else the beginning."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    ours = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return to if ours and to.isprintable() else "/"
