"""The API of repairs: planned by one account, approved by another, decided in order; no answer tells of a person."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ektp.bootstrap import Parts
from ektp.web.access.accounts import Account
from tests.parking_town import PATCH, misspelt
from tests.web_client import Reply, WebClient, parts_on, served
from workflows.permissions import Role

FILTER = {"filter": {"reason": "bad-data"}}


BOTH = frozenset({Role.OPERATOR, Role.APPROVER})
PEOPLE = {
    "maker": Account("maker", roles=BOTH | {Role.ADMIN}),
    "checker": Account("checker", roles=BOTH),
    "viewer": Account("viewer", roles=frozenset({Role.VIEWER})),
    "of one office": Account("of one office", roles=BOTH, offices=("33.74",)),
}


class Several:
    """One who plans, one who approves, and two who may not, each with the token of that name."""

    def who(self, token: str) -> Account | None:
        """Return whose token this is."""
        return PEOPLE.get(token)

    def signing(self, station: str) -> tuple[Account, bytes] | None:
        """Know of no station."""
        return None

    def begins(self, token: str) -> bool:
        """Open no session."""
        return False


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process."""
    with parts_on(database_url, tmp_path / "home") as made:
        yield made


@pytest.fixture
def web(parts: Parts) -> Iterator[WebClient]:
    """Give a client of a server that knows two accounts; it is the maker."""
    with served(parts, accounts=Several()) as client:
        client.token = "maker"
        yield client


def post(web: WebClient, path: str, body: object = None, by: str = "maker") -> Reply:
    """Post JSON as somebody."""
    said = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.ask("POST", f"/api/v1{path}", said, authorization=f"Bearer {by}", content_type="application/json")


def test_a_repair_goes_from_the_group_to_its_end(web: WebClient, parts: Parts) -> None:
    """Groups, plan, the maker's own approval refused, another's taken, run, items page by page."""
    web.batch(*(misspelt() for _ in range(25)))
    (group,) = web.get("/api/v1/parked/groups").json
    assert (group["reason"], group["open"]) == ("bad-data", 25)
    made = post(web, "/repairs", {"because": "a new driver", "group": group["group"], "patch": PATCH})
    assert made.status == 201
    name = made.json["repair"]
    assert made.json["foreseen"][0]["becomes"] == "fixed"
    assert made.json["made_by"] == "maker"
    for path, by, status in (
        ("run", "maker", 403),
        ("approve", "maker", 403),
        ("pause", "maker", 409),
        ("approve", "checker", 200),
        ("approve", "checker", 409),
        ("run", "maker", 200),
    ):
        answer = post(web, f"/repairs/{name}/{path}", by=by)
        assert answer.status == status, (path, answer.text)
    from ektp.repairing.running import Repairer

    repairer = Repairer(parts.engine, lambda: parts.vault, parts.keeping)
    while repairer.go_on(name, 1):
        pass
    told = web.get(f"/api/v1/repairs/{name}").json
    assert (told["state"], told["counts"]["fixed"]) == ("done", 25)
    assert [one["repair"] for one in web.get("/api/v1/repairs").json] == [name]
    seen, path = list[int](), f"/api/v1/repairs/{name}/items?limit=10"
    while path:
        page = web.get(path)
        seen += [one["number"] for one in page.json]
        path = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == list(range(1, 26))
    changes = web.get(f"/api/v1/repairs/{name}/items/1/changes").json
    assert changes == [{"place": "/data/channel", "before": "kecamatn", "after": "kecamatan"}]
    assert post(web, f"/repairs/{name}/stop").status == 409
    assert web.get("/api/v1/parked").json == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        {"because": "x"},
        {"because": "", **FILTER},
        {"because": "x", **FILTER, "ids": [str(uuid4())]},
        {"because": "x", "ids": ["3374106508999001"]},
        {"because": "x", "filter": {}},
        {"because": "x", "filter": {"name": "3374106508999001"}},
        {"because": "x", **FILTER, "patch": PATCH, "edit": {}},
        {"because": "x", **FILTER, "patch": [{"op": "replace", "path": "/data/nik", "value": "3374106508999001"}]},
        {"because": "x", **FILTER, "patch": []},
        {"because": "x", **FILTER, "edit": {}},
        {"because": "x", **FILTER, "threshold": 2},
        {"because": "x", **FILTER, "rate": 0},
        {"because": "x", **FILTER, "3374106508999001": 1},
    ],
)
def test_what_is_no_plan_is_422_and_is_not_repeated(web: WebClient, body: Any) -> None:
    """Nothing is written by it."""
    web.batch(misspelt(), misspelt())
    answer = post(web, "/repairs", body)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "3374106508999001" not in answer.text
    assert web.get("/api/v1/repairs").json == []


def test_what_is_not_there_or_not_selected_is_told(web: WebClient) -> None:
    """404 and 409; too large is 413; without a token 401."""
    assert post(web, "/repairs", {"because": "x", **FILTER}).status == 409
    assert post(web, "/repairs", {"because": "x", "ids": [str(uuid4())]}).status == 404
    assert post(web, "/repairs", {"because": "x" * 2_000_000, **FILTER}).status == 413
    unknown = uuid4()
    for decision in ("approve", "run", "pause", "stop"):
        assert post(web, f"/repairs/{unknown}/{decision}").status == 404
    assert post(web, f"/repairs/{unknown}/explode").status == 422
    for path in (f"/{unknown}", f"/{unknown}/items", f"/{unknown}/items/1/changes"):
        assert web.get(f"/api/v1/repairs{path}").status == 404
    assert web.get("/api/v1/repairs/x").status == 422
    assert web.get("/api/v1/parked/groups?by=moon").status == 422
    for path in ("/repairs", "/parked/groups", f"/repairs/{unknown}"):
        assert web.get(f"/api/v1{path}", authorization=None).status == 401
    assert web.ask("POST", f"/api/v1/repairs/{unknown}/run", b"", authorization=None).status == 401


@pytest.mark.parametrize("by", ["viewer", "of one office"])
def test_who_may_not_repair_is_refused(web: WebClient, by: str) -> None:
    """Nobody plans without the role; and a cause is of all offices, so an account of one does not see any."""
    web.batch(misspelt())
    assert post(web, "/repairs", {"because": "x", **FILTER}, by=by).status == 403
    made = post(web, "/repairs", {"because": "x", **FILTER, "patch": PATCH}).json["repair"]
    for decision in ("approve", "run", "pause", "stop"):
        assert post(web, f"/repairs/{made}/{decision}", by=by).status == 403
    web.token = "of one office"
    assert web.get("/api/v1/parked/groups").status == web.get("/api/v1/repairs").status == 403
