"""What tests of the whole journal need: a pool on a fresh database, and journals on it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.config.timekeeping import timekeeper_on
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.migrate import upgrade
from ektp.storage.secrets.vault import Vault
from tests.command_line import CommandLine, command_line
from tests.plain_time import PLAIN
from tests.servers.postgres import PrivatePostgres


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give a pool on this test's database."""
    pool = engine_for(database_url)
    yield pool
    pool.dispose()


@pytest.fixture
def another_database_url(postgres: PrivatePostgres) -> Iterator[str]:
    """Give a second database like the first."""
    with postgres.database() as url:
        upgrade(url)
        yield url


@pytest.fixture
def timekeeper(engine: Engine, open_journal: Callable[[], Journal]) -> Timekeeper:
    """Give the timekeeper of this test's database."""
    return timekeeper_on(engine, open_journal, PLAIN)


@pytest.fixture
def open_journal(engine: Engine) -> Callable[[], Journal]:
    """Give a way to open journals, one for each competing consumer."""
    vault = Vault(b"s" * 32, b"n" * 32)
    return lambda: Journal(PostgresBooks(engine, vault), vault, PLAIN)


@pytest.fixture
def settings() -> Mapping[str, str]:
    """Give what else the environment of `ektp` says; a file whose commands need more has its own."""
    return {}


@pytest.fixture
def ektp(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    database_url: str,
    settings: Mapping[str, str],
) -> Iterator[CommandLine]:
    """Give a command line on this test's database."""
    with command_line(monkeypatch, capsys, tmp_path, **{"EKTP_DATABASE_URL": database_url, **settings}) as made:
        yield made
