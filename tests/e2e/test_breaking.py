"""Somebody breaks a city that runs, in a browser, and watches what is true of it."""

import re
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Eventually
from tests.e2e.terminals import START, Terminals

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTICED: Final = 60_000  # milliseconds


@pytest.fixture
def address(terminals: Terminals, eventually: Eventually) -> str:
    """Give the address of an `ektp up` in which a city of a week lives, a working day in three seconds."""
    _, log = terminals.start("up", "--port", "0", "--scenario", "week", "--pace", "3")
    found = eventually(lambda: re.search(r"board +(http://\S+)/", log.read_text()), START)
    assert found is not None
    return found[1]


def opened(page: Page, address: str, home: Path) -> None:
    """Sign in with the token, and go through the door to the page."""
    page.goto(f"{address}/login")
    page.fill("#token", (home / "token").read_text().strip())
    page.press("#token", "Enter")
    page.goto(f"{address}/")
    page.locator('nav.doors a[href="/break"]').click()


def test_a_city_is_broken_by_a_button_and_the_page_tells_what_is_true(
    chromium: Browser, terminals: Terminals, address: str
) -> None:
    """Nothing lost, nothing double, noticed and remedied, by itself and without a reload; in either language, small."""
    told: list[str] = []
    english, indonesian = ("Kill the consumer", "Lost 0"), ("Banjiri dengan ganda", "Hilang 0")
    for locale, (press, lost) in {"en-GB": english, "id-ID": indonesian}.items():
        with chromium.new_context(locale=locale, viewport={"width": 360, "height": 640}) as context:
            page = context.new_page()
            page.on("console", lambda one: told.append(one.text) if one.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: told.append(str(error)))
            opened(page, address, terminals.home)
            expect(page.locator("#alive")).to_have_class(re.compile("good"))
            page.get_by_role("button", name=press).click()
            page.evaluate("window.stays = true")
            row = page.locator("tbody tr").first
            expect(row).to_contain_text(lost, timeout=NOTICED)
            expect(row.locator("td a")).to_have_count(2, timeout=NOTICED)
            expect(row.locator("td").last.locator(".good")).to_be_visible()
            expect(page.locator("#double")).to_have_text(re.compile(r"\b0$"))
            assert page.evaluate("window.stays") is True
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert told == []
    assert terminals.ask("verify")["ok"]
