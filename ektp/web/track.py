"""The resident's page: resi and PIN in, how far the card has come out; it needs no script and keeps no session."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.letters.names import office_name, regency_name
from ektp.reading.tracking import Progress, typed_resi
from ektp.web.forms import form_of
from ektp.web.screen import language_of, page
from ektp.web.tracking import Trouble
from ektp.web.web import web_of
from ektp.web.words import Language

router = APIRouter(include_in_schema=False)
_PIN: Final = 6  # digits
_STATUS: Final = {Trouble.WRONG: 403, Trouble.OFTEN: 429, Trouble.MISTYPED: 422, Trouble.AWAY: 503}


@router.get("/track")
def ask(request: Request, resi: str = "") -> HTMLResponse:
    """Ask for resi and PIN; the address that a receipt's QR code leads to brings the resi."""
    return _page(request, typed_resi(resi) or "")


@router.post("/track")
async def follow(request: Request) -> HTMLResponse:
    """Tell how far the application has come to whoever knows resi and PIN; both stand in the form, never in a URL."""
    form = await form_of(request)
    resi = typed_resi(form.get("resi", ""))
    pin = "".join(form.get("pin", "").split())
    if resi is None or len(pin) != _PIN or not (pin.isascii() and pin.isdigit()):
        return _page(request, resi or "", trouble=Trouble.MISTYPED)
    tracking = web_of(request).tracking
    if not tracking.may_try(request.client.host if request.client else "", resi):
        return _page(request, resi, trouble=Trouble.OFTEN)
    try:
        answer = await tracking.found(resi, pin)
    except (StoreAway, EktpError):
        return _page(request, resi, trouble=Trouble.AWAY)
    if isinstance(answer, Progress):
        return _page(request, resi, answer)
    told = _page(request, resi, trouble=answer)
    if answer is Trouble.WRONG:
        told.background = BackgroundTask(tracking.tell_unknown, resi)
    return told


def _page(
    request: Request, resi: str, found: Progress | None = None, *, trouble: Trouble | None = None
) -> HTMLResponse:
    language = language_of(request)
    told = _told(request, found, language) if found else None
    text = page("track.html", language, session=False, resi=resi, trouble=trouble, found=told)
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie", "X-Robots-Tag": "noindex"}
    if trouble in (Trouble.OFTEN, Trouble.AWAY):
        headers["Retry-After"] = "60"
    return HTMLResponse(text, _STATUS[trouble] if trouble else 200, headers)


def _told(request: Request, found: Progress, language: Language) -> dict[str, Any]:
    """Return what the template shows, in words."""
    says, letters = found.says, web_of(request).parts.letters
    return {
        "text": says.text.id if language == "id" else says.text.en,
        "state": found.state.value,
        "whose_move": {"office": "office-party", "nobody": None}.get(found.whose_move.value, found.whose_move.value),
        "must_come": says.must_come,
        "bring": says.bring,
        "due": found.due and letters.date(found.office, found.due, language),
        "office": f"{office_name(found.office)}, {regency_name(found.office)}",
    }
