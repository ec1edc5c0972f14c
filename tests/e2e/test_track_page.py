"""The resident's page in a real browser: from the QR code on the receipt to the answer, for everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.histories import History
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 320, "height": 640}
WORDS = {
    "id-ID": ("resi", "tidak cocok", "Kartu Anda sudah jadi"),
    "en-GB": ("receipt", "do not match", "Your card is ready"),
}


def looked_at(page: Page) -> None:
    """Find nothing that shuts somebody out, and nothing outside a small screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("locale", WORDS)
def test_a_resident_follows_the_card(chromium: Browser, web: WebClient, locale: str, scripts: bool) -> None:
    """By keyboard alone, with and without scripts; a wrong PIN keeps the resi, the address never holds the PIN."""
    history = History().recorded().verified().allocated().printed()
    web.batch(*history.events)
    told = web.ask("POST", f"/api/v1/applications/{history.application}/resi").json
    complaints: list[str] = []
    label, wrong, right = WORDS[locale]
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
        assert history.nik not in page.content()
    assert [one for one in complaints if "403" not in one] == []
