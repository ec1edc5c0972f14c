"""The published blanko stock: a page, a CSV and a JSON for everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.published import COLUMNS
from ektp.spreadsheet import csv_parts
from ektp.web.public.published import Rows
from ektp.web.public.tracking import network_of
from ektp.web.screen import language_of, page
from ektp.web.web import web_of

router = APIRouter(include_in_schema=False)


@router.get("/blanko")
def shown(request: Request) -> HTMLResponse:
    """Show how many blanko each office that prints has, uses and wants, and until when they last."""
    language = language_of(request)
    rows, status, headers = _asked(request)
    headers |= {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    trouble = {429: "often", 503: "away"}.get(status)
    text = page("blanko.html", language, session=False, path="/blanko", trouble=trouble, rows=rows)
    return HTMLResponse(text, status, headers)


@router.get("/blanko.json")
def as_json(request: Request) -> Response:
    """Give the same to programs."""
    rows, status, headers = _asked(request)
    body = {"offices": list(rows)} if status == 200 else {"title": "ask again in a minute", "status": status}
    return JSONResponse(body, status, headers)


@router.get("/blanko.csv")
def as_csv(request: Request) -> Response:
    """Give the same to spreadsheets."""
    rows, status, headers = _asked(request)
    text = "".join(csv_parts(COLUMNS, rows)) if status == 200 else ""
    headers |= {"Content-Disposition": 'attachment; filename="blanko.csv"'}
    return Response(text, status, headers, media_type="text/csv; charset=utf-8")


def _asked(request: Request) -> tuple[Rows, int, dict[str, str]]:
    """Return what is shown, the status and the headers; 429 to an address that asks too often, 503 without a store."""
    web = web_of(request)
    if web.looking.take(network_of(request.client.host if request.client else "")):
        return (), 429, {"Retry-After": "60"}
    try:
        return web.published.rows(), 200, {}
    except (StoreAway, EktpError):
        return (), 503, {"Retry-After": "60"}
