"""Signing in and out over a real server: sessions that end, cookies, forms of other sites, and many tries."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.web.access.logins import LEAST
from tests.conftest import BUSY, Eventually
from tests.histories import History
from tests.visitor import PASSWORD, Visitor, added
from tests.web_client import WebClient, parts_on, served

TLS = {"x_forwarded_proto": "https"}


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process in whose store there is one person."""
    with parts_on(database_url, tmp_path) as made:
        added(made)
        yield made


@pytest.fixture
def siti(web: WebClient) -> Visitor:
    """Give a browser in which she has signed in."""
    visitor = Visitor(web)
    assert visitor.sign_in().status == 303
    return visitor


def changed(parts: Parts, statement: str) -> None:
    """Change the store behind the program's back."""
    with transaction(parts.engine) as connection:
        connection.execute(statement)


def test_a_name_and_its_password_open_a_session(web: WebClient, parts: Parts) -> None:
    """However the name is written; the board greets, and the store knows neither password nor session id."""
    visitor = Visitor(web)
    answer = visitor.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    answer = visitor.sign_in(" Siti ")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert '<a href="/password">siti</a>' in visitor.get("/").text
    assert len(visitor.cookie) == 43
    with transaction(parts.engine) as connection:
        kept = str(connection.execute("select * from people, sessions").fetchall())
    assert "argon2id" in kept
    assert not any(secret in kept for secret in (visitor.cookie, PASSWORD))


def test_the_cookie_is_for_this_host_and_no_script(web: WebClient) -> None:
    """Over TLS with the prefix that a browser guards; the id is new at each login, and the one before is void."""
    plain, guarded = Visitor(web), Visitor(web, dict(TLS))
    flags = plain.sign_in().headers["set-cookie"].lower()
    assert flags.startswith("ektp-session=")
    assert {"httponly", "samesite=lax", "path=/", "max-age=28800"} <= set(flags.split("; "))
    assert "secure" not in flags
    flags = guarded.sign_in().headers["set-cookie"]
    assert flags.startswith("__Host-ektp-session=")
    assert {"httponly", "samesite=lax", "path=/", "secure"} <= set(flags.lower().split("; "))
    assert "domain" not in flags.lower()
    assert guarded.is_in()
    before = Visitor(web, name=plain.name, cookie=plain.cookie)
    plain.sign_in()
    assert plain.cookie != before.cookie
    assert plain.is_in()
    assert not before.is_in()


@pytest.mark.slow
def test_whoever_is_nobody_and_a_wrong_password_get_the_same_answer_after_the_same_time(
    web: WebClient, parts: Parts
) -> None:
    """And so does somebody who is disabled; nothing says which."""
    added(parts, "budi")
    parts.people().disable("budi", "a test")
    answers, took = [], []
    for name in ("siti", "nobody.at.all", "budi", "3374106508990001", "'; drop"):
        began = time.monotonic()
        answer = Visitor(web).sign_in(name, "lima belas becak hijau")
        took.append(time.monotonic() - began)
        answers.append((answer.status, answer.body, answer.headers.get("set-cookie")))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert min(took) >= LEAST
    assert "3374106508990001" not in answers[0][1].decode()


def test_a_session_ends_on_the_server_when_somebody_signs_out(web: WebClient, siti: Visitor) -> None:
    """A copy of the cookie is worth nothing afterwards, at another process within a second."""
    copy = Visitor(web, name=siti.name, cookie=siti.cookie)
    assert copy.is_in()
    answer = siti.sign_out()
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not copy.is_in()
    assert siti.post("/logout", {}).status == 303


def test_two_processes_share_the_sessions(
    web: WebClient, parts: Parts, siti: Visitor, eventually: Eventually, tmp_path: Path
) -> None:
    """Opened at one, known at the other; closed at one, void at the other."""
    with served(parts) as second:
        other = Visitor(second, name=siti.name, cookie=siti.cookie)
        assert other.is_in()
        siti.sign_out()
        eventually(lambda: not other.is_in(), 3)


@pytest.mark.parametrize("moved", ["seen = seen - interval '31 minutes'", "ends = ends - interval '8 hours'"])
def test_a_session_ends_by_itself(parts: Parts, siti: Visitor, eventually: Eventually, moved: str) -> None:
    """After half an hour without a request, and after eight hours whatever happens."""
    changed(parts, f"update sessions set {moved}")
    eventually(lambda: not siti.is_in())
    assert siti.get("/").headers["location"] == "/login"


def test_a_page_that_asks_by_itself_keeps_no_session_alive(parts: Parts, siti: Visitor) -> None:
    """The board's moving part, again and again; a person's own request does."""
    changed(parts, "update sessions set seen = now() - interval '29 minutes'")
    assert siti.get("/board", x_by_itself="1").status == 200
    assert _idle(parts) > 28
    assert siti.get("/docs").status == 200
    assert _idle(parts) < 1


def _idle(parts: Parts) -> float:
    """Return for how many minutes nobody has asked."""
    with transaction(parts.engine) as connection:
        row = connection.execute("select extract(epoch from now() - seen) / 60 from sessions").fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.slow
def test_disabling_somebody_ends_every_session_within_a_second(
    parts: Parts, siti: Visitor, web: WebClient, eventually: Eventually
) -> None:
    """Also a stream that is open; whoever is enabled again has to sign in again."""
    stream = http.client.HTTPConnection(web.host, web.port, timeout=20)
    stream.request("GET", "/live", headers={"Cookie": f"{siti.name}={siti.cookie}"})
    told = stream.getresponse()
    assert told.readline() == b"event: board\n"
    assert siti.is_in()
    parts.people().disable("siti", "a test")
    began = time.monotonic()
    eventually(lambda: not siti.is_in())
    assert time.monotonic() - began < 1 + BUSY
    web.batch(*History().recorded().events)
    assert told.read().count(b"event: board") == 0
    stream.close()
    answer = siti.get("/board", hx_request="true")
    assert (answer.status, answer.headers["hx-redirect"]) == (401, "/login")
    assert siti.sign_in().status == 401
    parts.people().enable("siti", "a test")
    assert not siti.is_in()
    assert siti.sign_in().status == 303


@pytest.mark.slow
def test_a_new_password_ends_the_other_sessions(
    parts: Parts, siti: Visitor, web: WebClient, eventually: Eventually
) -> None:
    """The one in which it was changed goes on; the old password is void."""
    other, new = Visitor(web), "lima belas becak hijau"
    other.sign_in()
    fields = {"csrf": siti.csrf("/password"), "old": PASSWORD, "new": new, "again": new}
    for wrong, status in (({"old": "x"}, 403), ({"new": "short", "again": "short"}, 422), ({"again": "x"}, 422)):
        assert siti.post("/password", {**fields, **wrong}).status == status
    assert other.is_in()
    answer = siti.post("/password", fields)
    assert (answer.status, "The password was changed" in answer.text) == (200, True)
    eventually(lambda: not other.is_in(), 3)
    assert siti.is_in()
    assert other.sign_in().status == 401
    assert other.sign_in(password=new).status == 303
    assert parts.people().told()[0]["password_changed"] > parts.people().told()[0]["added"]


def test_a_form_of_another_site_changes_nothing(web: WebClient, siti: Visitor) -> None:
    """Without the session's token, with another's, or when the browser says where it comes from; nor may it sign in."""
    other = Visitor(web)
    other.sign_in()
    right = siti.csrf()
    for fields, headers in (
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": right[:-1]}, {}),
        ({"csrf": other.csrf()}, {}),
        ({"csrf": right}, {"sec_fetch_site": "cross-site"}),
        ({"csrf": right}, {"sec_fetch_site": "same-site"}),
        ({"csrf": right}, {"origin": "https://elsewhere.example"}),
        ({"csrf": right}, {"origin": "http://["}),
    ):
        for path in ("/logout", "/password"):
            answer = siti.post(path, fields, **headers)
            assert (answer.status, answer.json["type"]) == (403, "urn:ektp:problem:forbidden"), (path, headers)
    assert siti.is_in()
    answer = Visitor(web).sign_in(sec_fetch_site="cross-site")
    assert (answer.status, answer.headers.get("set-cookie")) == (403, None)
    assert siti.post("/logout", {"csrf": right}, origin=web.address, sec_fetch_site="same-origin").status == 303


@pytest.mark.slow
def test_who_tries_many_passwords_has_to_wait(web: WebClient, parts: Parts) -> None:
    """The name, from whatever address; the right one is refused meanwhile too, and known when the pause is over."""
    visitor = Visitor(web)
    for number in range(4):
        visitor.always["x_forwarded_for"] = f"198.51.100.{number}"
        assert visitor.sign_in(password=f"lima belas becak {number}").status == 401
    answer = visitor.sign_in()
    assert (answer.status, int(answer.headers["retry-after"]) >= 1) == (429, True)
    assert "Too many tries" in answer.text
    assert Visitor(web, {"x_forwarded_for": "198.51.100.9"}).sign_in("budi").status == 401
    changed(parts, "update login_failures set until = now() - interval '1 second'")
    assert visitor.sign_in().status == 303
    assert visitor.is_in()


def test_the_token_of_the_installation_opens_a_session_until_there_is_another(web: WebClient, parts: Parts) -> None:
    """For the first start; it has every role and no password, and a server with a new token does not know it."""
    visitor = Visitor(web)
    assert visitor.post("/login", {"token": "not the token"}).status == 401
    assert visitor.sign_in_with_token().status == 303
    assert visitor.is_in()
    assert visitor.get("/password").status == 403
    (parts.settings.home / "token").write_text("another token of the installation\n")
    with served(parts) as renewed:
        assert not Visitor(renewed, name=visitor.name, cookie=visitor.cookie).is_in()


def test_a_cookie_that_is_none_of_ours_is_none(web: WebClient) -> None:
    """Whatever stands in it."""
    for cookie in ("", "x", "a" * 43, "\xff" * 43, "operator.99999999999." + "0" * 64, "%00"):
        visitor = Visitor(web, name="ektp-session", cookie=cookie)
        assert not visitor.is_in()
        assert visitor.get("/").status == 303
