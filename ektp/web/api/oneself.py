"""What a station may ask: about its own account, and what became of its own events."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from ektp.reading.sent_events import events_wanted, sent_event
from ektp.web.access.asking import Oneself
from ektp.web.web import web_of
from schemas.roles import SAYS

router = APIRouter(
    prefix="/api/v1/stations/me",
    tags=["stations"],
    responses={401: {"description": "No token"}, 403: {"description": "The token of no station"}},
)


@router.get("")
def oneself(request: Request, station: Oneself) -> dict[str, Any]:
    """Tell a station who it is here: its role, its office (null for all), what it may say and how much of it.

    `events_wanted` names from when on a centre that was restored wants everything again; null: it was not.
    """
    allowed = web_of(request).parts.config.stations
    with web_of(request).snapshot() as connection:
        wanted = events_wanted(connection, station.name)
    return {
        "station": station.name,
        "role": station.role.value,
        "office": station.office or None,
        "events": sorted(SAYS[station.role]),
        "events_a_minute": allowed.events_a_minute,
        "events_at_once": allowed.events_at_once,
        "events_wanted": wanted,
    }


@router.get("/events/{event}", responses={404: {"description": "There is none of this station"}})
def event(request: Request, event: str, station: Oneself) -> dict[str, Any]:
    """Tell a station what became of its event: the outcome, the reason, and each try that was parked."""
    with web_of(request).snapshot() as connection:
        return sent_event(connection, station.name, event)
