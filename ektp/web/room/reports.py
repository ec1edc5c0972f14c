"""Laporan, the reports: the daily data clearance, its months and its offices."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ektp.letters.names import office_name
from ektp.reading.reports import COLUMNS
from ektp.web.api.reports import report_of
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seated
from ektp.web.web import web_of
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Since = Annotated[str, Query(alias="from")]
Until = Annotated[str, Query(alias="to")]


@router.get("/reports")
def shown(seat: Seated, since: Since = "", until: Until = "", office: str = "") -> Response:
    """Show the sums of each day, the latest first, of the months, and of the offices."""
    found = report_of(web_of(seat.request), since, until, office, seat.account.offices).summed()
    return seat.drawn("room/reports.html", report=found, office_name=office_name, Action=Action)


@router.get("/reports.csv")
def taken_away(seat: Seated, since: Since = "", until: Until = "", office: str = "") -> Response:
    """Give every day of every office as a file."""
    found = report_of(web_of(seat.request), since, until, office, seat.account.offices)
    return csv_file("clearance", COLUMNS, found.rows())
