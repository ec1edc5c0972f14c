"""Roles and offices over a real server: every route, every role, and nothing of another office."""

import re
from typing import Any, Final

import pytest
from fastapi.routing import APIRoute

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.web.access.rights import RIGHTS, RIGHTS_OF_A_CITY, Door
from ektp.web.app import ROUTERS
from ektp.web.room import rooms
from tests.conftest import Eventually
from tests.enrolled import enrolled
from tests.histories import History, event
from tests.stock import received
from tests.visitor import Visitor, added, token_of
from tests.web_client import Reply, WebClient
from workflows.permissions import ALLOWED, UNDIVIDED, Action, Role

NOBODYS: Final = "0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11"
HERE, THERE = "33.74.10", "33.22.10"
STREAMS: Final = {"GET /live"}
ASKED: Final = {route: right for route, right in RIGHTS.items() if isinstance(right, Action)}
ALERT: Final = "insert into alerts (rule, about, station, office) values ('sequence-gap', %s, %s, %s)"


def client(web: WebClient, parts: Parts, *roles: str, office: str = "all") -> WebClient:
    """Give a client with a token of these roles."""
    name = "-".join((*roles, office)).replace(".", "_")
    return WebClient(web.address, token_of(parts, name, *roles, office=office))


def asked(who: WebClient, route: str, **headers: str | None) -> Reply:
    """Ask for a route, of nothing that there is."""
    method, _, path = route.partition(" ")
    return who.ask(method, re.sub(r"\{[^}]*\}", NOBODYS, path), None, **headers)


def test_no_route_is_without_a_right_and_no_right_without_a_route() -> None:
    """The table is complete; whatever is not in it is shut."""
    for routers, rights in ((ROUTERS, RIGHTS), (rooms.OF_A_CITY, RIGHTS_OF_A_CITY)):
        routes = [route for router in routers for route in router.routes]
        assert all(isinstance(route, APIRoute) for route in routes)
        found = {
            f"{method} {route.path}"
            for route in routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
        assert found == set(rights)


def test_whoever_is_not_known_comes_in_nowhere_but_where_everybody_does(web: WebClient) -> None:
    """401, or the way to sign in; of the public ones none is."""
    for route, right in RIGHTS.items():
        answer = asked(web, route, authorization=None)
        shut = (answer.status, answer.headers.get("location")) in {(401, None), (303, "/login")}
        assert shut is (right is not Door.PUBLIC) or route in {"POST /login", "POST /logout"}, route


@pytest.mark.parametrize("office", ["all", "33.74"])
@pytest.mark.parametrize("role", Role)
def test_every_role_is_let_in_at_every_route_or_not(web: WebClient, parts: Parts, role: Role, office: str) -> None:
    """403 exactly where the table of actions says so, also for what concerns no single office."""
    who = client(web, parts, role, office=office)
    for route, action in ASKED.items():
        allowed = action in ALLOWED[role] and (office == "all" or action not in UNDIVIDED)
        if route in STREAMS and allowed:
            continue
        answer = asked(who, route)
        assert (answer.status != 403) is allowed, (route, answer.status)
        assert allowed or answer.json["type"] == "urn:ektp:problem:forbidden"
    sends = role is Role.ADMIN and office == "all"
    assert who.post(History().recorded().events[0]).status == (202 if sends else 403)
    for route in ("GET /api/v1/stations/me", "GET /password", "POST /password"):
        assert asked(who, route).status == 403


@pytest.mark.slow
def test_a_session_has_the_roles_of_its_person(web: WebClient, parts: Parts) -> None:
    """And changes something only with the session's own token in a header."""
    history = History().recorded()
    web.batch(*history.events)
    path = f"/api/v1/applications/{history.application}/resi"
    for name, role, status in (("siti", "viewer", 403), ("budi", "operator", 200)):
        visitor = Visitor(web)
        visitor.sign_in(added(parts, name, role))
        assert visitor.get("/api/v1/summary").status == 200
        assert visitor.post(path, {}).status == 403
        csrf = visitor.csrf()
        assert visitor.post(path, {}, x_csrf_token=csrf, sec_fetch_site="cross-site").status == 403
        assert visitor.post(path, {}, x_csrf_token=csrf).status == status
        assert visitor.post("/events", {}, x_csrf_token=csrf).status == 401


@pytest.mark.slow
def test_a_token_of_a_program_ends(web: WebClient, parts: Parts, eventually: Eventually) -> None:
    """By its date, or revoked, within a second; it is noted when it was used."""
    who = client(web, parts, "viewer")
    assert who.get("/api/v1/summary").status == 200
    (told,) = parts.people().told()
    assert told["last_used"] is not None
    with transaction(parts.engine) as connection:
        connection.execute("update api_tokens set expires = now()")
    eventually(lambda: who.get("/api/v1/summary").status == 401, 3)
    other = client(web, parts, "auditor")
    assert other.get("/api/v1/summary").status == 200
    parts.people().revoke_token("auditor-all", "a test")
    eventually(lambda: other.get("/api/v1/summary").status == 401, 3)
    form = f"token={other.token}".encode()
    assert web.ask("POST", "/login", form, authorization=None).status == 401


@pytest.fixture
def two_offices(web: WebClient, parts: Parts) -> dict[str, Any]:
    """Give what lies in two regencies, the same in each: an application, a stock, a station, what is parked, alerts."""
    told: dict[str, Any] = {}
    for office, station, first in ((HERE, "st337410", "HR0001"), (THERE, "st332210", "TH0001")):
        regency, history = office[:5], History()
        recorded = history.recorded().events[0]
        recorded["data"]["office"] = office
        bad = event(History().application, "recorded", station=station, **{**recorded["data"], "attempt": 0})
        verified = history.verified().events[1]
        outcomes = web.batch(recorded, verified, received(first, first[:-1] + "9", regency), bad).outcomes
        assert [one for one, _ in outcomes] == ["applied", "applied", "applied", "parked"]
        sender = enrolled(parts, station, office=office)
        assert sender.client(web).post(b"{").status == 400
        with transaction(parts.engine) as connection:
            connection.execute(ALERT, [station, station, office])
        told[office] = {"application": str(history.application), "serial": first, "station": station}
    enrolled(parts, "centre", "centre", "")
    with transaction(parts.engine) as connection:
        connection.execute(ALERT, ["everywhere", "", ""])
    return told


@pytest.mark.parametrize("scope", ["33.74", "33", "33.74.10"])
def test_lists_show_what_lies_in_the_offices_of_whoever_asks(
    web: WebClient, parts: Parts, two_offices: dict[str, Any], scope: str
) -> None:
    """Applications, parked, stock, queue, stations, alerts: nothing of another office, and all of one's own."""
    who = client(web, parts, "operator", office=scope)
    mine = [two_offices[office] for office in (HERE, THERE) if office.startswith(scope)]
    stations = {one["station"] for one in mine}
    found = who.get("/api/v1/applications").json["applications"]
    assert {one["application"] for one in found} == {one["application"] for one in mine}
    known = who.get("/api/v1/stations").json
    assert {one["station"] for one in known if one["registered"]} == stations
    assert all(one["office"].startswith(scope) for one in known)
    assert {one["station"] for one in who.get("/api/v1/alerts").json} == stations
    parked = who.get("/api/v1/parked").json
    assert {one["office"] for one in parked} <= {HERE, THERE, None}
    assert sorted(one["station"] for one in parked if one["office"] is None) == sorted(stations)
    assert sum(one["office"] is not None for one in parked) == len(mine)
    regencies = set() if scope == HERE else {office[:5] for office in (HERE, THERE) if office.startswith(scope)}
    for path in ("/api/v1/stock", "/api/v1/queue"):
        assert {one["office"] for one in who.get(path).json} == regencies, path
    assert len(web.get("/api/v1/parked").json) == 4
    assert len(web.get("/api/v1/alerts").json) == 3


def test_what_lies_in_another_office_is_not_there(web: WebClient, parts: Parts, two_offices: dict[str, Any]) -> None:
    """404, in the words for what was never there; also for what would be done to it."""
    who = client(web, parts, "operator", office="33.74")
    mine, others = two_offices[HERE], two_offices[THERE]
    for method, path, kind in (
        ("GET", "/api/v1/applications/{}", "application"),
        ("POST", "/api/v1/applications/{}/resi", "application"),
        ("GET", "/api/v1/stock/{}", "serial"),
    ):
        nobodys, theirs = (who.ask(method, path.format(name)) for name in (NOBODYS, others[kind]))
        assert (theirs.status, theirs.body) == (404, nobodys.body)
        assert who.ask(method, path.format(mine[kind])).status == 200
        assert web.ask(method, path.format(others[kind])).status == 200
    resi = web.get(f"/api/v1/applications/{others['application']}").json["resi"]
    assert who.get(f"/api/v1/applications/{resi}").status == 404
    assert who.get(f"/api/v1/applications?office={THERE}").json["applications"] == []
    assert who.get(f"/api/v1/stock?office={THERE}").json == []
    assert who.get(f"/api/v1/alerts?station={others['station']}").json == []
    assert who.get(f"/api/v1/queue?office={THERE}").status == 404
