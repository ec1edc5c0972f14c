"""The resident's page: resi and PIN in, how far the card has come out; it needs no script and keeps no session."""

from functools import partial
from typing import Final

import anyio.to_thread
from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.tracking import typed_resi
from ektp.web.forms import form_of
from ektp.web.public.progress import told
from ektp.web.public.tracking import Seen, Trouble
from ektp.web.screen import LANGUAGE_COOKIE, language_of, page
from ektp.web.web import is_secure, web_of
from ektp.web.words import OURS, Language

router = APIRouter(include_in_schema=False)
_PIN: Final = 6  # digits
_TICKET: Final = 200  # letters, more than any has
_YEAR: Final = 365 * 24 * 3600  # seconds
_STATUS: Final = {
    Trouble.WRONG: 403, Trouble.OFTEN: 429, Trouble.MISTYPED: 422, Trouble.AWAY: 503, Trouble.EXPIRED: 403,
}  # fmt: skip


@router.get("/track")
def ask(request: Request, resi: str = "") -> HTMLResponse:
    """Ask for resi and PIN; the address that a receipt's QR code leads to brings the resi."""
    return _page(request, language_of(request), typed_resi(resi) or "")


@router.post("/track")
async def follow(request: Request) -> HTMLResponse:
    """Tell how far the application has come to whoever knows resi and PIN; both stand in the form, never in a URL."""
    form = await form_of(request)
    draw = partial(_page, request, language_of(request))
    resi = typed_resi(form.get("resi", ""))
    pin = "".join(form.get("pin", "").split())
    if resi is None or len(pin) != _PIN or not (pin.isascii() and pin.isdigit()):
        return draw(resi or "", trouble=Trouble.MISTYPED)
    tracking = web_of(request).tracking
    if not tracking.may_try(_address(request), resi):
        return draw(resi, trouble=Trouble.OFTEN)
    try:
        answer = await tracking.found(resi, pin)
    except (StoreAway, EktpError):
        return draw(resi, trouble=Trouble.AWAY)
    if isinstance(answer, Seen):
        return draw(resi, answer)
    answered = draw(resi, trouble=answer)
    if answer is Trouble.WRONG:
        answered.background = BackgroundTask(tracking.tell_unknown, resi)
    return answered


@router.post("/track/again")
async def look_again(request: Request) -> HTMLResponse:
    """Show the same once more to whoever has it before them: in another language, or with messages stopped."""
    form = await form_of(request)
    chosen = OURS.get(form.get("language", ""))
    draw = partial(_page, request, chosen or language_of(request))
    tracking = web_of(request).tracking
    if not tracking.may_look_again(_address(request)):
        return draw("", trouble=Trouble.OFTEN)
    wanted = {"stop": False, "resume": True}.get(form.get("messages", ""))
    try:
        answer = await anyio.to_thread.run_sync(tracking.again, form.get("ticket", "")[:_TICKET], wanted)
    except (StoreAway, EktpError):
        return draw("", trouble=Trouble.AWAY)
    answered = draw(answer.progress.resi, answer) if isinstance(answer, Seen) else draw("", trouble=answer)
    if chosen:
        secure = is_secure(request)
        answered.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return answered


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _page(
    request: Request, language: Language, resi: str, seen: Seen | None = None, *, trouble: Trouble | None = None
) -> HTMLResponse:
    found = told(seen, web_of(request).parts, language) if seen else None
    text = page("track.html", language, session=False, path="/track", resi=resi, trouble=trouble, found=found)
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie", "X-Robots-Tag": "noindex"}
    if trouble in (Trouble.OFTEN, Trouble.AWAY):
        headers["Retry-After"] = "60"
    return HTMLResponse(text, _STATUS[trouble] if trouble else 200, headers)
