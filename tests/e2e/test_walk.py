"""A newcomer's walk: everything started, the board opened in a browser, an event sent, the board seen to move."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Eventually
from tests.e2e.terminals import START, Terminals

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOVES = 30_000  # milliseconds


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a page, whose complaints end the test."""
    told: list[str] = []
    with chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 1000}) as context:
        made = context.new_page()
        made.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        made.on("pageerror", lambda error: told.append(str(error)))
        yield made
    assert told == []


def test_an_event_of_another_terminal_moves_the_board(terminals: Terminals, board: str, page: Page) -> None:
    """Without a token on this machine, and without a reload."""
    page.goto(board)
    expect(page.locator("#applications")).to_have_text("0")
    page.evaluate("window.stays = true")
    terminals.run("publish", "-", stdin=terminals.run("sample", "recorded").stdout)
    expect(page.locator("#state-recorded")).to_have_text("1", timeout=MOVES)
    expect(page.locator("#move-centre")).to_have_text("1")
    expect(page.get_by_role("note")).to_have_count(0)
    assert page.evaluate("window.stays") is True


def test_the_city_lives_on_the_board(terminals: Terminals, page: Page, eventually: Eventually) -> None:
    """Cards move from the recording into hands, and the page says that nobody in it is real."""
    _, log = terminals.start("up", "--port", "0")
    found = eventually(lambda: re.search(r"board +(http://\S+)/", log.read_text()), START)
    assert found is not None
    page.goto(found[1])
    expect(page.get_by_role("note")).to_have_text("A simulated city: nobody in it is real.")
    expect(page.locator("#state-collected")).not_to_have_text("0", timeout=2 * MOVES)
    before = page.locator("#event-applied").text_content()
    assert before is not None
    expect(page.locator("#event-applied")).not_to_have_text(before, timeout=MOVES)
