"""The resident's page in a real browser: from the QR code on the receipt to the answer, for everybody."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.histories import History
from tests.web_client import WebClient
from workflows.journey import SHOWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 360, "height": 640}
PAPER = {"width": 794, "height": 1123}  # A4 at 96 dots an inch
WORDS = {
    "id-ID": ("resi", "tidak cocok", "Kartu Anda sudah jadi", "English", "Your card is ready"),
    "en-GB": ("receipt", "do not match", "Your card is ready", "Indonesia", "Kartu Anda sudah jadi"),
}


def looked_at(page: Page) -> None:
    """Find nothing that shuts somebody out, and nothing outside a small screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("locale", WORDS)
def test_a_resident_follows_the_card(chromium: Browser, web: WebClient, locale: str, scripts: bool) -> None:
    """By keyboard alone, with and without scripts; a wrong PIN keeps the resi, neither page nor address holds the PIN;
    and the same once more in the other language.
    """
    history = History().recorded().verified().allocated().printed()
    web.batch(*history.events)
    told = web.ask("POST", f"/api/v1/applications/{history.application}/resi").json
    complaints: list[str] = []
    label, wrong, right, other, in_other = WORDS[locale]
    with chromium.new_context(locale=locale, viewport=PHONE, java_script_enabled=scripts) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{web.address}/track?resi={told['resi']}")
        if scripts:
            looked_at(page)
        for pin in (f"{(int(told['pin']) + 1) % 10**6:06d}", told["pin"]):
            expect(page.get_by_label(label)).to_have_value(told["resi"])
            page.get_by_label("PIN").focus()
            page.keyboard.type(pin)
            page.keyboard.press("Enter")
            if pin != told["pin"]:
                expect(page.get_by_role("alert")).to_contain_text(wrong)
                if scripts:
                    looked_at(page)
        expect(page.get_by_role("status")).to_contain_text(right)
        expect(page).to_have_title(page.locator("h1").inner_text())
        if scripts:
            looked_at(page)
        assert page.url == f"{web.address}/track"
        assert [told["pin"] in page.content(), page.locator("[aria-current=step]").count()] == [False, 1]
        page.get_by_role("button", name=other).press("Enter")
        expect(page.get_by_role("status")).to_contain_text(in_other)
        if scripts:
            looked_at(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert history.nik not in page.content()
    assert [one for one in complaints if "403" not in one] == []


@pytest.mark.parametrize("locale", WORDS)
def test_the_longest_way_is_printed_on_one_sheet(chromium: Browser, web: WebClient, locale: str) -> None:
    """A card recorded three times, with a bad print: a dozen steps behind it; nothing of the screen alone on paper."""
    history = History().recorded()
    for try_ in range(1, 5):
        history.failed("SEARCH_FAILURE_AT_CENTRAL", try_=try_)
    history.deleted().tell("resident-invited", attempt=1).recorded(2)
    history.failed("ENROLL_FAILURE_AT_CENTRAL", 2).deleted(2).recorded(3).verified(3).allocated()
    history.tell("print-failed", station="printer1", blanko=history.blanko(), printer="printer1", cause="x", turn=1)
    history.allocated(2).printed(2)
    assert {one["outcome"] for one in web.batch(*history.events).json["outcomes"]} == {"applied"}
    told = web.ask("POST", f"/api/v1/applications/{history.application}/resi").json
    with chromium.new_context(locale=locale, viewport=PAPER) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{web.address}/track?resi={told['resi']}")
        page.get_by_label("PIN").fill(told["pin"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(WORDS[locale][2])
        assert page.locator("li.done").count() >= SHOWN
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation").is_visible()
    assert sheets == 1


def test_the_page_is_small_enough_for_a_slow_phone(chromium: Browser, web: WebClient) -> None:
    """Page and style, and nothing else: under 12 kB on the line, two seconds at the 50 kbit/s of a 2G phone."""
    history = History().recorded().verified()
    web.batch(*history.events)
    told = web.ask("POST", f"/api/v1/applications/{history.application}/resi").json
    with chromium.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        page, loaded = context.new_page(), list[str]()
        page.goto(f"{web.address}/track?resi={told['resi']}")
        page.on("requestfinished", lambda one: loaded.append(one.url))
        page.get_by_label("PIN").fill(told["pin"])
        with page.expect_response("**/track") as answered:
            page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()
        page.wait_for_load_state("networkidle")
        size = len(answered.value.body())
    assert set(loaded) <= {f"{web.address}/track", f"{web.address}/static/ektp.css"}
    style = web.get("/static/ektp.css", accept_encoding="gzip")
    assert style.headers["content-encoding"] == "gzip"
    assert 2_000 < size < 9_000
    assert size + len(style.body) < 12_000
