"""The board in a real browser: counts that move by themselves, in two languages, for everybody."""

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ektp.bootstrap import Parts
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.histories import NOON, History, event, happy, submission_of
from tests.web_client import WebClient, parts_on, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EXAMPLE = Path(__file__).parents[2] / "deploy" / "ektp.toml"
AT_ONCE = 5000  # milliseconds


@pytest.fixture
def told() -> list[str]:
    """Give where a page's complaints and foreign requests are noted."""
    return []


def opened(context: BrowserContext, web: WebClient, told: list[str]) -> Page:
    """Sign in with the token, by keyboard alone, and come to the board."""
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith((web.address, "data:")) else told.append(request.url)
    )
    page.goto(web.address)
    assert page.url.endswith("/login")
    while page.evaluate("document.activeElement.id") != "token":
        page.keyboard.press("Tab")
    page.keyboard.type(web.token or "")
    page.keyboard.press("Enter")
    expect(page.locator("#applications")).to_be_visible()
    return page


def test_counts_move_while_events_come_in(chromium: Browser, web: WebClient, told: list[str]) -> None:
    """In the diagram and in the tables, without a reload; nothing is loaded from elsewhere or forbidden by the CSP."""
    with chromium.new_context(locale="en-GB") as context:
        page = opened(context, web, told)
        expect(page.locator("h1")).to_have_text("E-KTP board")
        expect(page.locator("#applications")).to_have_text("0")
        page.evaluate("window.stays = true")
        web.batch(*History().recorded().events, *happy().events, b"{}")
        expect(page.locator("#applications")).to_have_text("2", timeout=AT_ONCE)
        expect(page.locator("#state-recorded")).to_have_text("1")
        expect(page.locator("#move-centre")).to_have_text("1")
        expect(page.locator("#parked")).to_have_text("1")
        expect(page.locator("#event-applied")).to_have_text("6")
        assert page.locator(".diagram .count").all_text_contents().count("1") == 2
        expect(page.locator("section", has_text="In the last minute")).to_contain_text("application-collected")
        web.batch(*happy().events)
        expect(page.locator("#state-collected")).to_have_text("2", timeout=AT_ONCE)
        assert page.evaluate("window.stays") is True
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{web.address}/login")
        page.goto(web.address)
        expect(page).to_have_url(f"{web.address}/login")
    assert told == []


def test_nobody_is_shut_out(chromium: Browser, web: WebClient, told: list[str]) -> None:
    """Axe finds nothing on any page, in either language."""
    web.batch(*happy().events)
    for locale, title in (("en-GB", "E-KTP board"), ("id-ID", "Papan E-KTP"), ("fr-FR", "E-KTP board")):
        with chromium.new_context(locale=locale) as context:
            page = opened(context, web, told)
            expect(page.locator("h1")).to_have_text(title)
            for path in ("/", "/docs", "/login"):
                page.goto(f"{web.address}{path}")
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
    assert told == []


def test_a_campaign_is_shown_to_everybody(
    chromium: Browser, database_url: str, tmp_path: Path, told: list[str]
) -> None:
    """Axe finds nothing in its table either; on a small screen it is the table that scrolls, by keyboard too."""
    with (
        parts_on(database_url, tmp_path / "drive", config=EXAMPLE) as parts,
        served(parts) as web,
        chromium.new_context(locale="id-ID", viewport={"width": 360, "height": 640}) as context,
    ):
        page = opened(context, web, told)
        section = page.locator("section", has_text="Kampanye perekaman")
        expect(section).to_contain_text("601.696")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert told == []


def test_everybody_sees_what_is_overdue_and_who_cannot_work(
    chromium: Browser, web: WebClient, parts: Parts, told: list[str]
) -> None:
    """By state, in the tables and as a second badge; the promise kept so far; axe finds nothing in either language."""
    begin_simulation(parts.engine, NOON)
    web.batch(*History().recorded().events, *happy().events)
    outage = event("centre", "outage-declared", from_=NOON.isoformat(), because="the line is down")
    parts.journal().apply([submission_of(outage)])
    set_simulated_now(parts.engine, NOON + timedelta(days=14))
    parts.timekeeper.sweep()
    for locale, kept, late in (("en-GB", "100.0 %", "overdue"), ("id-ID", "100,0 %", "terlambat")):
        with chromium.new_context(locale=locale) as context:
            page = opened(context, web, told)
            expect(page.locator("#overdue-recorded")).to_have_text("1")
            expect(page.locator("#overdue-collected")).to_have_text("0")
            expect(page.locator(".facts", has_text=late).locator("#overdue")).to_have_text("1")
            expect(page.locator("#promise")).to_have_text(kept)
            expect(page.get_by_role("note").filter(has_text="the line is down")).to_be_visible()
            assert page.locator(".diagram .count.overdue").all_text_contents() == ["! 1"]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert told == []


def test_it_works_without_scripts(chromium: Browser, web: WebClient, told: list[str]) -> None:
    """It can be read, and asks for itself again; on a small screen nothing lies outside."""
    with chromium.new_context(
        locale="id-ID", java_script_enabled=False, viewport={"width": 360, "height": 640}
    ) as context:
        page = context.new_page()
        page.goto(f"{web.address}/login")
        page.fill("#token", "not the token")
        page.press("#token", "Enter")
        expect(page.get_by_role("alert")).to_have_text("Token itu tidak dikenal.")
        page.fill("#token", web.token or "")
        page.press("#token", "Enter")
        expect(page.locator("#state-collected")).to_have_text("0")
        web.batch(*happy().events)
        expect(page.locator("#state-collected")).to_have_text("1", timeout=20_000)
        width = page.locator("main").bounding_box()
        assert width is not None
        assert width["width"] <= 360
