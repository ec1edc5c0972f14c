"""The queues for print over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from ektp.reading.print_queue import queues
from ektp.web.access.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.places import is_office

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/queue")
def queue(
    request: Request,
    account: Asker,
    office: Annotated[str | None, Query(description="Only that of the office which prints for this one")] = None,
) -> list[dict[str, Any]]:
    """Tell who waits for a blanko: lanes, the next of each office and why, and why nothing is given out."""
    if office is not None and not is_office(office):
        raise NotAsked("office is the code of a regency or a kecamatan")
    web = web_of(request)
    with web.snapshot() as connection:
        return queues(connection, web.parts.keeping, office, account.offices)
