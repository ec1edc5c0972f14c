"""Pictures for the documentation: a city lives on a RabbitMQ, is broken, and each main page is photographed.

`python -m tests.e2e.pictures [NAME ...]` writes docs/room/*.png anew, or those of these names. A page that is not
there, or a picture that is too large, ends it with what is wrong; what was written before stays.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final, NamedTuple, TypeVar

from PIL import Image
from playwright.sync_api import FloatRect, Page, ViewportSize, sync_playwright

from tests.conftest import BROWSERS
from tests.e2e.pipeline import ROOT
from tests.e2e.terminals import START, Terminals
from tests.servers.rabbit import PrivateRabbit
from tests.subscribed import own_url

T = TypeVar("T")
FOLDER: Final = ROOT / "docs" / "room"
LARGEST: Final = 100_000  # bytes
_PACE: Final = 5  # seconds a working day
_LIVED: Final = 400  # seconds in which blanko run short, a station has spoiled recordings and kits are to bring cards
_WINDOW: Final = ViewportSize(width=1200, height=1100)
TRACK: Final = "track"
_PHONE: Final = ViewportSize(width=360, height=640)


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
    Picture("outreach", "/outreach"),
    Picture("stations", "/stations"),
    Picture("subscribers", "/subscribers"),
    Picture("deadlines", "/deadlines"),
    Picture("messages", "/messages"),
    Picture("alerts", "/alerts"),
    Picture("reports", "/reports"),
    Picture("contracts", "/contracts"),
    Picture("audit", "/audit"),
    Picture("accounts", "/accounts"),
    Picture("break", "/break#truth"),
)
#: Those that show what is parked, planned and broken.
NEED_BROKEN: Final = {"parked", "parked-group", "repair", "stations", "alerts", "audit", "accounts", "break"}


class NotTaken(Exception):
    """A picture could not be taken."""


def main() -> None:
    """Live, break, and take every picture, or those that are named."""
    FOLDER.mkdir(exist_ok=True)
    wanted = set(sys.argv[1:]) or {"visit", TRACK, *(one.name for one in PICTURES)}
    with city() as (terminals, address), opened(terminals, address) as page:
        terminals.run("accounts", "add", "siti", "--role", "operator", "--office", "33.74")
        if wanted & NEED_BROKEN:
            break_it(terminals, page, address)
        # A card that nobody fetches is brought after seven working days and more.
        until(lambda: any(one["residents"] for one in planned(terminals)), _LIVED)
        visit = max(planned(terminals), key=lambda one: (one["residents"] > 0, one["residents"] + one["requested"]))
        for one in (*PICTURES, Picture("visit", f"/outreach/visits/{visit['visit']}")):
            if one.name in wanted:
                take(page, address, one)
        if TRACK in wanted:
            take_track(terminals, page, address)


@contextmanager
def city() -> Iterator[tuple[Terminals, str]]:
    """Give the terminals of a home in which a city lives, with RabbitMQ for its broker, and the address of its web."""
    with ExitStack() as stack:
        folders = (tempfile.TemporaryDirectory(prefix="ektp-pictures-", ignore_cleanup_errors=True) for _ in range(2))
        home, logs = (Path(stack.enter_context(folder)) for folder in folders)
        home.chmod(0o711)
        rabbit = PrivateRabbit().start()
        stack.callback(rabbit.remove)
        url = stack.enter_context(rabbit.vhost())
        terminals = Terminals(home, logs, EKTP_BROKER_URL=url, EKTP_BROKER_MANAGEMENT_URL=rabbit.management_url)
        stack.callback(terminals.close)
        _, log = terminals.start("up", "--port", "0", "--scenario", "city", "--pace", str(_PACE))
        found = until(lambda: re.search(r"board +(http://\S+)/", log.read_text()), 3 * START)
        stack.enter_context(subscribed(terminals, rabbit, logs))
        yield terminals, found[1]


@contextmanager
def subscribed(terminals: Terminals, rabbit: PrivateRabbit, folder: Path) -> Iterator[None]:
    """Let three hear the notices: one that reads, one that is paused, one of which nobody reads."""
    accounts = {
        name: terminals.ask("subscribers", "add", name, *words)
        for name, words in {
            "portal": ("--notices", "all"),
            "sms": ("--notices", "application-printed,re-recording-required", "--office", "33.74"),
            "archive": ("--notices", "application-collected"),
        }.items()
    }
    terminals.run("subscribers", "pause", "sms", "--because", "its database is full")
    environment = {**os.environ, "EKTP_BROKER_URL": own_url(accounts["portal"])}
    example = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "subscriber.py"], cwd=folder, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        example.kill()
        example.wait()
        for name in accounts:
            rabbit.ask("DELETE", f"users/{name}", missing_ok=True)


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


def break_it(terminals: Terminals, page: Page, address: str) -> None:
    """Wait until there is a parked cause, and see to a planned repair and a broken station."""
    groups = until(lambda: terminals.ask("parked", "groups", "--by", "cause"), _LIVED)
    group = max(groups, key=lambda one: one["open"])["group"]
    terminals.ask("parked", "plan", "--group", group, "--because", "the program is mended", "--by", "siti")
    page.goto(f"{address}/break")
    page.locator('button[value="station"]').click()
    until(lambda: page.locator("tbody tr td a").count() > 0, _LIVED)


def planned(terminals: Terminals) -> list[dict[str, Any]]:
    """Return the visits that are promised."""
    return [one for one in terminals.ask("outreach", "visits") if one["state"] == "planned"]


def invited(terminals: Terminals) -> list[str]:
    """Return the resi of those to whom a card will be brought that lies at the office."""
    visits = [one["visit"] for one in planned(terminals) if one["residents"]]
    stops = [stop for visit in visits for stop in terminals.ask("outreach", "visit", visit)["route"]]
    return [guest["resi"] for stop in stops for guest in stop["residents"] if guest["stands"] == "printed"]


def take(page: Page, address: str, one: Picture) -> None:
    """Take one picture. Raises NotTaken."""
    path = one.path
    if one.row:
        answer(page, address, path, one)
        row = page.locator("a.row").first
        if not row.count():
            raise NotTaken(f"{one.name}: no row to open on {path}")
        path = row.get_attribute("href") or path
    answer(page, address, path, one)
    # No taller than what there is to see.
    end = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
    clip = FloatRect(x=0, y=0, width=_WINDOW["width"], height=min(_WINDOW["height"], end + 16))
    keep(one.name, page.screenshot(clip=clip))


def take_track(terminals: Terminals, page: Page, address: str) -> None:
    """Take the resident's page, whole, on a phone: of somebody to whom a visit was announced. Raises NotTaken."""
    told = terminals.ask("resi", until(lambda: invited(terminals), _LIVED)[0])
    page.set_viewport_size(_PHONE)
    page.goto(f"{address}/track?resi={told['resi']}")
    page.get_by_label("PIN").fill(told["pin"])
    page.get_by_label("PIN").press("Enter")
    page.get_by_role("status").wait_for()
    keep(TRACK, page.screenshot(full_page=True))


def keep(name: str, picture: bytes) -> None:
    """Write a picture. Raises NotTaken where it is too large."""
    taken = _of_few_colours(picture)
    if len(taken) > LARGEST:
        raise NotTaken(f"{name}: {len(taken)} bytes, {LARGEST} at most: make the window smaller")
    (FOLDER / f"{name}.png").write_bytes(taken)
    sys.stderr.write(f"{name:14} {len(taken) / 1000:6.1f} kB\n")


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
