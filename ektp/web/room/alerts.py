"""The alerts: what is the matter, the worst first, what was, and what is muted; a person mutes and tells why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from ektp.alerting import mutes_on
from ektp.reading.alerts import Wanted, alerts, mutes, open_by_severity
from ektp.reading.errors import Unknown
from ektp.storage.alerts.mutes import Mute
from ektp.web.errors import Forbidden, NotAsked
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.room.whereabouts import told
from ektp.web.screen import language_of
from ektp.web.web import web_of
from schemas.nik import holds_nik
from schemas.places import is_office
from schemas.values import is_station
from workflows.alert import Severity
from workflows.alert_rules import ALERT_RULES
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ON_A_PAGE: Final = 50
IN_A_FILE: Final = 10_000
HOURS: Final = (1, 4, 24, 72, 168)
LONGEST: Final = 200  #: Letters of a reason.
_COLUMNS: Final = (
    "severity",
    "rule",
    "about",
    "office",
    "station",
    "opened",
    "seen",
    "resolved",
    "muted_until",
    "said",
)


def _filters(
    rule: Annotated[str, Query()] = "",
    severity: Annotated[str, Query()] = "",
    office: Annotated[str, Query()] = "",
    station: Annotated[str, Query()] = "",
    history: Annotated[str, Query()] = "",
) -> dict[str, str]:
    """Return what narrows the list, as it stands in the address. Raises NotAsked."""
    for name, value, known in (
        ("rule", rule, rule in ALERT_RULES),
        ("severity", severity, severity in list(Severity)),
        ("office", office, is_office(office)),
        ("station", station, is_station(station)),
        ("history", history, history == "1"),
    ):
        if value and not known:
            raise NotAsked(f"{name} has a value that it cannot have: choose one of the page")
    given = {"rule": rule, "severity": severity, "office": office, "station": station, "history": history}
    return {name: value for name, value in given.items() if value}


Filters = Annotated[dict[str, str], Depends(_filters)]


@router.get("/alerts")
def listed(seat: Seated, filters: Filters, after: Annotated[UUID | None, Query()] = None) -> Response:
    """List the open alerts, the worst first; with `history` also what is over."""
    with web_of(seat.request).snapshot() as connection:
        offices = seat.account.offices
        found = alerts(connection, _wanted(filters, after), most=ON_A_PAGE + 1, offices=offices)
        severities, muted = open_by_severity(connection, offices), mutes(connection, offices)
    page = told(found[:ON_A_PAGE], language_of(seat.request))
    following = urlencode({**filters, "after": page[-1]["alert"]}) if len(found) > ON_A_PAGE else None
    return seat.drawn(
        "room/alerts.html", alerts=page, severities=severities, mutes=muted, filters=filters, following=following,
        query=urlencode(filters), rules=list(ALERT_RULES), actions=Action,
    )  # fmt: skip


@router.get("/alerts.csv")
def taken(seat: Seated, filters: Filters) -> Response:
    """Give the same list as a file."""
    with web_of(seat.request).snapshot() as connection:
        found = alerts(connection, _wanted(filters, None), most=IN_A_FILE, offices=seat.account.offices)
    return csv_file("alerts", _COLUMNS, told(found, language_of(seat.request)))


@router.get("/alerts/{alert}")
def shown(seat: Seated, alert: UUID) -> Response:
    """Show one alert: what it means, what to do, where to look; and let it be muted."""
    (one,) = told([_found(seat, alert)], language_of(seat.request))
    rule = ALERT_RULES.get(one["rule"])
    return seat.drawn(
        "room/alert.html", one=one, rule=rule, hours=HOURS, everywhere=not seat.account.offices, actions=Action
    )


@router.post("/alerts/{alert}/mute")
def muted(posted: Form, alert: UUID) -> Response:
    """Tell nobody of an alert for some hours, or of everything of its rule, for a reason."""
    found, seat = _found(posted.seat, alert), posted.seat
    everything = posted.text("what") == "rule"
    if not seat.may(Action.MUTE, found["office"]) or (everything and seat.account.offices):
        raise Forbidden("this account mutes what lies in its offices, one alert at a time")
    mute = Mute(found["rule"], None if everything else found["about"], posted.by, _reason(posted))
    parts = web_of(seat.request).parts
    mutes_on(parts.engine, parts.audit.chain).mute(mute, timedelta(hours=_hours(posted)))
    return seat.see(f"/alerts/{alert}")


@router.post("/alerts/unmute")
def unmuted(posted: Form) -> Response:
    """Tell of what was muted again, in the words in which it was."""
    seat, rule, about = posted.seat, posted.text("rule"), posted.text("about") or None
    if rule not in ALERT_RULES:
        raise NotAsked("rule is one of those that are muted")
    if about is None and seat.account.offices:
        raise Forbidden("this account mutes what lies in its offices, one alert at a time")
    parts = web_of(seat.request).parts
    with web_of(seat.request).snapshot() as connection:
        theirs = {(one["rule"], one["about"]) for one in mutes(connection, seat.account.offices)}
    if (rule, about) not in theirs:
        raise Unknown("mute", rule)
    mutes_on(parts.engine, parts.audit.chain).unmute(Mute(rule, about, posted.by, _reason(posted)))
    return seat.see("/alerts")


def _wanted(filters: Mapping[str, str], after: UUID | None) -> Wanted:
    severity = Severity(filters["severity"]) if "severity" in filters else None
    rule, office, station = (filters.get(name) for name in ("rule", "office", "station"))
    closed = "history" in filters
    return Wanted(closed, station, rule, severity=severity, office=office, after=after, worst=True)


def _found(seat: Seat, alert: UUID) -> dict[str, Any]:
    """Return an alert in the offices of whoever asks. Raises Unknown."""
    with web_of(seat.request).snapshot() as connection:
        for one in alerts(connection, Wanted(closed=True, alert=alert), most=1, offices=seat.account.offices):
            return one
    raise Unknown("alert", str(alert))


def _reason(posted: Posted) -> str:
    because = posted.text("because")
    if not because or len(because) > LONGEST or holds_nik(because):
        raise NotAsked(f"because is a reason of at most {LONGEST} letters, without a NIK")
    return because


def _hours(posted: Posted) -> int:
    hours = posted.text("hours")
    if hours not in map(str, HOURS):
        raise NotAsked(f"hours is one of {', '.join(map(str, HOURS))}")
    return int(hours)
