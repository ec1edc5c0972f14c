"""The reports over HTTP."""

from collections.abc import Collection
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ektp.reading.reports import Report, clearance_report, span_of, today_of
from ektp.web.access.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import Web, web_of

router = APIRouter(prefix="/api/v1/reports", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/clearance", response_model=dict[str, Any])
def clearance(
    request: Request,
    account: Asker,
    since: Annotated[str, Query(alias="from", description="The first day, 2026-02-01; a month before the last")] = "",
    until: Annotated[str, Query(alias="to", description="The last day; today")] = "",
    office: Annotated[str, Query(description="A province, regency or kecamatan, and what lies in it")] = "",
) -> StreamingResponse:
    """Tell of each day what came in, was verified, failed, printed and finished, and who waited at its end.

    By day and office, then the sums of days, months and offices. `queue` are those who wait for a blanko.
    """
    parts = report_of(web_of(request), since, until, office, account.offices).json()
    begun = [next(parts), next(parts)]  # what cannot be read is said by the status, and not in the middle
    return StreamingResponse(chain(begun, parts), media_type="application/json")


def report_of(web: Web, since: str, until: str, office: str, offices: Collection[str]) -> Report:
    """Return the report that an address asks for. Raises NotAsked and StoreAway."""
    with web.snapshot() as connection:
        now = connection.scalars(select(func.ektp_now())).one()
    try:
        span = span_of(since.strip(), until.strip(), office.strip(), today_of(now, office or next(iter(offices), "")))
    except ValueError as wrong:
        raise NotAsked(str(wrong)) from None
    return clearance_report(web.snapshot, span, offices)
