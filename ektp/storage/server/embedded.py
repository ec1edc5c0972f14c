"""The embedded PostgreSQL: a real server as a child process, under the user's data folder, reached by a socket only."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from ektp.storage.errors import HomeInUse, HomeNotWritable, ServerDidNotStart, WrongMajorVersion
from ektp.storage.server.file_lock import FileLock
from ektp.storage.server.postgres_binaries import ENVIRONMENT, MAJOR, Account, check_version, programs
from ektp.storage.server.postmaster import Postmaster, end
from ektp.storage.server.server_log import last_complaint

DATABASE: Final = "ektp"
USER: Final = "ektp"
PORT: Final = "5432"  # only a part of the socket's name: the server listens on no TCP port
LONGEST_SOCKET_PATH: Final = 103  # bytes; 107 on Linux, 103 on macOS
SOCKET_NAME: Final = f"/.s.PGSQL.{PORT}.lock"
LARGEST_LOG: Final = 10_000_000  # bytes
LEFTOVERS: Final = 30  # seconds until what a killed server left behind must have ended

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_locks_per_transaction": "256",  # a batch locks each of its subjects and serials
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # A failing statement, or the detail of an error, could carry a person's data into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Survives a crash of the server, not of the machine: for tests.
NOT_DURABLE: Final[Mapping[str, str]] = {"fsync": "off", "full_page_writes": "off"}
# Servers started by this process; one that another process ends (the last borrower) must still be reaped here.
_children: Final[list[subprocess.Popen[bytes]]] = []


class EmbeddedPostgres:
    """Run one server for one data folder."""

    def __init__(self, home: Path, durable: bool = True) -> None:
        self._durable = durable
        self.folder = home.resolve() / "postgresql"
        self._account = Account.here()
        self._owner = FileLock(self.folder / "owner.lock")
        self._socket_note = self.folder / "socket-folder"
        self._door = FileLock(self.folder / "door.lock")
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Own the data folder, start its server and return the URL.

        A server that still runs, because its owner was killed or a reading command started it, is taken over.
        Raises HomeInUse where another process owns the folder.
        """
        self._make_folder()
        with self._door.held():
            if not self._owner.take():
                raise HomeInUse(self.folder.parent)
            try:
                return self._settled() or self._bring_up()
            except BaseException:
                self._owner.release()
                raise

    def stop(self) -> None:
        """End the server in order (open transactions are rolled back) and let the data folder go, if it is ours."""
        if self._owner.is_held:
            with self._door.held():
                self._bring_down()
                self._owner.release()

    def running(self) -> str | None:
        """Return the URL of the server if it runs, whoever started it."""
        return self._running() if self.folder.exists() else None

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[str]:
        """Give the URL of the running server, or of one started for the block; the last borrower out ends that one."""
        self._make_folder()
        share = FileLock(self.folder / "borrowers.lock")
        with self._door.held():
            url = self._settled() or self._bring_up()
            share.share()
        try:
            yield url
        finally:
            with self._door.held():
                share.release()
                if share.take() and self._owner.take():
                    self._bring_down()
                    self._owner.release()
                share.release()
                _reap()

    @contextlib.contextmanager
    def owned(self) -> Iterator[str]:
        """Own the server for the block and give its URL. Raises HomeInUse."""
        url = self.start()
        try:
            yield url
        finally:
            self.stop()

    def keep_up(self) -> bool:
        """Bring our server up again where it has ended; return whether it had. Raises ServerDidNotStart."""
        with self._door.held():
            if self._settled():
                return False
            self._bring_up()
            return True

    @property
    def place(self) -> Path:
        """The folder with the server's own files: ours, or elsewhere if root's child cannot pass to ours."""
        note = self.folder / "moved-to"
        return Path(note.read_text().strip()) if note.exists() else self.folder / "server"

    @property
    def data(self) -> Path:
        """The folder PostgreSQL calls PGDATA."""
        return self.place / "data"

    @property
    def log(self) -> Path:
        """What the server itself has to say; never a statement or its values."""
        return self.folder / "server.log"

    def postmaster(self) -> Postmaster | None:
        """Return the server's main process if it lives."""
        return Postmaster.of(self.data)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (PermissionError, NotADirectoryError) as error:
            raise HomeNotWritable(self.folder.parent) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise HomeNotWritable(self.folder.parent)

    def _make_place(self) -> None:
        home = self.folder.parent
        if self._account.is_other and self._account.reaches(home.parent) and home != Path.home().resolve():
            # These two are ours alone: the server's account may pass, and still not look around.
            for folder in (home, self.folder):
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o001)
        if self.place.exists():
            return
        if self._account.reaches(self.folder):
            self.place.mkdir()
        else:
            # Root's home is closed to `nobody`, and it is not for us to open it.
            elsewhere = next(path for path in (Path("/var/lib"), Path("/var/tmp")) if os.access(path, os.W_OK))  # noqa: S108
            made = Path(tempfile.mkdtemp(prefix="ektp-postgresql-", dir=elsewhere))
            (made / "belongs-to").write_text(f"{home}\n")
            (self.folder / "moved-to").write_text(f"{made}\n")
        self._account.give(self.place)

    def _running(self) -> str | None:
        postmaster = self.postmaster()
        return _url(postmaster.socket_folder) if postmaster and postmaster.ready else None

    def _settled(self) -> str | None:
        """Return the URL of the server if it runs; one that is just starting or stopping is waited for."""
        last = time.monotonic() + LEFTOVERS
        while (postmaster := self.postmaster()) and not postmaster.ready and time.monotonic() < last:
            time.sleep(0.02)
        return self._running()

    def _bring_up(self) -> str:
        self._make_place()
        folder = programs(self._account, self.place)
        check_version(folder, self._account)
        if not self.data.exists():
            self._initialise(folder)
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise WrongMajorVersion(self.data, found, MAJOR)
        Postmaster.forget_dead(self.data)
        sockets = self._socket_folder()
        try:
            self._launch_patiently(folder, sockets)
            _make_database(sockets)
        except BaseException:
            self._bring_down()
            raise
        return _url(sockets)

    def _initialise(self, folder: Path) -> None:
        # Under another name until it is whole: an interrupted one is thrown away by the next.
        half = self.place / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        options = ["--data-checksums"] if self._durable else ["--no-sync", "--no-data-checksums"]
        done = subprocess.run(
            [folder / "initdb", "-D", half, "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", *options],
            capture_output=True, text=True, check=False, cwd=self.place, env=ENVIRONMENT, **self._account.run_as(),
        )  # fmt: skip
        if done.returncode:
            self.log.write_text(done.stdout + done.stderr)
            raise ServerDidNotStart(self.log, done.stderr.strip().rpartition("\n")[2])
        half.rename(self.data)

    def _socket_folder(self) -> Path:
        """Return a folder for the socket: beside the data, or a short one elsewhere (its name is kept in a file)."""
        self._forget_sockets()
        sockets = self.place / "socket"
        shutil.rmtree(sockets, ignore_errors=True)  # its lock may name a dead process whose number lives on
        if len(os.fsencode(str(sockets) + SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            sockets.mkdir()
        else:
            sockets = Path(tempfile.mkdtemp(prefix="ektp-", dir="/tmp"))
            self._socket_note.write_text(f"{sockets}\n")
        self._account.give(sockets)
        return sockets

    def _forget_sockets(self) -> None:
        if self._socket_note.exists():
            shutil.rmtree(self._socket_note.read_text().strip(), ignore_errors=True)
            self._socket_note.unlink()

    def _launch_patiently(self, folder: Path, sockets: Path) -> None:
        """Launch it; wait for what a killed server left behind, a session may still be busy with its last statement."""
        last = time.monotonic() + LEFTOVERS
        while True:
            try:
                return self._launch(folder, sockets)
            except ServerDidNotStart as error:
                if "pre-existing shared memory" not in error.told or time.monotonic() > last:
                    raise
            time.sleep(0.2)

    def _launch(self, folder: Path, sockets: Path) -> None:
        settings = {**SETTINGS, **({} if self._durable else NOT_DURABLE), "unix_socket_directories": str(sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for us, and we end the server in order.
            self._child = subprocess.Popen(
                [folder / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.place, env=ENVIRONMENT, **self._account.run_as(),
            )  # fmt: skip
        _children.append(self._child)
        while not ((postmaster := self.postmaster()) and postmaster.ready):
            if self._child.poll() is not None:
                raise ServerDidNotStart(self.log, last_complaint(self.log, self._child.pid))
            time.sleep(0.01)  # after a crash it first replays its log, however long that takes

    def _bring_down(self) -> None:
        if self._child is not None and self._child.poll() is None:
            end(self._child.pid, signal.SIGINT, patience=60)
            self._child.wait()
        elif postmaster := self.postmaster():
            end(postmaster.process, signal.SIGINT, patience=60)
        _reap()
        self._forget_sockets()


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _url(sockets: Path, database: str = DATABASE) -> str:
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets))}&port={PORT}"


def _make_database(sockets: Path) -> None:
    with psycopg.connect(_url(sockets, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
