"""The stock in the room: offices, one office with its queue and forecast, and the life of a blanko."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from ektp.bootstrap import Parts
from ektp.storage.stock.shelves import PostgresShelves
from tests.histories import History, event
from tests.stock import moved, received, supplied
from tests.visitor import Visitor, added
from tests.web_client import WebClient, parts_on

CONFIG = """
[offices."33.74"]
allocator = "builtin"
reorder = {blanko = 5, ribbon = 2}
"""


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process in which one regency gives out its own blanko."""
    config = tmp_path / "ektp.toml"
    config.write_text(CONFIG)
    with parts_on(database_url, tmp_path, config=config) as made:
        yield made


@pytest.fixture
def waiting(web: WebClient, parts: Parts) -> History:
    """Give somebody who waits in Semarang, which ran out; the neighbour has nine, of which one is spoiled."""
    history = History().recorded().verified()
    told = [
        received("BK0001", "BK0009", "33.22"),
        moved("spoiled", "BK0009", office="33.22"),
        supplied("supplies-received"),
    ]
    assert {outcome for outcome, _ in web.batch(*history.events, *told).outcomes} == {"applied"}
    assert len(PostgresShelves(parts.engine, parts.keeping).watch()) == 2
    return history


def visitor(web: WebClient, parts: Parts, *roles: str, office: str = "all") -> Visitor:
    """Give the browser of somebody."""
    one = Visitor(web)
    one.sign_in(added(parts, "siti", *roles, office=office))
    return one


def test_offices_with_what_they_have_and_lack(web: WebClient, parts: Parts, waiting: History) -> None:
    """Also the one that has nothing and in which somebody waits; what is low is said, and why nothing moves."""
    page = visitor(web, parts, "viewer").get("/stock").text
    semarang, neighbour = (page[page.index(f"office={code}") :] for code in ("33.74", "33.22"))
    assert page.index("office=33.22") < page.index("office=33.74")
    row = semarang[: semarang.index("</tr>")]
    assert 'class="chip bad">blanko' in row
    assert 'class="chip bad">ribbon' in row
    assert "no blanko" in row
    assert "/applications?state=verified&amp;office=33.74" in row
    assert '<td class="n">8</td>' in neighbour[: neighbour.index("</tr>")]


def test_one_office_with_its_queue_forecast_and_request(web: WebClient, parts: Parts, waiting: History) -> None:
    """Lanes with who is next and why, when it ends, what was asked for and has not left yet; nobody's name."""
    who = visitor(web, parts, "viewer")
    page = who.get("/stock?office=33.74").text
    for words in (f"/applications/{waiting.application}", "Why none is given out: no blanko", "waiting since",
                  "The queue ends", "not within four years", "has not left yet", "<strong>6</strong> blanko asked for",
                  "lane=new"):  # fmt: skip
        assert words in page, words
    assert waiting.nik not in page
    web.batch(received("SM0001", "SM0009"))
    filled = who.get("/stock?office=33.74").text
    assert "Why none is given out" not in filled[filled.index('id="queue"') :]


def test_a_kecamatan_is_told_who_prints_for_it(web: WebClient, parts: Parts, waiting: History) -> None:
    """Whoever is there for it alone is not shown the regency's queue, nor the regency's or others' stock."""
    who = visitor(web, parts, "operator", office="33.74.10")
    page = who.get("/stock?office=33.74.10").text
    assert ("Cards of this office are printed at" in page, 'id="queue"' in page) == (True, False)
    assert "No region" not in page
    assert "33.22" not in who.get("/stock").text
    assert who.get("/stock/BK0001").status == 404
    assert list(csv.DictReader(io.StringIO(who.get("/stock.csv").text))) == []


def test_a_serial_is_found_and_its_life_told(web: WebClient, parts: Parts, waiting: History) -> None:
    """However it is typed; by whom, by which document, why; what is no serial is said so."""
    who = visitor(web, parts, "viewer")
    assert who.get("/stock?serial=+bk0009+").headers["location"] == "/stock/BK0009"
    page = who.get("/stock/BK0009").text
    for words in ("Spoiled", "BA-1", "BA-2", "as agreed", "/stations/warehouse"):
        assert words in page
    answer = who.get("/stock?serial=x%22y")
    assert (answer.status, "32 at most" in answer.text) == (422, True)
    assert who.get("/stock/NOBODYS").status == 404
    assert who.get("/stock?office=nowhere").status == 422


def test_a_card_leads_to_its_application(web: WebClient, parts: Parts, waiting: History) -> None:
    """From the serial's own page."""
    printed = History().recorded().verified()
    allocated = event(printed.application, "blanko-allocated", station="warehouse", blanko="BK0001", office="33.22")
    for one in printed.events:
        one["data"].update({"office": "33.22.05"} if "office" in one["data"] else {})
    assert web.batch(*printed.events, allocated).outcomes == [("applied", None)] * 3
    assert f"/applications/{printed.application}" in visitor(web, parts, "viewer").get("/stock/BK0001").text


def test_it_is_taken_away_as_a_file(web: WebClient, parts: Parts, waiting: History) -> None:
    """By whoever may take lists; an empty store says how to begin."""
    rows = list(csv.DictReader(io.StringIO(visitor(web, parts, "auditor").get("/stock.csv").text)))
    assert [(row["office"], row["in-stock"], row["spoiled"], row["low"], row["waiting"]) for row in rows] == [
        ("33.22", "8", "1", "", "0"),
        ("33.74", "0", "0", "blanko ribbon", "1"),
    ]


def test_an_empty_store_teaches(web: WebClient, parts: Parts) -> None:
    """How blanko come in; the file is for whoever may take one away."""
    who = visitor(web, parts, "viewer")
    page = who.get("/stock").text
    assert ("ektp blanko receive" in page, "/stock.csv" in page) == (True, False)
    assert who.get("/stock.csv").status == 403
