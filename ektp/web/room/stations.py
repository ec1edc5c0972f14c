"""Stasiun: who sends, when each was last heard, what has not come, and how one is shut out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from sqlalchemy import Connection, func, select
from starlette.responses import Response

from ektp.broker.errors import BrokerError
from ektp.letters.names import office_name
from ektp.reading.alerts import Wanted, alerts
from ektp.reading.errors import Unknown
from ektp.reading.stations import STANDINGS, Asked, station_totals, stations
from ektp.web.errors import NotAsked
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Seat, Seated
from ektp.web.room.stock import region_of
from ektp.web.screen import language_of
from ektp.web.spans import span
from ektp.web.web import web_of
from ektp.web.words import Language
from schemas.roles import Role
from workflows.timekeeping import Timekeeping

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST: Final = 50  # stations on a page
_LOOKED_BACK: Final = timedelta(hours=80)  # of working time: two weeks
_COLUMNS: Final = (
    "station", "role", "office", "registered", "last_contact", "last_event", "unsent", "missing", "skew", "silent",
    "alerts", "day", "counted", "arrived", "revoked", "because",
)  # fmt: skip
Only = Annotated[list[str], Query(alias="only", default_factory=list)]


@router.get("/stations")
def listed(seat: Seated, only: Only, office: str = "", role: str = "", after: str = "") -> Response:
    """List the stations by name, and count those that have to be looked after."""
    asked = _asked(seat, office, role, only)
    web, language = web_of(seat.request), language_of(seat.request)
    with web.snapshot() as connection:
        found = stations(connection, asked, after=after, most=MOST + 1)
        totals = station_totals(connection, asked._replace(standings=()))
        now = _now(connection)
    rows = [{**one, **_heard(one, web.parts.keeping, now, language)} for one in found[:MOST]]
    view = {"office": asked.region or "", "role": asked.role or ""}
    address = urlencode([*((key, value) for key, value in view.items() if value), *(("only", one) for one in only)])
    following = urlencode({"after": found[MOST - 1]["station"]}) if len(found) > MOST else None
    return seat.drawn(
        "room/stations.html", rows=rows, totals=totals, view=view, only=only, address=address, following=following,
        standings=list(STANDINGS), roles=[one.value for one in Role], after=after,
    )  # fmt: skip


@router.get("/stations.csv")
def as_file(seat: Seated, only: Only, office: str = "", role: str = "") -> Response:
    """Give the same as a file."""
    with web_of(seat.request).snapshot() as connection:
        rows = stations(connection, _asked(seat, office, role, only))
    return csv_file("stations", _COLUMNS, map(_line, rows))


@router.get("/stations/{name}")
def shown(seat: Seated, name: str) -> Response:
    """Show one station."""
    return _drawn(seat, name)


@router.post("/stations/{name}/revoke")
def revoke(posted: Form, name: str) -> Response:
    """Let a station say nothing any more; what could not be done at the broker is said."""
    because, seat = posted.text("because"), posted.seat
    if not because:
        return _drawn(seat, name, 422, wrong="stations-need-because")
    try:
        web_of(seat.request).parts.accounts().revoke(name, posted.by, because)
    except BrokerError:
        return _drawn(seat, name, 503, wrong="stations-broker-away")
    return seat.see(f"/stations/{name}")


def _drawn(seat: Seat, name: str, status: int = 200, wrong: str | None = None) -> Response:
    web, language = web_of(seat.request), language_of(seat.request)
    with web.snapshot() as connection:
        found = stations(connection, Asked(seat.account.offices, name))
        if not found:
            raise Unknown("station", name)
        raised = alerts(connection, Wanted(station=name), most=MOST, offices=seat.account.offices)
        heard = _heard(found[0], web.parts.keeping, _now(connection), language)
    return seat.drawn(
        "room/station.html", status, one={**found[0], **heard}, alerts=raised, wrong=wrong, office_name=office_name
    )


def _asked(seat: Seat, office: str, role: str, only: list[str]) -> Asked:
    """Return which stations are asked for. Raises NotAsked."""
    if role and role not in set(Role):
        raise NotAsked(f"role is one of {', '.join(Role)}")
    if unknown := set(only) - set(STANDINGS):
        raise NotAsked(f"only is one of {', '.join(STANDINGS)}; {len(unknown)} given are not")
    return Asked(seat.account.offices, role=role or None, region=region_of(office), standings=tuple(only))


def _now(connection: Connection) -> datetime:
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    return now


def _heard(one: Mapping[str, Any], keeping: Timekeeping, now: datetime, language: Language) -> dict[str, Any]:
    """Return how long ago it was heard, and of a silent one for how many working hours it has not been."""
    if one["last_contact"] is None:
        return {"ago": None, "working_hours": None, "more": False, "ahead": None}
    since = datetime.fromisoformat(one["last_contact"])
    opened = keeping.calendar(one["office"] or "").opened(since, now, _LOOKED_BACK) if one["silent"] else None
    return {
        "ago": span(now - since, language),
        "working_hours": None if opened is None else int(opened.total_seconds() // 3600),
        "more": opened == _LOOKED_BACK,
        "ahead": span(timedelta(seconds=abs(one["skew"])), language) if one["skew"] is not None else None,
    }


def _line(one: Mapping[str, Any]) -> dict[str, Any]:
    day = one["last_day"] or {}
    return {**one, "day": day.get("date"), "counted": day.get("counted"), "arrived": day.get("arrived")}
