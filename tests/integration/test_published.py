"""The published stock and the published contract: for everybody, and nothing in them that is not for everybody."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from consumers.errors import StoreAway
from ektp.bootstrap import Parts
from ektp.contracts.documents import documents
from ektp.contracts.schemas import messages
from ektp.reading.published import COLUMNS
from ektp.web.public.published import Published, Rows
from tests.command_line import CommandLine
from tests.histories import happy
from tests.stock import received
from tests.web_client import WebClient, parts_on, served

CONFIG = """
[offices."33.74"]
allocator = "builtin"
[offices."33.19"]
publish_stock = false
"""
SERIALS = "RT0001", "RT0009"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a configuration in which one of two regencies does not show its stock."""
    file = tmp_path / "ektp.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def parts(database_url: str, tmp_path: Path, config: Path) -> Iterator[Parts]:
    """Give the parts of a web process."""
    with parts_on(database_url, tmp_path, config=config) as made:
        yield made


@pytest.fixture
def web(parts: Parts) -> Iterator[WebClient]:
    """Give a client of a server that is up, without a token."""
    with served(parts) as client:
        client.batch(received(*SERIALS), received("KD0001", "KD0005", office="33.19"), happy().events[0])
        client.token = None
        yield client


def test_everybody_sees_the_stock_of_the_offices_that_show_it(
    web: WebClient, ektp: CommandLine, monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    """Page, CSV, JSON and command say the same; no serial, and nothing of who does not want it."""
    (row,) = web.get("/blanko.json").json["offices"]
    assert (row["office"], row["stock"], row["waiting"], row["used_today"]) == ("33.74", 9, 0, 0)
    (line,) = csv.DictReader(io.StringIO(web.get("/blanko.csv").text))
    assert line == {name: "" if row[name] is None else str(row[name]) for name in COLUMNS}
    page = web.get("/blanko", accept_language="en")
    assert (page.status, "Kota Semarang" in page.text, ">9<" in page.text) == (200, True, True)
    assert not any(serial in page.text for serial in SERIALS)
    assert "33.19" not in page.text
    monkeypatch.setenv("EKTP_CONFIG", str(config))
    (told,) = ektp.ask("report", "stock")["offices"]
    assert {**told, "at": row["at"]} == row
    assert "33.74" in ektp("report", "stock", "--csv").out


def test_it_is_read_once_a_minute_and_asked_for_so_often(web: WebClient) -> None:
    """What changes is seen a minute later; a crowd from one address is told to wait, another is not."""
    before = web.get("/blanko.json").json
    statuses = [web.get("/blanko").status for _ in range(60)]
    assert statuses == [200] * 59 + [429]
    answer = web.get("/blanko.json")
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert before["offices"]


def test_what_was_read_is_good_for_a_minute() -> None:
    """And a store that is away is asked again at once."""
    now, looks = [0.0], list[float]()

    def look() -> Rows:
        looks.append(now[0])
        if len(looks) == 1:
            raise StoreAway("away")
        return ({"office": "33.74", "at": now[0]},)

    shown = Published(look, clock=lambda: now[0])
    with pytest.raises(StoreAway):
        shown.rows()
    for moment in (1.0, 30.0, 60.9, 61.0, 62.0):
        now[0] = moment
        assert shown.rows()[0]["at"] == (61.0 if moment >= 61 else 1.0)
    assert looks == [0.0, 1.0, 61.0]


def test_it_says_so_while_the_store_is_away(tmp_path: Path) -> None:
    """503 at all three, and no name of a server."""
    with parts_on("postgresql://somebody:secret@127.0.0.1:1/ektp", tmp_path) as parts, served(parts) as web:
        for path in ("/blanko", "/blanko.json", "/blanko.csv"):
            answer = web.get(path, authorization=None)
            assert (answer.status, "secret" in answer.text) == (503, False)


@pytest.fixture(scope="module")
def library() -> dict[str, str]:
    """Give the contract as files."""
    return documents()


def examples_in(page: str) -> list[str]:
    """Return the examples that a page shows."""
    return [html.unescape(one) for one in re.findall(r'<pre tabindex="0">(\{.*?\})</pre>', page, re.DOTALL)]


def test_the_page_of_the_contract_has_every_message_with_a_valid_example(
    web: WebClient, library: dict[str, str]
) -> None:
    """As the schema that can be taken away says; in both languages; AsyncAPI beside it."""
    page = web.get("/contracts", accept_language="en").text
    examples = {one["type"]: one for one in map(json.loads, examples_in(page)) if one["source"] != "/ektp"}
    for family, name in messages():
        assert f'id="{family}-{name}"' in page
        schema = web.get(f"/contracts/{family}/{name}.json")
        assert (schema.text, schema.headers["content-type"]) == (
            library[f"{family}/{name}.v1.json"], "application/schema+json",
        )  # fmt: skip
        if family == "events":
            checker = Draft202012Validator(schema.json, format_checker=FormatChecker())
            assert list(checker.iter_errors(examples[f"id.ektp.{name}.v1"])) == []
    assert yaml.safe_load(web.get("/contracts/asyncapi.yaml").text)["asyncapi"] == "3.1.0"
    assert "Peristiwa yang masuk" in web.get("/contracts", accept_language="id").text


def test_what_is_no_message_is_not_found(web: WebClient) -> None:
    """Nor is any other file of this machine."""
    for path in ("events/recorded.v2.json", "events/recorded.yaml", "x/recorded.json", "events/..%2Freasons.json"):
        assert web.get(f"/contracts/{path}").status == 404
