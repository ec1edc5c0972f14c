"""A real PostgreSQL for the tests: the URL given, or a private server of the wheel; for each test a fresh database."""

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ektp.storage.errors import StorageError
from ektp.storage.server.embedded import EmbeddedPostgres
from ektp.storage.server.postmaster import end
from tests.servers.memory import roomy
from tests.servers.unavailable import NotOurs, ServerUnavailable
from tests.servers.watchdog import Watchdog

GIVEN: Final = "EKTP_TEST_DATABASE_URL"


def given() -> str | None:
    """Return the name of the variable that names a server, if it does."""
    return GIVEN if os.environ.get(GIVEN) else None


class PrivatePostgres:
    """A server for one test run. `database()` is what most tests want; `crash()` and `start()` are for fault tests."""

    def __init__(self, durable: bool = False) -> None:
        self._given = os.environ.get(GIVEN)
        place = None if durable else roomy()
        self._home = Path(tempfile.mkdtemp(prefix="ektp-pg-", dir=place)) if not self._given else None
        self._server = EmbeddedPostgres(self._home, durable=durable) if self._home else None
        self._watchdog: Watchdog | None = None
        self._template: str | None = None
        self.url = ""
        self.version = ""
        self.seconds = 0.0  # the first start took

    @property
    def private(self) -> bool:
        """Say whether it is ours to stop."""
        return self._server is not None

    @property
    def origin(self) -> str:
        """Say where the server came from."""
        return "private, from the wheel" if self.private else GIVEN

    def start(self) -> Self:
        """Start it, or start it again after `stop` or `crash`; raise ServerUnavailable where that cannot be."""
        began = time.monotonic()
        try:
            if self._server is None:
                self.url = self._given or ""
            else:
                if self._home is not None:
                    self._home.chmod(0o711)  # for the account that runs it in place of root
                self.url = self._server.start()
                self._watch(self._server)
            with self._maintenance() as connection:
                self.version = str(connection.info.parameter_status("server_version"))
        except (StorageError, psycopg.OperationalError) as error:
            raise ServerUnavailable("PostgreSQL", str(error).splitlines()[0]) from error
        self.seconds = self.seconds or time.monotonic() - began
        return self

    def stop(self) -> None:
        """Stop it in order; its data stays until `remove`."""
        self._ours().stop()

    def crash(self) -> None:
        """End it as a crash would: no checkpoint, no goodbye; the next `start` recovers."""
        server = self._ours()
        postmaster = server.postmaster()
        if postmaster is not None:
            end(postmaster.process, signal.SIGQUIT, patience=10)
        server.stop()

    def remove(self) -> None:
        """Stop it and remove everything it wrote; of a server that was given, only the template."""
        if self._server is None:
            self._drop(self._template)
            return
        place = self._server.place
        self._server.stop()
        if self._watchdog is not None:
            self._watchdog.dismiss()
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(self._server.folder.parent, ignore_errors=True)

    def template(self, migrate: Callable[[str], object]) -> str:
        """Return the name of a database that `migrate` prepared, made at the first call."""
        if self._template is None:
            name = self._create("template")
            migrate(self._url_of(name))
            self._template = name
        return self._template

    @contextmanager
    def database(self, like: str = "template1") -> Iterator[str]:
        """Give the URL of a fresh copy of a database; dropped afterwards."""
        name = self._create("test", like)
        try:
            yield self._url_of(name)
        finally:
            self._drop(name)

    def _create(self, kind: str, like: str = "template1") -> str:
        name = f"ektp_{kind}_{secrets.token_hex(6)}"
        with self._maintenance() as connection:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(like)))
        return name

    def _drop(self, name: str | None) -> None:
        if name is not None:
            with self._maintenance() as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _maintenance(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True, connect_timeout=10)

    def _url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def _watch(self, server: EmbeddedPostgres) -> None:
        if self._watchdog is not None:
            self._watchdog.dismiss()
        postmaster = server.postmaster()
        if postmaster is not None:
            self._watchdog = Watchdog(postmaster.process, server.place, server.folder.parent)

    def _ours(self) -> EmbeddedPostgres:
        if self._server is None:
            raise NotOurs("PostgreSQL", GIVEN)
        return self._server
