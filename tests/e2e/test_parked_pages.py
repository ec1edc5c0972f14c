"""The parking lot and the repairs in a browser: for everybody, in both languages, on a small screen, by keyboard."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ektp.bootstrap import Parts
from tests.e2e.sitting import accessible, seated
from tests.parking_room import run
from tests.parking_town import PATCH, misspelt
from tests.visitor import added
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALL = {"width": 360, "height": 640}
LANGUAGES = (("id-ID", "Parkiran", "Perbaikan"), ("en-GB", "Parking lot", "Repairs"))


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Give where a page's complaints are noted; at the end there are none."""
    noted: list[str] = []
    yield noted
    assert noted == []


def followed(page: Page, address: str, path: str) -> None:
    """Open a page and look it over."""
    page.goto(f"{address}{path}")
    expect(page.locator("h1")).to_be_visible()
    accessible(page)


@pytest.mark.parametrize(("locale", "lot", "repairs"), LANGUAGES)
def test_every_page_is_for_everybody(  # noqa: PLR0917 - what it needs
    chromium: Browser, web: WebClient, parts: Parts, complaints: list[str], locale: str, lot: str, repairs: str
) -> None:
    """Axe finds nothing; nothing lies outside at 360 px; what cannot be planned is said beside what was typed."""
    web.batch(*(misspelt(station="st337410") for _ in range(25)), {**misspelt(), "data": {}})
    group, _ = (one["group"] for one in web.get("/api/v1/parked/groups").json)
    item = web.get("/api/v1/parked").json[0]["parked"]
    added(parts, "siti", "operator", "auditor")
    with chromium.new_context(locale=locale, viewport=SMALL) as context:  # type: ignore[arg-type]
        page = seated(context, web.address, "siti", complaints)
        followed(page, web.address, "/parked")
        expect(page.locator("h1")).to_have_text(lot)
        for path in ("/parked?by=station", "/parked?reason=nothing", "/parked/items", f"/parked/items/{item}"):
            followed(page, web.address, path)
        followed(page, web.address, f"/parked/groups/{group}")
        page.check("#patched")
        page.fill("#patch", "[]")
        page.fill("#because", "x")
        page.press("#because", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("#patch")).to_have_value("[]")
        complaints.clear()  # the browser notes every answer that is 422
        accessible(page)
        page.fill("#patch", json.dumps(PATCH))
        page.press("#because", "Enter")
        expect(page.locator("#missing")).to_be_visible()
        accessible(page)
        repair = page.url.rpartition("/")[2]
        for path in ("/repairs", f"/repairs/{repair}/items", f"/repairs/{repair}/items/1"):
            followed(page, web.address, path)
        page.goto(f"{web.address}/repairs")
        expect(page.locator("h1")).to_have_text(repairs)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("#missing")).to_be_visible()


def test_progress_moves_by_itself_and_the_page_is_anew_at_the_end(
    chromium: Browser, web: WebClient, parts: Parts, complaints: list[str]
) -> None:
    """Without a reload while it runs; at the end the forms of a repair that runs are gone."""
    web.batch(*(misspelt() for _ in range(6)))
    added(parts, "siti", "operator")
    with chromium.new_context(locale="en-GB") as context:
        page = seated(context, web.address, "siti", complaints)
        page.goto(f"{web.address}/parked")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.check("#patched")
        page.fill("#patch", json.dumps(PATCH))
        page.fill("#because", "a new driver")
        page.press("#because", "Enter")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#standing")).to_contain_text("running")
        accessible(page)
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        run(parts, page.url.rpartition("/")[2])
        expect(page.locator("#standing")).to_contain_text("done", timeout=10_000)
        expect(page.locator("#end-fixed")).to_have_text("6")
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        page.locator("#end-fixed a").click()
        expect(page.locator("a.row")).to_have_count(6)


def test_it_works_without_scripts(chromium: Browser, web: WebClient, parts: Parts) -> None:
    """A plan, a run, and the page that asks for itself again."""
    web.batch(misspelt())
    added(parts, "siti", "operator")
    with chromium.new_context(locale="id-ID", java_script_enabled=False) as context:
        page = seated(context, web.address, "siti", [])
        page.goto(f"{web.address}/parked")
        page.locator("a.row").click()
        page.check("#patched")
        page.fill("#patch", json.dumps(PATCH))
        page.fill("#because", "driver baru")
        page.press("#because", "Enter")
        page.get_by_role("button", name="Jalankan").click()
        run(parts, page.url.rpartition("/")[2])
        expect(page.locator("#standing")).to_contain_text("selesai", timeout=15_000)
        expect(page.locator("#end-fixed")).to_have_text("1")
