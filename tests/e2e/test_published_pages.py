"""What everybody may see, in a real browser: the stock and the contract, for everybody, on a small screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.histories import happy
from tests.stock import received
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 360, "height": 640}
HEADINGS = {
    ("/blanko", "id-ID"): "Stok blanko",
    ("/blanko", "en-GB"): "Blank cards in stock",
    ("/contracts", "id-ID"): "Kontrak pesan 1",
    ("/contracts", "en-GB"): "The contract of messages 1",
}


@pytest.mark.parametrize(("path", "locale"), HEADINGS)
def test_a_public_page_shuts_nobody_out(chromium: Browser, web: WebClient, path: str, locale: str) -> None:
    """Axe finds nothing, nothing is wider than the screen, nothing complains; without scripts it is there, too."""
    web.batch(*happy().events, received("PB0001", "PB0009"))
    complaints: list[str] = []
    for scripts in (True, False):
        with chromium.new_context(locale=locale, viewport=PHONE, java_script_enabled=scripts) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(f"{web.address}{path}")
            expect(page.locator("h1")).to_contain_text(HEADINGS[path, locale])
            if scripts:
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints == []
