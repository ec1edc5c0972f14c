"""The API of messages to residents: what a gateway's program says came back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request

from ektp.reading.messages import message
from ektp.residents.contacts import bounce
from ektp.web.access.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.nik import holds_nik

router = APIRouter(prefix="/api/v1", tags=["messages"], responses={401: {"description": "No token, no session"}})


@router.post("/messages/{id_}/bounced", responses={404: {"description": "There is none"}})
def bounced(
    request: Request,
    id_: UUID,
    account: Asker,
    because: Annotated[
        str, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .-]{0,60}$", description="The gateway's code")
    ] = "bounced",
) -> dict[str, Any]:
    """Say that a message came back: its contact is used no more, and its resident is told by hand.

    Said again, or of one that never left, it changes nothing; the answer is the message as it stands.
    """
    if holds_nik(because):
        raise NotAsked("because is the gateway's code, without a NIK")
    web = web_of(request)
    with web.snapshot() as connection:
        message(connection, id_, account.offices)
    bounce(web.parts.engine, id_, account.name, because, web.parts.audit.chain)
    with web.snapshot() as connection:
        return message(connection, id_, account.offices)
