"""Every page of the operators' room in a real browser, as each role and in both languages, on a small screen too."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ektp.bootstrap import Parts
from tests.room_town import RoomTown, name_of
from tests.visitor import PASSWORD
from tests.web_client import WebClient
from workflows.permissions import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOCALES = ("en-GB", "id-ID")
SMALL = 360  # pixels


@pytest.fixture
def town(parts: Parts, web: WebClient) -> RoomTown:
    """Give a town in which every page has something to show."""
    return RoomTown(parts, web)


def complaints(page: Page, address: str) -> list[str]:
    """Give where the page's complaints and its requests of others are noted."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((address, "data:")) else told.append(one.url))
    return told


@pytest.mark.parametrize("role", Role)
def test_every_page_is_for_everybody_who_may_see_it(
    chromium: Browser, web: WebClient, town: RoomTown, role: Role
) -> None:
    """Axe finds nothing, nothing complains, nothing is asked of others, nothing is wider than a small screen."""
    pages = town.pages(role)
    assert {"/", "/applications", "/queues", "/parked", "/stock", "/stations", "/deadlines", "/alerts"} <= set(pages)
    titles = {locale: walked(chromium, web, pages, role, locale) for locale in LOCALES}
    same = [address for address in pages if titles["en-GB"][address] == titles["id-ID"][address]]
    assert len(same) < len(pages) / 2, f"these are in one language: {same}"


def walked(chromium: Browser, web: WebClient, pages: list[str], role: Role, locale: str) -> dict[str, str]:
    """Walk through the pages; return the heading of each."""
    headings, wrong = dict[str, str](), list[str]()
    with chromium.new_context(locale=locale, viewport={"width": SMALL, "height": 740}) as context:
        page = context.new_page()
        told = complaints(page, web.address)
        page.goto(f"{web.address}/login")
        page.fill("#name", name_of(role))
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{web.address}/")
        for address in pages:
            page.goto(f"{web.address}{address}")
            found = Axe().run(page)
            if found.violations_count:
                wrong.append(f"{address}: {found.generate_report()}")
            if (width := page.evaluate("document.documentElement.scrollWidth")) > SMALL:
                wrong.append(f"{address} is {width} pixels wide")
            if page.locator("html").get_attribute("lang") != locale[:2]:
                wrong.append(f"{address} is in another language")
            headings[address] = page.locator("h1").inner_text()
    assert not wrong + told, "\n".join(wrong + told)
    return headings
