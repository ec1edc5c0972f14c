"""Which action each route is: the one place where it is said. A route that is missing here is shut to everybody."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workflows.permissions import Action


class Door(StrEnum):
    """Who comes in where no role is asked for."""

    PUBLIC = "public"  #: Everybody; what is told there is for everybody, or for whoever has a code.
    STATION = "station"  #: A station, about itself.
    EVENTS = "events"  #: A station with its own events; else whoever may SEND.
    ADDRESSED = "addressed"  #: A station that a request is addressed to; else whoever may REVEAL.
    ONESELF = "oneself"  #: Whoever is signed in, about themselves.


RIGHTS: Final[Mapping[str, Action | Door]] = MappingProxyType(
    {
        "POST /events": Door.EVENTS,
        "GET /api/v1/stations/me": Door.STATION,
        "GET /api/v1/stations/me/events/{event}": Door.STATION,
        "GET /": Action.LOOK,
        "GET /board": Action.LOOK,
        "GET /board/curve": Action.LOOK,
        "GET /live": Action.LOOK,
        "GET /queues": Action.LOOK,
        "GET /queues/now": Action.LOOK,
        "GET /alerts": Action.LOOK,
        "GET /alerts.csv": Action.EXPORT,
        "GET /alerts/{alert}": Action.LOOK,
        "POST /alerts/{alert}/mute": Action.MUTE,
        "POST /alerts/unmute": Action.MUTE,
        "GET /applications": Action.LOOK,
        "GET /applications.csv": Action.EXPORT,
        "POST /applications/search": Action.SEARCH,
        "GET /applications/{application}": Action.LOOK,
        "GET /applications/{application}/export": Action.EXPORT,
        "POST /applications/{application}/reveal": Action.REVEAL,
        "POST /applications/{application}/pin": Action.RECEIPTS,
        "POST /applications/{application}/remedy": Action.DECLARE,
        "POST /applications/{application}/postpone": Action.DECLARE,
        "GET /deadlines": Action.LOOK,
        "GET /deadlines.csv": Action.EXPORT,
        "POST /deadlines/outages": Action.DECLARE,
        "POST /deadlines/outages/end": Action.DECLARE,
        "GET /parked": Action.LOOK,
        "GET /parked.csv": Action.EXPORT,
        "GET /parked/groups/{fingerprint}": Action.CAUSES,
        "POST /parked/groups/{fingerprint}/plan": Action.REPAIR,
        "POST /parked/groups/{fingerprint}/{act}": Action.REPAIR,
        "GET /parked/items": Action.LOOK,
        "GET /parked/items.csv": Action.EXPORT,
        "GET /parked/items/{id_}": Action.LOOK,
        "POST /parked/items/{id_}/plan": Action.REPAIR,
        "POST /parked/items/{id_}/discard": Action.DISCARD,
        "GET /repairs": Action.CAUSES,
        "GET /repairs.csv": Action.EXPORT,
        "GET /repairs/{id_}": Action.CAUSES,
        "GET /repairs/{id_}/now": Action.CAUSES,
        "GET /repairs/{id_}/items": Action.CAUSES,
        "GET /repairs/{id_}/items.csv": Action.EXPORT,
        "GET /repairs/{id_}/items/{number}": Action.CAUSES,
        "POST /repairs/{id_}/approve": Action.APPROVE,
        "POST /repairs/{id_}/{decision}": Action.REPAIR,
        "GET /outreach": Action.LOOK,
        "GET /outreach.csv": Action.EXPORT,
        "POST /outreach/requests": Action.DECLARE,
        "POST /outreach/requests/{request}/withdraw": Action.DECLARE,
        "GET /outreach/visits/{visit}": Action.LOOK,
        "GET /outreach/visits/{visit}/route.csv": Action.EXPORT,
        "POST /outreach/visits/{visit}/reveal": Action.REVEAL,
        "POST /outreach/visits/{visit}/{act}": Action.DECLARE,
        "GET /stock": Action.LOOK,
        "GET /stock.csv": Action.EXPORT,
        "GET /stock/{serial}": Action.LOOK,
        "GET /reports": Action.LOOK,
        "GET /reports.csv": Action.EXPORT,
        "GET /stations": Action.LOOK,
        "GET /stations.csv": Action.EXPORT,
        "GET /stations/{name}": Action.LOOK,
        "POST /stations/{name}/revoke": Action.ADMINISTER,
        "GET /messages": Action.LOOK,
        "GET /messages/by-hand.csv": Action.EXPORT,
        "GET /subscribers": Action.LOOK,
        "GET /subscribers/{name}": Action.LOOK,
        "POST /subscribers/{name}/{act}": Action.ADMINISTER,
        "GET /audit": Action.AUDIT,
        "GET /audit.csv": Action.AUDIT,
        "GET /audit/head": Action.AUDIT,
        "POST /audit/verify": Action.AUDIT,
        "GET /accounts": Action.ADMINISTER,
        "POST /accounts/people": Action.ADMINISTER,
        "GET /accounts/people/{name}": Action.ADMINISTER,
        "POST /accounts/people/{name}/{act}": Action.ADMINISTER,
        "POST /accounts/tokens": Action.ADMINISTER,
        "POST /accounts/tokens/{name}/revoke": Action.ADMINISTER,
        "GET /api/v1/summary": Action.LOOK,
        "GET /api/v1/applications": Action.LOOK,
        "GET /api/v1/applications/{application}": Action.LOOK,
        "POST /api/v1/applications/search": Action.SEARCH,
        "POST /api/v1/applications/{application}/reveal": Action.REVEAL,
        "POST /api/v1/applications/{application}/resi": Action.RECEIPTS,
        "GET /api/v1/requests/{id_}/subject": Door.ADDRESSED,
        "GET /api/v1/parked": Action.LOOK,
        "GET /api/v1/parked/groups": Action.CAUSES,
        "POST /api/v1/repairs": Action.REPAIR,
        "GET /api/v1/repairs": Action.CAUSES,
        "GET /api/v1/repairs/{id_}": Action.CAUSES,
        "GET /api/v1/repairs/{id_}/items": Action.CAUSES,
        "GET /api/v1/repairs/{id_}/items/{number}/changes": Action.CAUSES,
        "POST /api/v1/repairs/{id_}/approve": Action.APPROVE,
        "POST /api/v1/repairs/{id_}/{decision}": Action.REPAIR,
        "GET /api/v1/stock": Action.LOOK,
        "GET /api/v1/stock/{serial}": Action.LOOK,
        "GET /api/v1/queue": Action.LOOK,
        "GET /api/v1/reports/clearance": Action.LOOK,
        "GET /api/v1/queues": Action.LOOK,
        "GET /api/v1/stations": Action.LOOK,
        "GET /api/v1/subscribers": Action.LOOK,
        "GET /api/v1/alerts": Action.LOOK,
        "POST /api/v1/messages/{id_}/bounced": Action.MESSAGES,
        "GET /api/v1/notices": Action.LISTEN,
        "GET /password": Door.ONESELF,
        "POST /password": Door.ONESELF,
        "POST /logout": Door.PUBLIC,
        "GET /login": Door.PUBLIC,
        "POST /login": Door.PUBLIC,
        "GET /docs": Door.PUBLIC,
        "POST /language": Door.PUBLIC,
        "GET /track": Door.PUBLIC,
        "POST /track": Door.PUBLIC,
        "POST /track/again": Door.PUBLIC,
        "GET /blanko": Door.PUBLIC,
        "GET /blanko.csv": Door.PUBLIC,
        "GET /blanko.json": Door.PUBLIC,
        "GET /contracts": Door.PUBLIC,
        "GET /contracts/asyncapi.yaml": Door.PUBLIC,
        "GET /contracts/{kind}/{file}": Door.PUBLIC,
        "GET /verify/{code}": Door.PUBLIC,
        "GET /livez": Door.PUBLIC,
        "GET /readyz": Door.PUBLIC,
        "GET /metrics": Door.PUBLIC,
        "GET /version": Door.PUBLIC,
    }
)


#: The routes that there are only where the outside world is simulated.
RIGHTS_OF_A_CITY: Final[Mapping[str, Action | Door]] = MappingProxyType(
    {
        "GET /break": Action.LOOK,
        "GET /break/now": Action.LOOK,
        "POST /break": Action.DECLARE,
    }
)


def right_of(method: str, path: str) -> Action | Door | None:
    """Return what a route asks for, None for one that nobody has thought of."""
    name = f"{method} {path}"
    return RIGHTS.get(name) or RIGHTS_OF_A_CITY.get(name)
