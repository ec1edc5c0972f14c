"""The page that says whether a suket holds, in a real browser: for everybody, on a telephone too."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from ektp.bootstrap import Parts
from ektp.config.timekeeping import timekeeper_on
from tests.plain_time import PLAIN
from tests.waiting_store import waited
from tests.web_client import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(("locale", "words"), [("id-ID", "berlaku"), ("en-GB", "valid")])
def test_the_page_can_be_read_by_everybody(chromium: Browser, parts: Parts, locale: str, words: str) -> None:
    """Without signing in, without a violation of accessibility, and without scrolling to the side."""
    journal = parts.journal()
    waited(parts.engine, journal, timekeeper_on(parts.engine, lambda: journal, PLAIN))
    with parts.engine.connect() as connection:
        code = connection.execute(text("select code from suket")).scalar_one()
    complaints: list[str] = []
    phone = {"width": 360, "height": 640}
    with served(parts) as web, chromium.new_context(locale=locale, viewport=phone) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        for path, standing in ((code, 200), ("0000000000000000", 404)):
            answer = page.goto(f"{web.address}/verify/{path}")
            assert answer is not None
            assert answer.status == standing
            assert Axe().run(page).response["violations"] == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.goto(f"{web.address}/verify/{code}")
        expect(page.get_by_role("status")).to_contain_text(words)
        expect(page).to_have_title(page.locator("h1").inner_text())
    assert [one for one in complaints if "404" not in one] == []
