"""Letters: the page that says whether a suket holds, and the receipt that a counter gives."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.application import require_application
from ektp.reading.errors import Unknown
from ektp.web.access.asking import Asker
from ektp.web.public.tracking import network_of
from ektp.web.screen import language_of, page
from ektp.web.web import web_of

router = APIRouter()
_PDF = "application/pdf"


@router.get("/verify/{code}", include_in_schema=False)
def verify(request: Request, code: str) -> HTMLResponse:
    """Say whether a letter holds, to whoever has its code; of the resident only the initials."""
    language, web = language_of(request), web_of(request)
    told: dict[str, Any] = {"standing": "unknown"}
    status = 200
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie", "X-Robots-Tag": "noindex"}
    try:
        if web.verifying.take(network_of(request.client.host if request.client else "")):
            told, status, headers["Retry-After"] = {"standing": "often"}, 429, "60"
        else:
            told = web.parts.letters.checked(code, language)
    except Unknown:
        status = 404
    except (StoreAway, EktpError):
        told, status = {"standing": "away"}, 503
    text = page("verify.html", language, session=False, suket=told)
    return HTMLResponse(text, status, headers)


@router.post(
    "/api/v1/applications/{application}/resi",
    tags=["counters"],
    responses={
        200: {"content": {_PDF: {}}, "description": "The receipt, as JSON or, if Accept asks for it, for printing"},
        401: {"description": "No token"},
        404: {"description": "There is no such application"},
    },
)
def resi(
    request: Request, application: str, account: Asker, accept: Annotated[str, Header()] = "application/json"
) -> Response:
    """Give the resident a receipt: its code and a new PIN, shown this once; the PIN before it is void."""
    if not application.isprintable():
        raise Unknown("application", "")
    with web_of(request).snapshot() as connection:
        require_application(connection, application, account.offices)
    letters = web_of(request).parts.letters
    found = letters.new_resi(application, account.name)
    if _PDF in accept:
        return Response(letters.resi_pdf(found), media_type=_PDF)
    return JSONResponse(
        {"application": found.application, "resi": found.resi, "pin": found.pin, "track": found.address}
    )
