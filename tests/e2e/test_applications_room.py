"""Applications, one of them, and the deadlines in a real browser: both languages, a small screen, the keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ektp.bootstrap import Parts
from ektp.storage.simulated_clock import set_simulated_now
from tests.histories import History
from tests.many_applications import DAY, MONDAY, fill
from tests.visitor import PASSWORD, added
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def told() -> list[str]:
    """Return where a page's complaints are noted."""
    return []


@pytest.fixture
def histories(web: WebClient, parts: Parts) -> list[History]:
    """Return a town of applications, of which many are overdue and one has an event that is held."""
    some = fill(web, parts)
    web.batch(*History().allocated().events)
    set_simulated_now(parts.engine, MONDAY + 40 * DAY)
    parts.timekeeper.sweep()
    added(parts, "siti", "operator")
    return some


def signed_in(page: Page, web: WebClient, told: list[str]) -> None:
    """Sign in as an operator, and note whatever the browser complains of."""
    page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(f"{web.address}/login")
    page.fill("#name", "siti")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{web.address}/")


def looked_at(page: Page) -> None:
    """Let axe look, and see that nothing lies outside."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")


@pytest.mark.parametrize(
    ("locale", "width", "late", "sent", "masked"),
    [("en-GB", 1280, "overdue", "What happened", "NIK and name are not shown"),
     ("id-ID", 360, "terlambat", "Perjalanan", "NIK dan nama tidak ditampilkan")],
)  # fmt: skip
def test_an_operator_finds_looks_and_decides(  # noqa: PLR0917 - what two languages say
    chromium: Browser, web: WebClient, histories: list[History], told: list[str],
    locale: str, width: int, late: str, sent: str, masked: str,
) -> None:  # fmt: skip
    """From a ready view to an application, by the keyboard; a person is shown once; an outage is declared and ended."""
    with chromium.new_context(locale=locale, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        signed_in(page, web, told)
        page.goto(f"{web.address}/applications")
        looked_at(page)
        page.locator("nav.acts a").first.click()
        expect(page.locator("tbody tr").first).to_contain_text(late)
        assert "overdue=1" in page.url
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("#timeline")).to_have_text(sent)
        looked_at(page)
        page.goto(f"{web.address}/applications")
        page.keyboard.press("/")
        page.keyboard.type(histories[0].nik)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/applications/{histories[0].application}")
        expect(page.locator("#person")).to_have_text(masked)
        page.keyboard.press("/")
        expect(page.locator("#because-reveal")).not_to_be_focused()  # a search is no reason to have looked
        page.fill("#because-reveal", "Contoh alasan")
        page.locator("form[action$='/reveal'] button").click()
        expect(page.locator("#person")).to_contain_text(histories[0].nik)
        looked_at(page)
        page.goto(f"{web.address}/applications/{histories[0].application}")
        expect(page.locator("#person")).to_have_text(masked)
        page.goto(f"{web.address}/deadlines")
        looked_at(page)
        page.fill("#subject", "centre")
        page.fill("#because", "Contoh alasan")
        page.locator("form[action='/deadlines/outages'] button").click()
        expect(page.locator("#because-end-1")).to_be_visible()
        looked_at(page)
        page.fill("#because-end-1", "Contoh alasan")
        page.locator("form[action='/deadlines/outages/end'] button").click()
        expect(page.locator("#because-end-1")).to_have_count(0)
        page.locator("#overdue ~ div a.row").first.click()
        expect(page.locator("tbody tr").first).to_contain_text(late)
    assert told == []
