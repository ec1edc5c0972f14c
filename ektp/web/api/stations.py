"""The stations and their alerts over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from ektp.reading.alerts import MOST, Wanted, alerts
from ektp.reading.stations import Asked, stations
from ektp.web.access.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.values import is_station

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/stations")
def known(request: Request, account: Asker) -> list[dict[str, Any]]:
    """Tell of each station its last contact, what it still has to send, and its last day: 212 of 212."""
    with web_of(request).snapshot() as connection:
        return stations(connection, Asked(account.offices))


@router.get("/alerts")
def raised(
    request: Request,
    account: Asker,
    station: Annotated[str | None, Query(description="Only those of this station")] = None,
    resolved: Annotated[bool, Query(description="Those that were resolved, too")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most")] = MOST,
) -> list[dict[str, Any]]:
    """List the open alerts, the newest first."""
    if station is not None and not is_station(station):
        raise NotAsked("station is a name: a-z, 0-9 and _, 3 to 32 long")
    with web_of(request).snapshot() as connection:
        return alerts(connection, Wanted(resolved, station), most=limit, offices=account.offices)
