"""A town in which every page of the operators' room has something to show, and the address of each of its pages."""

import json
from typing import Final
from uuid import UUID

from sqlalchemy import text

from ektp.bootstrap import Parts
from ektp.outreach import planner_on
from ektp.residents.residents import messages_on
from ektp.step_ports import step_runner
from ektp.storage.engine import transaction
from ektp.web.access.rights import RIGHTS
from ektp.web.room import rooms
from tests.enrolled import enrolled
from tests.histories import History, event, happy
from tests.parking_town import PATCH, misspelt
from tests.stock import received
from tests.visitor import Visitor, added
from tests.web_client import WebClient
from workflows.permissions import Role
from workflows.steps.kinds import KINDS

_STATION: Final = "st337410"
_VISIT_REQUEST: Final = UUID(int=41)
_ALERT: Final = """
insert into alerts (rule, about, station, office) values ('sequence-gap', %s, %s, '33.74.10') returning id
"""
_SUBSCRIBER: Final = (
    """
insert into subscribers (name, notices, offices, added_by, paused, paused_by, because, looked, seen)
values ('sms', '{application-printed}', '{33.74}', 'budi', now(), 'budi', 'it drowns', now(),
    '{"name": "sms", "paused": true, "lag": 12, "age": 400.5, "bounded": true, "rate": 0.5, "readers": 0,
      "bound": {"missing": ["application-printed.33.74.#"], "foreign": [["ektp.notices", "#"]]}, "faults": []}')
""",
    """
insert into replays (subscriber, since, position, upto, sent, asked_by, because, ended, outcome)
values ('sms', now(), 1, 9, 7, 'budi', 'it was away', now(), 'done')
""",
)
#: Streams and answers to a part of a page are no pages.
_HTML: Final = "text/html"


class RoomTown:
    """A store with something on every page, and a person of each role."""

    def __init__(self, parts: Parts, web: WebClient) -> None:
        self._web = web
        enrolled(parts, _STATION, office="33.74.10")
        duplicate = History().recorded().failed("DUPLICATE_RECORD")
        wrong = [misspelt(station=_STATION) for _ in range(3)]
        events = *happy().events, *History().recorded().events, *duplicate.events, received("RT0001", "RT0009"), *wrong
        assert [one for one, _ in web.batch(*events).outcomes] == ["applied"] * 9 + ["parked"] * 3
        with transaction(parts.engine) as connection:
            alert = connection.execute(_ALERT, [_STATION, _STATION]).fetchone()
            for statement in _SUBSCRIBER:
                connection.execute(statement)
        assert alert is not None
        messages_on(parts).plan()
        with transaction(parts.engine) as connection:
            steps = connection.execute("select id from steps where kind = 'deliver-message' order by due limit 4")
            for (step,) in steps.fetchall():
                step_runner(parts, KINDS, 30.0).run(step)
        (group,) = web.get("/api/v1/parked/groups").json
        plan = {"because": "a test", "group": group["group"], "patch": PATCH}
        planned = web.ask("POST", "/api/v1/repairs", json.dumps(plan).encode(), content_type="application/json")
        assert planned.status == 201, planned.text
        request = event(str(_VISIT_REQUEST), "visit-requested", office="33.74.10", category="hospital", count=1)
        assert [one for one, _ in web.batch(request).outcomes] == ["applied"]
        planner_on(parts).plan_office("33.74")
        with parts.engine.connect() as connection:
            visit = connection.execute(text("select id from visits")).scalar_one()
        for role in Role:
            added(parts, name_of(role), role)
        self._places = {
            "/applications/{application}": str(duplicate.application),
            "/parked/groups/{fingerprint}": group["group"],
            "/parked/items/{id_}": web.parked()[0]["parked"],
            "/repairs/{id_}": planned.json["repair"],
            "/items/{number}": "1",
            "/stock/{serial}": "RT0001",
            "/stations/{name}": _STATION,
            "/subscribers/{name}": "sms",
            "/accounts/people/{name}": name_of(Role.VIEWER),
            "/alerts/{alert}": str(alert[0]),
            "/outreach/visits/{visit}": str(visit),
        }

    def pages(self, role: Role) -> list[str]:
        """Return the address of every page that is open to a role; those that are not are refused by the server."""
        visitor = Visitor(self._web)
        visitor.sign_in(name_of(role))
        found = []
        for address in self.addresses():
            answer = visitor.get(address)
            assert answer.status in {200, 403}, (address, answer.status)
            if answer.status == 200 and answer.headers["content-type"].startswith(_HTML) and "<html" in answer.text:
                found.append(address)
        return found

    def addresses(self) -> list[str]:
        """Return an address for each route of the room that can be read, but the stream."""
        routes = (route for router in rooms.ROUTERS for route in router.routes)
        asked = (f"GET {route.path}" for route in routes)
        return [self._filled(route) for route in asked if route in RIGHTS and route != "GET /live"]

    def _filled(self, route: str) -> str:
        path = route.removeprefix("GET ")
        for place, value in self._places.items():
            path = path.replace(place, place.partition("{")[0] + value)
        assert "{" not in path, f"what stands in {path}?"
        return path


def name_of(role: Role) -> str:
    """Return the name of the person of a role."""
    return f"{role}-contoh"
