"""The API for reading: who may, what it answers, page by page."""

import json
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ektp.bootstrap import Parts
from ektp.reading.summary import STATES
from ektp.web.access.accounts import INSTALLATION, OneToken
from tests.command_line import ENVIRONMENT, command_line
from tests.histories import History, happy
from tests.visitor import Visitor
from tests.web_client import WebClient, parts_on, served


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process."""
    with parts_on(database_url, tmp_path / "home") as made:
        yield made


def test_it_answers_what_the_commands_print(
    web: WebClient,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The summary, an application by its id and by its resi, what is parked."""
    assert ENVIRONMENT["EKTP_SECRET_KEY"]
    history = happy()
    web.batch(*history.events, b"{}")
    shown = web.get(f"/api/v1/applications/{history.application}").json
    assert shown["state"] == "collected"
    assert web.get(f"/api/v1/applications/{shown['resi'].lower()}").json == shown
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url) as ektp:
        assert ektp.ask("show", history.application) == shown
        assert ektp.ask("parked", "list") == web.get("/api/v1/parked").json
        summary, told = ektp.ask("summary"), web.get("/api/v1/summary").json
    assert {**summary, "at": ""} == {**told, "at": ""}
    assert told["events"]["applied"] == 5


def test_applications_come_page_by_page_and_by_state_and_office(web: WebClient) -> None:
    """In the order of their recording, each once; a regency finds its kecamatan."""
    histories = [History().recorded() for _ in range(5)]
    web.batch(*(event for history in histories for event in history.events))
    web.batch(*happy().events)
    seen, path = list[str](), "/api/v1/applications?state=recorded&limit=2"
    pages = 0
    after = ""
    while True:
        page = web.get(f"{path}{after}").json
        seen += [one["application"] for one in page["applications"]]
        pages += 1
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [str(history.application) for history in histories]
    assert pages == 3
    for office, found in (("33.74", 6), ("33.74.10", 6), ("33.74.01", 0), ("33.7", None)):
        answer = web.get(f"/api/v1/applications?office={office}")
        assert (answer.status == 422) if found is None else (len(answer.json["applications"]) == found)
    first = web.get("/api/v1/applications?state=recorded").json["applications"][0]
    assert {"state": "recorded", "whose_move": "centre", "attempt": 1}.items() <= first.items()
    assert first["due"].endswith("T08:00:00Z")


def test_parked_items_come_page_by_page(web: WebClient) -> None:
    """A Link header leads on, and keeps the filter."""
    web.batch(*(json.dumps({"number": number}).encode() for number in range(5)), b"[]")
    seen, path = list[str](), "/api/v1/parked?limit=2&reason=not-cloudevents"
    while path:
        page = web.get(path)
        seen += [one["parked"] for one in page.json]
        link = page.headers.get("link", "")
        path = link.partition(">")[0].removeprefix("<")
    assert len(seen) == len(set(seen)) == 5
    assert {one["reason"] for one in web.get("/api/v1/parked").json} == {"not-cloudevents", "not-an-object"}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "state=new", "state=x", "after=x", "office=33.99", "office=%00"]
)
def test_a_parameter_that_cannot_be_is_a_problem_that_does_not_repeat_it(web: WebClient, query: str) -> None:
    """422, naming the parameter only."""
    answer = web.get(f"/api/v1/applications?{query}")
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert query.partition("=")[0] in answer.json["detail"]


def test_what_is_not_there_is_404_and_is_not_repeated(web: WebClient) -> None:
    """Somebody may ask for a person by the number."""
    for name in (uuid4(), "N61J-B95R-P9J9", "3374106508999001", "%00", "x" * 5000):
        answer = web.get(f"/api/v1/applications/{name}")
        assert (answer.status, answer.json["detail"]) == (404, "there is no such application")
    assert web.get("/3374106508999001").status == 404
    assert "problem+json" in web.get("/contracts/events/nothing.json").headers["content-type"]
    assert web.ask("DELETE", "/events").status == 405
    assert "3374106508999001" not in web.get("/metrics").text


@pytest.mark.parametrize(
    "path", ["/api/v1/summary", "/api/v1/applications", "/api/v1/applications/x", "/api/v1/parked"]
)
def test_without_a_token_nothing_is_told(web: WebClient, path: str) -> None:
    """401 with the way to ask; the token is made once, for its owner alone."""
    for given in (None, "Bearer", "Bearer x", "Basic eDp5", f"bearer {web.token}x", "Bearer \xff"):
        answer = web.get(path, authorization=given)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="ektp"')
        assert answer.json["type"] == "urn:ektp:problem:unauthorised"
    assert web.get(path, authorization=f"bearer {web.token}").status in (200, 404)


def test_without_a_token_nothing_is_taken_in(web: WebClient, parts: Parts) -> None:
    """Not even kept; a session does not do, for another site could post with it."""
    event = History().recorded().events[0]
    visitor = Visitor(web)
    visitor.sign_in_with_token()
    session = f"{visitor.name}={visitor.cookie}"
    assert web.get("/api/v1/summary", authorization=None, cookie=session).status == 200
    assert web.post(event, authorization=None, cookie=session).status == 401
    assert web.post(b"{", authorization="Bearer wrong").status == 401
    assert web.get("/api/v1/summary").json["events"] == dict.fromkeys(
        ("applied", "repeated", "held", "superseded", "parked"), 0
    )
    assert stat.S_IMODE((parts.settings.home / "token").stat().st_mode) == 0o600


def test_the_one_token_is_every_role_and_no_other_is_it() -> None:
    """Compared in a time that tells nothing."""
    accounts = OneToken("a token")
    assert accounts.who("a token") == INSTALLATION
    assert accounts.begins("a token")
    for other in ("", "a tokem", "a token ", "\xff"):
        assert accounts.who(other) is None
        assert not accounts.begins(other)


def test_on_the_embedded_store_whoever_sits_at_the_machine_sees_the_board_and_nothing_else(
    database_url: str, tmp_path: Path
) -> None:
    """Without a token; but not under another host's name, which a page of another site could have pointed here.

    Whoever signs in there is who they are.
    """
    with parts_on(database_url, tmp_path, database_url=None) as parts, served(parts) as web:
        for host in (None, "localhost", "127.0.0.1:80", "[::1]:80"):
            answer = web.get("/board", authorization=None, **({} if host is None else {"host": host}))
            assert answer.status == 200
        for path in ("/board", "/live"):
            assert web.get(path, authorization=None, host="rebound.example").status in {303, 401}
        assert web.get("/applications", authorization=None).status == 200
        assert web.get("/applications.csv", authorization=None).status == 403
        visitor = Visitor(web)
        visitor.sign_in_with_token()
        assert visitor.get("/applications.csv").status == 200
        assert web.get("/api/v1/summary", authorization=None).status == 401
        assert web.post(b"{}", authorization=None).status == 401


def test_who_comes_to_a_wrong_address_with_a_browser_reads_a_page(web: WebClient) -> None:
    """In the own language, and without what stood in the address; a program is answered as everywhere."""
    page = {"authorization": None, "accept": "text/html,*/*;q=0.8"}
    for language, sentence in (("id", "Alamat ini tidak ada."), ("en", "There is nothing at this address.")):
        answer = web.get("/3374106508999001", accept_language=language, **page)
        assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert sentence in answer.text
        assert "3374106508999001" not in answer.text
    assert web.ask("PUT", "/track", b"", **page).status == 405
    assert web.get("/nothing", authorization=None).json["type"] == "urn:ektp:problem:not-found"


def test_people_read_in_their_language_why_a_page_is_not_there(web: WebClient) -> None:
    """An application that there is not, and a page of others."""
    visitor = Visitor(web, {"accept_language": "id"})
    visitor.sign_in_with_token()
    answer = visitor.get("/applications/nothing", authorization=None)
    assert answer.status == 404
    assert "Tidak ada, atau terletak di luar kantor akun ini." in answer.text
    assert "there is no such" not in answer.text


def test_the_probes_need_no_token_and_tell_nobody(web: WebClient) -> None:
    """Alive, ready, counted, and of which release."""
    history = happy()
    web.batch(*history.events[:2], b"{}")
    assert web.get("/livez", authorization=None).json == {"status": "alive"}
    ready = web.get("/readyz", authorization=None)
    assert (ready.status, ready.json["ready"]) == (200, True)
    told = web.get("/version", authorization=None).json
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert told == {"name": "ektp", "version": project["version"]}
    measures = web.get("/metrics", authorization=None).text
    for line in (
        "ektp_store_up 1.0",
        'ektp_applications{office="33.74.10",state="verified"} 1.0',
        'ektp_events{outcome="applied"} 2.0',
        "ektp_outbox_pending 2.0",
        'ektp_parked_open{reason="not-cloudevents"} 1.0',
        'ektp_http_requests_total{method="POST",route="/events",status="202"} 1.0',
    ):
        assert line in measures
    assert history.nik not in measures


def test_openapi_and_its_page_tell_what_can_be_asked(web: WebClient) -> None:
    """Drawn by ourselves: nothing is loaded from elsewhere."""
    paths = web.get("/openapi.json").json["paths"]
    assert {"/events", "/api/v1/summary", "/api/v1/applications/{application}", "/api/v1/parked", "/readyz"} <= set(
        paths
    )
    page = web.get("/docs").text
    assert "POST /events" in page
    assert "https://" not in page
    assert set(STATES) <= set(json.dumps(web.get("/openapi.json").json).replace('"', " ").replace(",", " ").split())


def test_every_answer_carries_the_headers_of_a_careful_server(web: WebClient) -> None:
    """Pages, problems and probes alike; static files may be kept if asked for again."""
    for path in ("/", "/login", "/docs", "/livez", "/nowhere", "/api/v1/summary", "/static/ektp.css"):
        headers = web.get(path, authorization=None).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
        assert "server" not in headers
