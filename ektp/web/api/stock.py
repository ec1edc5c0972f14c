"""The API for reading the stock: what lies where, and the life of one serial."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from ektp.reading.stock import life_of, stock
from ektp.web.access.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.places import is_office

router = APIRouter(prefix="/api/v1/stock", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("")
def lying(
    request: Request,
    account: Asker,
    office: Annotated[str | None, Query(description="Only this office; a regency with its kecamatan")] = None,
) -> list[dict[str, Any]]:
    """Tell of each office its blanko by place, loans, supplies, and what is below its reorder point."""
    if office is not None and not is_office(office):
        raise NotAsked("office is the code of a regency or a kecamatan")
    web = web_of(request)
    with web.snapshot() as connection:
        return stock(connection, web.parts.keeping, office, account.offices)


@router.get("/{serial}", responses={404: {"description": "There is none"}})
def life(request: Request, serial: str, account: Asker) -> dict[str, Any]:
    """Tell where a blanko is, and every movement that brought it there."""
    with web_of(request).snapshot() as connection:
        return life_of(connection, serial if serial.isprintable() else "", account.offices)
