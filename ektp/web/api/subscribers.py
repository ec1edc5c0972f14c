"""The subscribers over HTTP."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from ektp.reading.subscribers import subscribers
from ektp.web.access.asking import Asker
from ektp.web.web import web_of

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/subscribers")
def known(request: Request, account: Asker) -> list[dict[str, Any]]:
    """Tell of each subscriber what it hears and how far it is behind, as the watch saw it last."""
    with web_of(request).snapshot() as connection:
        return subscribers(connection, account.offices)
