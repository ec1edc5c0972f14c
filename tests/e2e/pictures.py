"""Pictures of the operators' room for the documentation: a city lives, is broken, and each main page is photographed.

`python -m tests.e2e.pictures` writes docs/room/*.png anew. A page that is not there, or a picture that is too large,
ends it with what is wrong; what was written before stays.
"""

import io
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple, TypeVar

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.conftest import BROWSERS
from tests.e2e.pipeline import ROOT
from tests.e2e.terminals import START, Terminals

T = TypeVar("T")
FOLDER: Final = ROOT / "docs" / "room"
LARGEST: Final = 100_000  # bytes
_PACE: Final = 5  # seconds a working day
_LIVED: Final = 120  # seconds in which blanko run short and a station has spoiled recordings
_WINDOW: Final = ViewportSize(width=1200, height=1100)


class Picture(NamedTuple):
    """One picture: its name, the page, and whether it is that page's first row that is opened."""

    name: str
    path: str
    row: bool = False


PICTURES: Final = (
    Picture("board", "/"),
    Picture("applications", "/applications"),
    Picture("application", "/applications", row=True),
    Picture("queues", "/queues"),
    Picture("parked", "/parked"),
    Picture("parked-group", "/parked", row=True),
    Picture("repair", "/repairs", row=True),
    Picture("stock", "/stock"),
    Picture("stations", "/stations"),
    Picture("deadlines", "/deadlines"),
    Picture("alerts", "/alerts"),
    Picture("audit", "/audit"),
    Picture("accounts", "/accounts"),
    Picture("break", "/break#truth"),
)


class NotTaken(Exception):
    """A picture could not be taken."""


def main() -> None:
    """Live, break, and take every picture."""
    FOLDER.mkdir(exist_ok=True)
    with city() as (terminals, address), opened(terminals, address) as page:
        prepare(terminals, page, address)
        for one in PICTURES:
            size = take(page, address, one)
            sys.stderr.write(f"{one.name:14} {size / 1000:6.1f} kB\n")


@contextmanager
def city() -> Iterator[tuple[Terminals, str]]:
    """Give the terminals of a home in which a city lives, and the address of its web."""
    home, logs = (Path(tempfile.mkdtemp(prefix="ektp-pictures-")) for _ in range(2))
    home.chmod(0o711)
    terminals = Terminals(home, logs)
    try:
        _, log = terminals.start("up", "--port", "0", "--scenario", "city", "--pace", str(_PACE))
        found = until(lambda: re.search(r"board +(http://\S+)/", log.read_text()), START)
        yield terminals, found[1]
    finally:
        terminals.close()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(logs, ignore_errors=True)


@contextmanager
def opened(terminals: Terminals, address: str) -> Iterator[Page]:
    """Give a page of a browser in which somebody has signed in with the token."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB", viewport=_WINDOW)
        page.goto(f"{address}/login")
        page.fill("#token", (terminals.home / "token").read_text().strip())
        page.press("#token", "Enter")
        page.wait_for_url(f"{address}/")
        yield page
        browser.close()


def prepare(terminals: Terminals, page: Page, address: str) -> None:
    """Wait until there is something to see everywhere: people, a parked cause, a planned repair, a broken station."""
    terminals.run("accounts", "add", "siti", "--role", "operator", "--office", "33.74")
    groups = until(lambda: terminals.ask("parked", "groups", "--by", "cause"), _LIVED)
    group = max(groups, key=lambda one: one["open"])["group"]
    terminals.ask("parked", "plan", "--group", group, "--because", "the program is mended", "--by", "siti")
    page.goto(f"{address}/break")
    page.locator('button[value="station"]').click()
    until(lambda: page.locator("tbody tr td a").count() > 0, _LIVED)


def take(page: Page, address: str, one: Picture) -> int:
    """Take one picture and return its size in bytes. Raises NotTaken."""
    path = one.path
    if one.row:
        answer(page, address, path, one)
        row = page.locator("a.row").first
        if not row.count():
            raise NotTaken(f"{one.name}: no row to open on {path}")
        path = row.get_attribute("href") or path
    answer(page, address, path, one)
    file = FOLDER / f"{one.name}.png"
    taken = _of_few_colours(page.screenshot())
    if len(taken) > LARGEST:
        raise NotTaken(f"{one.name}: {len(taken)} bytes, {LARGEST} at most: make the window smaller")
    file.write_bytes(taken)
    return len(taken)


def _of_few_colours(picture: bytes) -> bytes:
    """Return a PNG of 64 colours, a third as large."""
    written = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(64).save(written, "png", optimize=True)
    return written.getvalue()


def answer(page: Page, address: str, path: str, one: Picture) -> None:
    """Go to a page. Raises NotTaken where it is not there."""
    came = page.goto(f"{address}{path}")
    if came is None or came.status != 200:
        raise NotTaken(f"{one.name}: {path} is answered with {came.status if came else 'nothing'}")


def until(condition: Callable[[], T | None], seconds: float) -> T:
    """Call the condition until it holds, and return its value. Raises NotTaken."""
    last = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > last:
            raise NotTaken(f"what was waited for did not come within {seconds:g} seconds")
        Event().wait(0.2)
    return found


if __name__ == "__main__":
    main()
