"""What every test may ask for: real servers, started once and only where a test needs them."""

import importlib
import importlib.util
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from tests.servers import postgres as postgres_server
from tests.servers import rabbit as rabbit_server
from tests.servers.memory import roomy
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit
from tests.servers.unavailable import ServerUnavailable
from tests.side_by_side import hand_over, said_by, say, take_over

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from tests.web_client import WebClient

T = TypeVar("T")
S = TypeVar("S", PrivateRabbit, PrivatePostgres)
RABBIT = pytest.StashKey[PrivateRabbit]()
POSTGRES = pytest.StashKey[PrivatePostgres]()
BUSY = 4  # seconds that a busy machine may take beside what is measured
MISSING_SERVER = 3  # exit code
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
UNIT = Path(__file__).parent / "unit"


class Eventually(Protocol):
    """How a test waits."""

    def __call__(self, condition: Callable[..., T], seconds: float = 30) -> T:
        """Call the condition until it holds, for at most so many seconds, and return its value; fail otherwise."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write the generated pages anew."""
    parser.addoption("--rewrite-docs", action="store_true", help="write docs that the program generates")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Let two processes share the tests; whoever names a file gets just that, in one."""
    return 2 if config.args_source is pytest.Config.ArgsSource.TESTPATHS and (os.cpu_count() or 1) > 1 else 0


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find the broker before other processes are begun, which would all end for want of it."""
    if session.config.getoption("numprocesses", None):
        try:
            PrivateRabbit().remove()
        except ServerUnavailable as error:
            pytest.exit(str(error), returncode=MISSING_SERVER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Close the network to unit tests; leave out, and say so, what cannot run here by its nature."""
    for item in items:
        if item.path.is_relative_to(UNIT):
            item.add_marker(pytest.mark.disable_socket)
    if not any(map(shutil.which, BROWSERS)):
        leave_out(config, items, "browser", "there is no Chromium: `apt-get install chromium`")
    if not shutil.which("promtool"):
        leave_out(config, items, "promtool", "there is no promtool: `apt-get install prometheus`")
    for variable in (rabbit_server.given(), postgres_server.given()):
        if variable:
            leave_out(config, items, "owns_server", f"{variable} names a server that is not ours to stop")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers that the collected tests need, or end the run before the first test."""
    if session.config.option.collectonly or session.testsfailed:
        return
    needed = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    try:
        # RabbitMQ takes seconds: PostgreSQL starts meanwhile.
        rabbit = _owned(session.config, RABBIT, PrivateRabbit()).launch() if "rabbit" in needed else None
        if "postgres" in needed:
            _owned(session.config, POSTGRES, PrivatePostgres()).start()
        if rabbit is not None:
            rabbit.wait()
    except ServerUnavailable as error:
        pytest.exit(str(error), returncode=MISSING_SERVER)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note which servers were used; hand it over where another process tells of the run."""
    stash = session.config.stash
    for name, server in (("RabbitMQ", stash.get(RABBIT, None)), ("PostgreSQL", stash.get(POSTGRES, None))):
        if server and server.version:
            say(session.config, f"{name} {server.version} ({server.origin}), up in {server.seconds:.1f} s")
    hand_over(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process has to say that has run its tests (xdist has no types)."""
    take_over(node.config, node.workeroutput if hasattr(node, "workeroutput") else {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers were used, what was measured, and what was left out."""
    for line in said_by(config):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def rabbit(pytestconfig: pytest.Config) -> PrivateRabbit:
    """Give the broker of this run; mark a test that stops or starves it `owns_server`."""
    return pytestconfig.stash[RABBIT]


@pytest.fixture
def amqp_url(rabbit: PrivateRabbit) -> Iterator[str]:
    """Give the URL of a virtual host that is this test's alone."""
    rabbit.revive()
    with rabbit.vhost() as url:
        yield url


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PrivatePostgres:
    """Give the database server of this run; mark a test that stops it `owns_server`."""
    return pytestconfig.stash[POSTGRES]


@pytest.fixture
def database_url(postgres: PrivatePostgres) -> Iterator[str]:
    """Give the URL of a migrated database that is this test's alone."""
    with postgres.database(like=postgres.template(_migrate)) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres: PrivatePostgres) -> Iterator[str]:
    """Give the URL of a database with nothing in it that is this test's alone."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> "Iterator[Parts]":
    """Give the parts of a web process on this test's database."""
    from tests.web_client import parts_on

    with parts_on(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def web(parts: "Parts") -> "Iterator[WebClient]":
    """Give a client of a server that is up on these parts; it knows the token for all roles."""
    from tests.web_client import served

    with served(parts) as client:
        yield client


@pytest.fixture
def home() -> Iterator[Path]:
    """Give an empty EKTP_HOME for an embedded PostgreSQL that leaves nothing behind, also when root runs the tests.

    Root's server runs as another account and cannot pass to a `tmp_path`: its data would go to the system's folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="ektp-home-", dir=roomy()))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def eventually() -> Eventually:
    """Give what waits on a condition with a deadline, in place of a sleep."""

    def wait(condition: Callable[..., T], seconds: float = 30) -> T:
        last = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > last:
                pytest.fail(f"{getattr(condition, '__name__', condition)} did not hold within {seconds:g} seconds")
            threading.Event().wait(0.02)
        return found

    return wait


def _owned(config: pytest.Config, key: pytest.StashKey[S], server: S) -> S:
    config.stash[key] = server
    config.add_cleanup(server.remove)
    return server


def leave_out(config: pytest.Config, items: list[pytest.Item], mark: str, because: str) -> None:
    """Deselect the tests with a mark, and let the end of the run say why."""
    left_out = [item for item in items if item.get_closest_marker(mark)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        say(config, f"{len(left_out)} tests marked {mark} were left out: {because}")


def _migrate(url: str) -> None:
    if importlib.util.find_spec("ektp.storage.migrate"):
        importlib.import_module("ektp.storage.migrate").upgrade(url)
