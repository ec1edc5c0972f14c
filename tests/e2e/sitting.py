"""Somebody before a browser of the operators' room: signed in, with everything that a page complains of noted."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.visitor import PASSWORD


def seated(context: BrowserContext, address: str, name: str, complaints: list[str]) -> Page:
    """Sign in by name and password, and come to the board."""
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("nav.doors")).to_be_visible()
    return page


def accessible(page: Page) -> None:
    """Let axe look at the page, and see that nothing of it lies outside of the window."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
