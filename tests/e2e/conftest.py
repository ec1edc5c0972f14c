"""What an end-to-end test may ask for: the pipeline as real processes, and clients that are not ours."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import BROWSERS, MISSING_SERVER, Eventually, leave_out
from tests.e2e.node import build, node_missing
from tests.e2e.pipeline import Pipeline
from tests.e2e.terminals import START, Terminals
from tests.servers.amqp_tools import AmqpTools, find_tools
from tests.servers.unavailable import ServerUnavailable
from tests.side_by_side import say

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Figures = Callable[[str], None]
TOOLS = pytest.StashKey[AmqpTools]()
# Asks the index that pip is set to for two small packages, and installs nothing.
INDEX = (
    "-m",
    "pip",
    "install",
    "-q",
    "--dry-run",
    "--ignore-installed",
    "--no-deps",
    "--retries",
    "0",
    "--timeout",
    "5",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here; whether packages can be had is asked only if a test is to install some."""
    if config.option.collectonly:
        return
    if any(item.get_closest_marker("downloads") for item in items):
        asked = subprocess.run([sys.executable, *INDEX, "hatchling", "pika"], capture_output=True, check=False)
        if asked.returncode:
            leave_out(config, items, "downloads", "no package index answers")
    if any(item.get_closest_marker("node") for item in items) and (missing := node_missing()):
        leave_out(config, items, "node", missing)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the foreign clients that the collected tests need, or end the run before the first test."""
    if session.config.option.collectonly or session.testsfailed:
        return
    if any("amqp_tools" in getattr(item, "fixturenames", ()) for item in session.items):
        try:
            session.config.stash[TOOLS] = find_tools()
        except ServerUnavailable as error:
            pytest.exit(str(error), returncode=MISSING_SERVER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the processes said last where a test failed."""
    report = yield
    pipeline = getattr(item, "funcargs", {}).get("pipeline")
    if report.failed and isinstance(pipeline, Pipeline):
        report.sections.append(("the processes of the pipeline", pipeline.tails()))
    return report


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> Figures:
    """Give what a test tells its measurements to; they stand at the end of the run, and with the test if it fails."""

    def tell(line: str) -> None:
        say(pytestconfig, line)
        sys.stdout.write(f"{line}\n")

    return tell


@pytest.fixture(scope="session")
def amqp_tools(pytestconfig: pytest.Config) -> AmqpTools:
    """Give amqp-publish and amqp-consume."""
    return pytestconfig.stash[TOOLS]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the example in TypeScript, compiled, beside the packages it needs."""
    return build(tmp_path_factory.mktemp("node"))


@pytest.fixture
def pipeline(tmp_path: Path, amqp_url: str, database_url: str) -> Iterator[Pipeline]:
    """Give the pipeline with its database and its broker made ready, and nothing running yet."""
    made = Pipeline(tmp_path, amqp_url, database_url)
    try:
        made.run("migrate")
        yield made
    finally:
        made.close()


@pytest.fixture
def terminals(home: Path, tmp_path: Path) -> Iterator[Terminals]:
    """Give terminals on an empty home."""
    made = Terminals(home, tmp_path)
    yield made
    made.close()


@pytest.fixture
def board(terminals: Terminals, eventually: Eventually) -> str:
    """Start everything without a city, and return the address of its board."""
    _, log = terminals.start("up", "--scenario", "none", "--port", "0")
    found = eventually(lambda: re.search(r"board +(http://\S+)/", log.read_text()), START)
    assert found is not None
    return str(found[1])


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Give the browser that is installed."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # the machine may be busy
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
