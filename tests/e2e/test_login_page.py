"""Signing in, a new password and signing out in a real browser, by keyboard, in two languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ektp.bootstrap import Parts
from tests.visitor import PASSWORD, added
from tests.web_client import WebClient, parts_on

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEW = "lima belas becak hijau"


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process in whose store there is one person."""
    with parts_on(database_url, tmp_path) as made:
        added(made)
        yield made


def filled(page: Page, **fields: str) -> None:
    """Fill fields and press Enter in the last."""
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.keyboard.press("Enter")


def accessible(page: Page) -> None:
    """Let axe look at the page."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(
    ("locale", "wrong", "changed"),
    [
        ("en-GB", "The name and the password do not match.", "The password was changed"),
        ("id-ID", "Nama akun atau kata sandi tidak cocok.", "Kata sandi sudah diganti"),
    ],
)
def test_somebody_signs_in_changes_the_password_and_signs_out(
    chromium: Browser, web: WebClient, locale: str, wrong: str, changed: str
) -> None:
    """A browser's own forms pass what keeps other sites' forms out; a script does not see the cookie."""
    with chromium.new_context(locale=locale) as context:
        page = context.new_page()
        page.goto(web.address)
        filled(page, name="siti", password="not the password")
        expect(page.get_by_role("alert")).to_have_text(wrong)
        accessible(page)
        filled(page, name="siti", password=PASSWORD)
        expect(page.locator("#applications")).to_be_visible()
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("link", name="siti").click()
        expect(page.locator("#old")).to_be_visible()
        accessible(page)
        filled(page, old=PASSWORD, new=NEW, again=NEW)
        expect(page.get_by_role("status")).to_contain_text(changed)
        page.locator("header form[action='/logout'] button").click()
        expect(page).to_have_url(f"{web.address}/login")
        filled(page, name="siti", password=NEW)
        expect(page.locator("#applications")).to_be_visible()
