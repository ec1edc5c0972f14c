"""The API for persons: an application found by a NIK, a person shown for a reason, the subject of a request."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from ektp.people.persons import persons_of
from ektp.reading.application import require_application
from ektp.reading.errors import Unknown
from ektp.reading.sent_letters import Asked, request_asked
from ektp.web.access.accounts import Account
from ektp.web.access.asking import Asker, Credentials, asker, bearer
from ektp.web.contract import body_of
from ektp.web.door.body import read_body
from ektp.web.errors import BodyTooLarge, Forbidden, NotAsked, TooMany
from ektp.web.web import Web, web_of
from schemas.errors import Refused
from schemas.nik import Nik
from schemas.requests import ADDRESSED
from schemas.roles import Role, covers
from schemas.text import Text
from schemas.wire_json import read_object
from workflows.permissions import Action

router = APIRouter(prefix="/api/v1", tags=["persons"], responses={401: {"description": "No token, no session"}})
_LARGEST: Final = 4096  # bytes
_NONE: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "There is none"}}
_UNREAD: Final[dict[int | str, dict[str, Any]]] = {
    408: {"description": "The body took too long"},
    413: {"description": "A question may have 4 KiB"},
    422: {"description": "The body cannot be read"},
}
_OFTEN: Final[dict[int | str, dict[str, Any]]] = {429: {"description": "More than this station may ask"}}


class Wanted(BaseModel):
    """Whose applications are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    nik: Nik


class Why(BaseModel):
    """Why somebody has to be shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    because: Text


async def _content(request: Request) -> dict[str, Any]:
    """Read a body; what cannot be read is nobody's business. Raises BodyTooLarge, NotAsked and TooSlow."""
    body = await read_body(request, _LARGEST)
    if body.too_large:
        raise BodyTooLarge(f"a question may have {_LARGEST // 1024} KiB")
    try:
        return read_object(body.content)
    except Refused as refused:
        raise NotAsked(f"the body cannot be read: {refused.reason}") from None


Content = Annotated[dict[str, Any], Depends(_content)]


def _addressee(request: Request, given: Credentials) -> Account:
    """Return who asks for a request's subject. Raises Unauthorised, Forbidden, TooMany and StoreAway."""
    account = bearer(request, given) if given else asker(request, given)
    if account.station is None:
        if not account.may(Action.REVEAL):
            raise Forbidden("the roles of this account do not allow this")
    elif wait := web_of(request).rates.take(account.station.name):
        raise TooMany(wait)
    return account


@router.post("/applications/search", responses=_UNREAD, openapi_extra=body_of(Wanted))
def search(request: Request, account: Asker, content: Content) -> dict[str, Any]:
    """Find the applications of a NIK: `{"nik": "..."}`; noted without it."""
    try:
        wanted = Wanted.model_validate(content)
    except ValidationError:
        raise NotAsked('the body is {"nik": "sixteen digits"}') from None
    parts = web_of(request).parts
    return {"applications": persons_of(parts).search(wanted.nik, parts.keeping, account.name, account.offices)}


@router.post("/applications/{application}/reveal", responses={**_NONE, **_UNREAD}, openapi_extra=body_of(Why))
def reveal(request: Request, application: str, account: Asker, content: Content) -> dict[str, Any]:
    """Show who an application is for: `{"because": "..."}`; noted with the reason before it is shown."""
    try:
        why = Why.model_validate(content)
    except ValidationError:
        raise NotAsked('the body is {"because": "why somebody has to be shown"}') from None
    if not application.isprintable():
        raise Unknown("application", "")
    with web_of(request).snapshot() as connection:
        found = require_application(connection, application, account.offices)
    shown = persons_of(web_of(request).parts).reveal(found.id, account.name, why.because)
    return {"application": str(found.id), "nik": shown.nik, "name": shown.name}


@router.get("/requests/{id_}/subject", responses={**_NONE, **_OFTEN})
def subject(request: Request, id_: UUID, account: Annotated[Account, Depends(_addressee)]) -> dict[str, str]:
    """Tell whoever a request is addressed to which NIK it is about; noted. For people it is as showing somebody."""
    web = web_of(request)
    with web.snapshot() as connection:
        asked = request_asked(connection, id_)
        # An application may have moved since: it is asked for where it is now.
        office = require_application(connection, str(asked.application), account.offices).office
    if account.station is not None and not _is_addressed(web, account, asked, office):
        raise Unknown("request", str(id_))
    nik = persons_of(web.parts).subject(id_, asked, account.name)
    return {"request": str(id_), "application": str(asked.application), "nik": nik}


def _is_addressed(web: Web, account: Account, asked: Asked, office: str) -> bool:
    """Tell whether a request is addressed to a station: to its role, of that office or of the one that prints there."""
    station = account.station
    if station is None or station.role not in ADDRESSED[asked.name]:
        return False
    where = {asked.office, office}
    if station.role is Role.PRINTER:
        where |= {web.parts.keeping.policy(one).printing_office(one) for one in where}
    return any(covers(station.office, one) for one in where)
