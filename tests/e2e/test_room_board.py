"""The board, the queues and the alerts in a real browser: by keyboard, in both languages, on a small screen."""

from datetime import timedelta
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.histories import NOON, History, happy, said
from tests.visitor import PASSWORD, added
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES: Final = ("/", "/queues", "/alerts")
PLANTED: Final = """
insert into queue_looks (queue, looked, ready, consumers, came, went, again)
values ('ektp.intake', now() - interval '60 seconds', 1692, 1, 0, 0, 0), ('ektp.intake', now(), 312, 1, 60, 1440, 0);
insert into alerts (rule, about, office, detail)
values ('stock-low', '33.74/blanko', '33.74', '{"what": "blanko", "since": "2026-02-12", "left": 3}'),
    ('no-beat', 'beat', '', '{"seconds": 130}')
"""


@pytest.fixture
def told() -> list[str]:
    """Give where a page's complaints and foreign requests are noted."""
    return []


@pytest.fixture
def room(web: WebClient, parts: Parts) -> WebClient:
    """Give two days with something in every part of the pages, and somebody who may mute."""
    begin_simulation(parts.engine, NOON)
    web.batch(*History().recorded().events, *happy().events)
    parts.journal().apply([said(History().application, "data-verified", station="centre", attempt=1)])
    set_simulated_now(parts.engine, NOON + timedelta(days=14))
    parts.timekeeper.sweep()
    with transaction(parts.engine) as connection:
        connection.execute(PLANTED)
    added(parts, "siti", "operator")
    return web


def signed_in(page: Page, web: WebClient, told: list[str]) -> None:
    """Sign in, and note whatever the page complains of or asks elsewhere."""
    page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    ours = (web.address, "data:")
    page.on("request", lambda request: None if request.url.startswith(ours) else told.append(request.url))
    page.goto(f"{web.address}/login")
    page.fill("#name", "siti")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_load_state()
    expect(page.locator("#applications")).to_have_text("2")


@pytest.mark.parametrize(
    ("locale", "intake"),
    [("en-GB", "Intake: 312 waiting, 24 a second out"), ("id-ID", "Penerimaan: 312 menunggu, 24 per detik keluar")],
)
def test_nobody_is_shut_out(chromium: Browser, room: WebClient, told: list[str], locale: str, intake: str) -> None:
    """Axe finds nothing on a wide screen and a small one, on which nothing lies outside; the curve is drawn."""
    with chromium.new_context(locale=locale) as context:
        page = context.new_page()
        signed_in(page, room, told)
        expect(page.locator("#curve canvas")).to_be_visible()
        assert page.locator("#overdue-recorded").get_attribute("href") == "/applications?state=recorded&overdue=1"
        assert page.locator(".diagram .count.held").count() == 0
        expect(page.locator("#held-new")).to_have_text("1")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            for path in PAGES:
                page.goto(f"{room.address}{path}")
                found = Axe().run(page)
                assert found.violations_count == 0, f"{path} {width}: {found.generate_report()}"
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.goto(f"{room.address}/queues")
        expect(page.locator("li[id='ektp.intake']")).to_contain_text(intake)
    assert told == []


def test_an_alert_is_muted_by_keyboard(chromium: Browser, room: WebClient, told: list[str]) -> None:
    """From the board through the doors, down the rows, into the alert; the list is filtered without a reload."""
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()
        signed_in(page, room, told)
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        page.keyboard.press("Escape")
        for key in "g3":
            page.keyboard.press(key)
        page.wait_for_url("**/queues")
        page.goto(f"{room.address}/alerts")
        page.evaluate("window.stays = true")
        page.select_option("#rule", "stock-low")
        expect(page.locator("#list tbody tr")).to_have_count(1)
        assert page.evaluate("window.stays") is True
        assert page.url.endswith("rule=stock-low&office=&station=&history=")
        page.locator("h1").click()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("stock-low: 33.74/blanko")
        assert Axe().run(page).violations_count == 0
        page.fill("#because", "ordered, comes on Thursday")
        page.press("#because", "Enter")
        expect(page.locator(".chip", has_text="muted until")).to_be_visible()
        page.goto(f"{room.address}/alerts")
        expect(page.locator("form", has_text="siti: ordered, comes on Thursday")).to_be_visible()
        assert Axe().run(page).violations_count == 0
    assert told == []


def test_it_works_without_scripts(chromium: Browser, room: WebClient, told: list[str]) -> None:
    """Filters are forms, and the curve is a table."""
    with chromium.new_context(locale="id-ID", java_script_enabled=False) as context:
        page = context.new_page()
        signed_in(page, room, told)
        page.get_by_text("Angkanya dalam tabel").click()
        expect(page.locator("section", has_text="hari demi hari").locator("tbody tr")).to_have_count(15)
        page.goto(f"{room.address}/alerts")
        page.select_option("#severity", "critical")
        page.get_by_role("button", name="Saring").click()
        expect(page.locator("#list tbody tr")).to_have_count(1)
    assert told == []
