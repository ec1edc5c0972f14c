"""The choice of a language, and where a page leads that cannot be shown."""

import pytest

from tests.visitor import Visitor
from tests.web_client import WebClient


def chosen(web: WebClient, to: str, language: str = "id") -> tuple[str, str]:
    """Choose a language; return where it leads and the cookie."""
    answer = Visitor(web).post("/language", {"to": to, "language": language})
    assert answer.status == 303
    return answer.headers["location"], answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("to", ["/applications?state=failed", "/"])
def test_a_choice_leads_back(web: WebClient, to: str) -> None:
    """And holds against what the browser asks for."""
    where, cookie = chosen(web, to)
    assert where == to
    assert "HttpOnly" in cookie
    page = web.get("/login", authorization=None, cookie="ektp-language=id", accept_language="en")
    assert (page.headers["content-language"], 'lang="id"' in page.text) == ("id", True)


@pytest.mark.parametrize("to", ["https://example.org/", "//example.org/", "/\\example.org", "/a\nb", "javascript:x"])
def test_no_choice_leads_elsewhere(web: WebClient, to: str) -> None:
    """It leads to the beginning."""
    assert chosen(web, to)[0] == "/"


def test_an_unknown_language_is_not_kept(web: WebClient) -> None:
    """The page stays as it is."""
    assert chosen(web, "/", "xx") == ("/", "")


def test_a_page_without_a_session_leads_to_the_door(web: WebClient) -> None:
    """A part that asks by itself takes the page there, and a program is told 401."""
    assert (web.get("/", authorization=None).status, web.get("/", authorization="Bearer x").status) == (303, 401)
    part = web.get("/board", authorization=None, hx_request="true")
    assert (part.status, part.headers["hx-redirect"]) == (401, "/login")
