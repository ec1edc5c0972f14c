"""The API for reading: the same JSON as the commands print, each answer from one snapshot."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from ektp.reading.application import show
from ektp.reading.applications import MOST, applications
from ektp.reading.errors import Unknown
from ektp.reading.parking import WantedParked, parked_items
from ektp.reading.summary import summary
from ektp.web.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.places import is_office
from schemas.reasons import Reason
from workflows.card_issuance import State

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})
_STATES: Final = frozenset(State) - {State.NEW}
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
After = Annotated[UUID | None, Query(description="The `next` of the page before")]


@router.get("/summary")
def count(request: Request, _account: Asker) -> dict[str, Any]:
    """Count applications by state, events by what became of them, and what waits to leave."""
    web = web_of(request)
    with web.snapshot() as connection:
        return summary(connection, web.parts.campaigns)


@router.get("/applications")
def listed(  # noqa: PLR0913, PLR0917 - parameters are arguments
    request: Request,
    account: Asker,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
    office: Annotated[str | None, Query(description="Only those of this office; a regency with its kecamatan")] = None,
    limit: Limit = 50,
    after: After = None,
) -> JSONResponse:
    """List applications in the order of their ids; `next` is null on the last page."""
    if state is not None and state not in _STATES:
        raise NotAsked("state is one of the ten states of the contract")
    if office is not None and not is_office(office):
        raise NotAsked("office is the code of a regency or a kecamatan")
    web = web_of(request)
    with web.snapshot() as connection:
        page, following = applications(
            connection,
            web.parts.keeping,
            state=state,
            office=office,
            offices=account.offices,
            after=after,
            limit=limit,
        )
    return JSONResponse({"applications": page, "next": str(following) if following else None})


@router.get("/applications/{application}", responses={404: {"description": "There is none"}})
def shown(request: Request, application: str, account: Asker) -> dict[str, Any]:
    """Show one application by its id or the code of its resi: whose move it is, why, its history."""
    if not application.isprintable():
        raise Unknown("application", "")
    web = web_of(request)
    with web.snapshot() as connection:
        return show(connection, application, web.parts.keeping, account.offices)


@router.get("/parked")
def parked(
    request: Request,
    account: Asker,
    reason: Annotated[Reason | None, Query(description="Only what was parked with this reason")] = None,
    limit: Limit = MOST,
    after: After = None,
) -> JSONResponse:
    """List what is parked and open, the oldest first; where there is more, a Link header leads to the next page."""
    with web_of(request).snapshot() as connection:
        wanted = WantedParked(reason=reason)
        items = parked_items(connection, wanted, after=after, most=limit + 1, offices=account.offices)
        found = list(items)
    answer = JSONResponse(found[:limit])
    if len(found) > limit:
        kept = {"reason": reason.value} if reason else {}
        following = urlencode({**kept, "limit": limit, "after": found[limit - 1]["parked"]})
        answer.headers["Link"] = f'</api/v1/parked?{following}>; rel="next"'
    return answer
