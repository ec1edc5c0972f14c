"""The page `/break`: there with a city only, shown to everybody, and pressed by whoever may declare an outage there."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from ektp.bootstrap import Parts
from ektp.web.access.rights import RIGHTS_OF_A_CITY
from ektp.web.breaking import Kind
from tests.paper_city import CUT, TRUTH, PaperCity
from tests.visitor import Visitor, added, token_of
from tests.web_client import WebClient, parts_on, served
from workflows.permissions import ALLOWED, Role


@pytest.fixture
def city() -> PaperCity:
    """Give a city in which a station is cut."""
    return PaperCity()


@pytest.fixture
def broken(parts: Parts, city: PaperCity) -> Iterator[WebClient]:
    """Give a web that has a city."""
    with served(parts, breaking=city) as client:
        yield client


def buttons(page: str) -> set[str]:
    """Return what can be broken by a button of the page."""
    return set(re.findall(r'<button name="kind" value="([a-z]+)"', page))


def test_in_production_there_is_no_such_page_and_no_door_to_it(web: WebClient) -> None:
    """404 for every one of its routes, whoever asks."""
    for route in RIGHTS_OF_A_CITY:
        method, _, path = route.partition(" ")
        assert web.ask(method, path).status == 404
    visitor = Visitor(web)
    visitor.sign_in_with_token()
    assert visitor.post("/break", {"kind": "centre", "csrf": visitor.csrf()}).status == 404
    assert "/break" not in visitor.get("/").text


@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_or_not(broken: WebClient, parts: Parts, role: Role) -> None:
    """As the table of actions says; whoever is not known is led to where one signs in."""
    who = WebClient(broken.address, token_of(parts, f"{role}-all", role))
    for route, action in RIGHTS_OF_A_CITY.items():
        method, _, path = route.partition(" ")
        assert (who.ask(method, path).status != 403) is (action in ALLOWED[role]), route
        stranger = broken.ask(method, path, authorization=None)
        assert (stranger.status, stranger.headers.get("location")) == (303, "/login")


def test_an_operator_of_the_city_breaks_it_and_that_is_noted(broken: WebClient, parts: Parts, city: PaperCity) -> None:
    """By name; what lasts has no button, and pressing it all the same does nothing."""
    operator = Visitor(broken)
    operator.sign_in(added(parts, "siti", "operator", office="33.74"))
    page = operator.get("/break")
    assert buttons(page.text) == {*Kind} - {Kind.STATION}
    assert '<a href="/break" aria-current="page">' in page.text
    csrf = operator.csrf("/break")
    for kind in ("centre", "station", "centre"):
        pressed = operator.post("/break", {"kind": kind, "csrf": csrf})
        assert (pressed.status, pressed.headers["location"]) == (303, "/break")
    assert city.started == [(Kind.CENTRE, "siti")]
    with parts.engine.connect() as connection:
        noted = connection.execute(text("select actor, about from audit where what = 'city-broken'")).all()
    assert [tuple(row) for row in noted] == [("siti", "centre")]
    assert operator.post("/break", {"kind": "the sea", "csrf": csrf}).status == 422
    assert operator.post("/break", {"kind": "blanko"}).status == 403
    assert "begins with the next hour" in operator.get("/break/now", accept_language="en").text


@pytest.mark.parametrize(("role", "office"), [("viewer", "all"), ("operator", "33.22"), ("operator", "33.74.10")])
def test_whoever_may_not_break_it_sees_what_is_true_and_no_button(
    broken: WebClient, parts: Parts, city: PaperCity, role: str, office: str
) -> None:
    """Nor do they break anything by a form of their own making."""
    visitor = Visitor(broken)
    visitor.sign_in(added(parts, "budi", role, office=office))
    page = visitor.get("/break").text
    assert buttons(page) == set()
    assert "station-silent" in page
    assert visitor.post("/break", {"kind": "centre", "csrf": visitor.csrf()}).status == 403
    assert city.started == []


def test_the_table_says_what_is_known_in_either_language(broken: WebClient, city: PaperCity) -> None:
    """Figures, when it was noticed, and where; what was lost or doubled is marked in words and not by colour alone."""
    visitor = Visitor(broken)
    visitor.sign_in_with_token()
    english = visitor.get("/break/now", accept_language="en").text
    for words in ("1,234 events kept", "5,678", "3 on the way", "Lost 0", "Double 0", "of 3,328", "after 1.1 working",
                  '<a href="/alerts?rule=station-silent">', "2018-02-08 09:00 WIB", "not yet", "it lasts"):  # fmt: skip
        assert words in english, words
    indonesian = visitor.get("/break/now", accept_language="id").text
    for words in ("1.234 peristiwa tertahan", "Hilang 0", "sesudah 1,1 hari kerja", "masih berlangsung"):
        assert words in indonesian, words
    city.truth = replace(TRUTH, double=2, broken=(replace(CUT, lost=7),))
    worse = visitor.get("/break/now", accept_language="en").text
    assert re.search(r'class="chip bad">\s*Lost 7<', worse)
    assert re.search(r'class="chip bad">\s*Double 2<', worse)


def test_a_city_that_has_ended_says_so_and_how_to_begin_another(broken: WebClient, city: PaperCity) -> None:
    """Nothing is left to press; what would have begun did not."""
    city.start(Kind.CENTRE, "siti")
    city.truth = replace(city.truth, alive=False)
    visitor = Visitor(broken)
    visitor.sign_in_with_token()
    page = visitor.get("/break", accept_language="en").text
    assert buttons(page) == set()
    for words in ("the city has ended", "--scenario city --pace", "the city ended before it began"):
        assert words in page, words
    city.truth = replace(TRUTH, broken=())
    assert "Nothing was broken yet" in visitor.get("/break", accept_language="en").text


def test_on_a_board_that_is_open_whoever_signs_in_is_asked_as_everywhere(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, city: PaperCity
) -> None:
    """Without signing in one looks and is told where to sign in; then there are the buttons."""
    home = tmp_path_factory.mktemp("home")
    with parts_on(database_url, home, database_url=None) as parts, served(parts, breaking=city) as web:
        visitor = Visitor(web)
        page = visitor.get("/break").text
        assert buttons(page) == set()
        assert '<a href="/login">' in page
        visitor.sign_in_with_token()
        assert buttons(visitor.get("/break").text) == {*Kind} - {Kind.STATION}
