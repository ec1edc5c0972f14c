"""The API for reading: the same JSON as the commands print, each answer from one snapshot."""

from typing import Annotated, Any, Literal
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
from ektp.web.access.asking import Asker
from ektp.web.narrowing import chosen_in
from ektp.web.web import web_of
from schemas.reasons import Reason
from workflows.card_issuance import Party, State
from workflows.print_queue import Lane

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
After = Annotated[UUID | None, Query(description="The `next` of the page before")]


@router.get("/summary")
def count(request: Request, account: Asker) -> dict[str, Any]:
    """Count applications by state, events by what became of them, and what waits to leave, in the account's offices."""
    web = web_of(request)
    with web.snapshot() as connection:
        return summary(connection, web.parts.campaigns, account.offices)


@router.get("/applications", responses={404: {"description": "There is no application that the page begins behind"}})
def listed(
    request: Request,
    account: Asker,
    _state: Annotated[State | None, Query(alias="state", description="Only those in this state")] = None,
    _office: Annotated[str | None, Query(alias="office", description="Of this office and its kecamatan")] = None,
    _cause: Annotated[str | None, Query(alias="cause", description="Only those that are where they are for it")] = None,
    _lane: Annotated[Lane | None, Query(alias="lane", description="Only who waits in this lane for a blanko")] = None,
    _move: Annotated[Party | None, Query(alias="move", description="Only those whose move it is")] = None,
    _age: Annotated[int | None, Query(alias="age", description="First recorded more than so many days ago")] = None,
    _overdue: Annotated[Literal["1"] | None, Query(alias="overdue", description="1: only what is overdue")] = None,
    _order: Annotated[Literal["oldest", "newest"] | None, Query(alias="order", description="By the recording")] = None,
    limit: Limit = 50,
    after: After = None,
) -> JSONResponse:
    """List applications in the order of their first recording; `next` is null on the last page."""
    chosen = chosen_in(request.query_params)
    web = web_of(request)
    with web.snapshot() as connection:
        page, following = applications(
            connection, web.parts.keeping, chosen, offices=account.offices, after=after, limit=limit
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
