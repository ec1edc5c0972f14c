"""The reports over HTTP."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection, func, select
from starlette.requests import Request

from ektp.reading.reports import Report, clearance_report, span_of, today_of
from ektp.web.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of

router = APIRouter(prefix="/api/v1/reports", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/clearance")
def clearance(
    request: Request,
    account: Asker,
    since: Annotated[str, Query(alias="from", description="The first day, 2026-02-01; a month before the last")] = "",
    until: Annotated[str, Query(alias="to", description="The last day; today")] = "",
    office: Annotated[str, Query(description="A province, regency or kecamatan, and what lies in it")] = "",
) -> dict[str, Any]:
    """Tell of each day what came in, was verified, failed, printed and finished, and who waited at its end.

    By day and office, and the sums of days, months and offices. `queue` are those who wait for a blanko.
    """
    with web_of(request).snapshot() as connection:
        return report_of(connection, since, until, office, account.offices).told()


def report_of(connection: Connection, since: str, until: str, office: str, offices: Collection[str]) -> Report:
    """Return the report that an address asks for. Raises NotAsked."""
    now = connection.scalars(select(func.ektp_now())).one()
    try:
        span = span_of(since.strip(), until.strip(), office.strip(), today_of(now, office or next(iter(offices), "")))
    except ValueError as wrong:
        raise NotAsked(str(wrong)) from None
    return clearance_report(connection, span, offices)
