"""Stock, stations, audit and accounts in a real browser: in both languages, for everybody, on a small screen."""

import json
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ektp.bootstrap import Parts
from tests.enrolled import enrolled
from tests.histories import History
from tests.stock import received, supplied
from tests.visitor import PASSWORD, added, token_of
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TITLES: Final = {
    "id-ID": {"/stock": "Stok", "/stations": "Stasiun", "/audit": "Audit", "/accounts": "Akun"},
    "en-GB": {"/stock": "Stock", "/stations": "Stations", "/audit": "Audit", "/accounts": "Accounts"},
}
DETAILS: Final = ("/stock?office=33.74", "/stock/SM0001", "/stations/st337410", "/stations?only=silent",
                  "/accounts/people/budi", "/stock/NONE")  # fmt: skip


@pytest.fixture
def town(web: WebClient, parts: Parts) -> WebClient:
    """Give a town with blanko, a station, people and a token."""
    waits = History().recorded().verified()
    web.batch(*waits.events, received("SM0001", "SM0009"), supplied("supplies-received"),
              supplied("supply-loaded", printer="printer1"))  # fmt: skip
    enrolled(parts, "st337410", office="33.74.10")
    added(parts, "siti", "admin", "auditor")
    added(parts, "budi", "operator", office="33.74")
    token_of(parts, "report", "viewer")
    return web


def opened(context: BrowserContext, web: WebClient, complaints: list[str]) -> Page:
    """Sign in as somebody who is admin and auditor."""
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{web.address}/login")
    page.fill("#name", "siti")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("#board")).to_be_visible()
    return page


def look(page: Page) -> None:
    """Fail where axe finds something, or something lies outside of a small screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


@pytest.mark.parametrize("locale", TITLES)
def test_nobody_is_shut_out(chromium: Browser, town: WebClient, locale: str) -> None:
    """Axe finds nothing on any page; nothing lies outside at 360 px; the console stays empty."""
    complaints: list[str] = []
    with chromium.new_context(locale=locale, viewport={"width": 360, "height": 640}) as context:
        page = opened(context, town, complaints)
        for path, title in TITLES[locale].items():
            page.goto(f"{town.address}{path}")
            expect(page.locator("h1")).to_have_text(title)
            look(page)
        for path in DETAILS:
            page.goto(f"{town.address}{path}")
            look(page)
    # That a page is not there the browser itself says.
    assert [one for one in complaints if "404" not in one] == []


def test_what_is_done_there_works_with_keyboard_and_scripts(chromium: Browser, town: WebClient, tmp_path: Path) -> None:
    """A serial is searched, stations are filtered without a reload, the chain is verified against its own head."""
    complaints: list[str] = []
    with chromium.new_context(locale="en-GB") as context:
        page = opened(context, town, complaints)
        page.goto(f"{town.address}/stock")
        page.keyboard.press("/")
        page.keyboard.type("sm0001")
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_contain_text("In stock")
        page.goto(f"{town.address}/stations")
        page.evaluate("window.stays = true")
        page.get_by_label("revoked", exact=True).check()
        page.get_by_role("button", name="Filter", exact=True).click()
        expect(page.locator("#found")).to_contain_text("Nothing matches")
        assert page.url.endswith("/stations?office=&role=&only=revoked")
        assert page.evaluate("window.stays") is True
        page.goto(f"{town.address}/stations/st337410")
        page.get_by_label("Reason").fill("stolen")
        page.get_by_role("button", name="Revoke the account").click()
        expect(page.locator("#revoked")).to_contain_text("siti: stolen")
        page.goto(f"{town.address}/audit")
        with page.expect_download() as taken:
            page.get_by_role("link", name="Download the end of the chain").click()
        taken.value.save_as(file := tmp_path / "head.json")
        page.fill("#head", json.dumps(json.loads(file.read_text())))
        page.get_by_role("button", name="Verify the chain").click()
        expect(page.locator("#verdict")).to_contain_text("fits the pasted head")
        look_of_verdict = Axe().run(page)
        assert look_of_verdict.violations_count == 0, look_of_verdict.generate_report()
        page.goto(f"{town.address}/accounts")
        page.fill("#token-name", "meter")
        page.locator("#add-token ~ form").get_by_label("viewer").check()
        page.fill("#token-offices", "all")
        page.get_by_role("button", name="Add a token").click()
        secret = page.locator("#secret").inner_text()
        assert WebClient(town.address, secret).get("/api/v1/summary").status == 200
        assert secret not in page.url
        assert Axe().run(page).violations_count == 0
    assert complaints == []
