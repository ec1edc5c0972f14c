"""The list that a kit takes along, on paper: who, what for, a box to tick; no form, no NIK."""

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page

from ektp.bootstrap import Parts
from tests.outreach_town import OutreachTown
from tests.visitor import PASSWORD, added
from tests.web_client import WebClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def signed_in(page: Page, web: WebClient, name: str) -> None:
    """Sign in by the form."""
    page.goto(f"{web.address}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{web.address}/")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_visit_is_promised_and_printed(
    chromium: Browser, web: WebClient, parts: Parts, tmp_path: Path, *, scripts: bool
) -> None:
    """From the list to the visit, promised by one button, and onto one sheet."""
    town = OutreachTown(parts)
    guests = [town.must_come_again() for _ in range(12)]
    town.asks("hospital", place="RSUD Contoh")
    town.plan()
    with chromium.new_context(locale="id-ID", java_script_enabled=scripts) as context:
        page = context.new_page()
        signed_in(page, web, added(parts, "siti", "operator"))
        page.goto(f"{web.address}/outreach")
        page.locator("table a.row").first.click()
        page.get_by_role("button", name="Janjikan kunjungan").click()
        assert "dijanjikan" in page.locator(".facts").inner_text()
        file = tmp_path / "visit.pdf"
        page.pdf(path=file, format="A4")
    paper = pypdfium2.PdfDocument(file)
    text = "".join(sheet.get_textpage().get_text_bounded() for sheet in paper)
    (visit,) = town.visits("planned")
    assert len(paper) == 1
    assert len(visit.guests) == len(guests)
    assert text.count("rekam ulang") == len(guests)
    assert "RSUD Contoh" in text
    assert "Batalkan kunjungan" not in text
    assert not any(guest.nik in text for guest in guests)
