"""The embedded PostgreSQL survives what happens to it on a person's machine."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from ektp.storage.errors import HomeInUse, HomeNotWritable, ServerDidNotStart, WrongMajorVersion
from ektp.storage.server.embedded import EmbeddedPostgres
from tests.conftest import Eventually

Servers = Callable[[Path], EmbeddedPostgres]


@pytest.fixture
def server_for() -> Iterator[Servers]:
    """Give a maker of servers whose processes and files are gone after the test."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder, durable=False))
        return made[-1]

    yield make
    for server in made:
        if server.folder.exists():
            server.stop()
            shutil.rmtree(server.place, ignore_errors=True)


def write(url: str) -> None:
    """Commit one row."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")


def is_kept(url: str) -> bool:
    """Say whether the row is there."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT one FROM kept").fetchone() == (1,)


def kill_nine(server: EmbeddedPostgres) -> int:
    """Kill the server's main process, and return its number."""
    postmaster = server.postmaster()
    assert postmaster is not None
    os.kill(postmaster.process, signal.SIGKILL)
    return postmaster.process


def test_what_is_written_is_there_after_a_stop(home: Path, server_for: Servers) -> None:
    """A second start finds the data of the first."""
    server = server_for(home)
    write(server.start())
    server.stop()
    assert server.running() is None
    assert is_kept(server.start())


def test_it_listens_on_no_port_and_shows_its_data_to_nobody_else(home: Path, server_for: Servers) -> None:
    """Only a socket in a closed folder, UTF-8 with an order that no machine changes, and UTC."""
    server = server_for(home)
    with psycopg.connect(server.start()) as connection:
        row = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('timezone'), datlocprovider, datlocale,"
            " pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("", "UTC", "b", "C.UTF-8", "UTF8")
    for folder in (server.place, server.data, server.place / "socket"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_its_log_never_carries_a_statement_or_a_value(home: Path, server_for: Servers) -> None:
    """A refused row shows its values in the error we get, and not in a file."""
    server = server_for(home)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE names (name text UNIQUE)")
        connection.execute("INSERT INTO names VALUES ('Contoh Sembilan')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO names VALUES ('Contoh Sembilan')")
    log = server.log.read_text()
    assert "duplicate key value" in log
    assert "Contoh" not in log


def test_a_second_owner_is_refused_in_one_line(home: Path, server_for: Servers) -> None:
    """Two `ektp up` in one data folder: the second says which folder and what to do, and cannot end the first."""
    first, second = server_for(home), server_for(home)
    first.start()
    with pytest.raises(HomeInUse) as refused:
        second.start()
    assert str(home) in str(refused.value)
    assert "\n" not in str(refused.value)
    second.stop()
    assert first.running() is not None


def test_a_reader_borrows_the_running_server_and_leaves_it_running(home: Path, server_for: Servers) -> None:
    """A reading command beside `ektp up` connects to its server."""
    owner, reader = server_for(home), server_for(home)
    url = owner.start()
    with reader.borrowed() as borrowed:
        assert borrowed == url
    assert owner.running() == url


def test_a_reader_alone_starts_the_server_for_its_duration(home: Path, server_for: Servers) -> None:
    """The last of several readers ends the server, whoever started it."""
    first, second = server_for(home), server_for(home)
    with contextlib.ExitStack() as stack:
        stack.enter_context(second.borrowed())
        with first.borrowed() as url:
            write(url)
        assert is_kept(second.running() or "")
    assert first.running() is None


def test_many_readers_at_once_share_one_server(home: Path, server_for: Servers) -> None:
    """None of them finds it half started or already stopped, and none is left behind."""
    servers = [server_for(home) for _ in range(12)]

    def ask(server: EmbeddedPostgres) -> object:
        with server.borrowed() as url, psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone()

    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(ask, servers)) == [(1,)] * 12
    assert servers[0].running() is None


def test_an_owner_takes_over_what_a_reader_started(home: Path, server_for: Servers) -> None:
    """`ektp up` beside a reading command works at once, and the reader does not end its server."""
    reader, owner = server_for(home), server_for(home)
    with reader.borrowed() as url:
        assert owner.start() == url
    write(url)
    owner.stop()
    assert owner.running() is None


def test_a_killed_server_recovers_what_was_committed(home: Path, server_for: Servers) -> None:
    """Kill -9 of the server leaves its notes behind; the next start reads them rightly."""
    server = server_for(home)
    write(server.start())
    kill_nine(server)
    server.stop()
    assert is_kept(server_for(home).start())


def test_a_note_of_a_dead_server_whose_number_went_to_another_process_is_ignored(
    home: Path, server_for: Servers
) -> None:
    """In a container numbers come again: the one in postmaster.pid may be ourselves."""
    server = server_for(home)
    write(server.start())
    dead = kill_nine(server)
    server.stop()
    for note in (server.data / "postmaster.pid", server.place / "socket" / ".s.PGSQL.5432.lock"):
        note.write_text(note.read_text().replace(str(dead), str(os.getppid()), 1))
    assert is_kept(server.start())


def test_a_session_that_outlives_the_killed_server_is_waited_for(
    home: Path, server_for: Servers, eventually: Eventually
) -> None:
    """A session busy with one long statement keeps the memory of the old server; a new one starts after it."""
    server = server_for(home)
    url = server.start()

    def be_busy() -> None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
            connection.execute("SET statement_timeout = '2s'")
            connection.execute("DO 'BEGIN LOOP END LOOP; END'")

    busy = threading.Thread(target=be_busy)
    busy.start()
    with psycopg.connect(url, autocommit=True) as watcher:
        active = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
        eventually(lambda: watcher.execute(active).fetchone())
    kill_nine(server)
    server.stop()
    assert busy.is_alive()
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    busy.join()
    assert "pre-existing shared memory" in server.log.read_text()


def test_a_server_whose_owner_was_killed_is_taken_over(home: Path, server_for: Servers, eventually: Eventually) -> None:
    """Kill -9 of `ektp up` leaves its server running; the next `ektp up` takes it over and stops it in its turn."""
    program = (
        "import sys, pathlib; from ektp.storage.server.embedded import EmbeddedPostgres;"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False).start(); print('up', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        owner.kill()
    server = server_for(home)
    url = server.running()
    assert url is not None
    assert server.start() == url
    server.stop()
    assert server.running() is None


def test_an_interrupted_first_start_is_begun_anew(home: Path, server_for: Servers) -> None:
    """Half a data folder is never taken for a whole one."""
    server = server_for(home)
    server.start()
    server.stop()
    server.data.rename(server.place / "data.half")
    (server.place / "data.half" / "PG_VERSION").unlink()
    write(server.start())


def test_a_folder_with_a_long_name_gets_a_short_socket(home: Path, server_for: Servers) -> None:
    """A socket's path has a hundred bytes; a home may have more, and other letters."""
    deep = home / ("satu folder dengan nama yang sangat panjang é " * 3).strip()
    deep.mkdir()
    server = server_for(deep)
    url = server.start()
    assert len(url) < 100
    write(url)
    sockets = Path((server.folder / "socket-folder").read_text().strip())
    server.stop()
    assert not sockets.exists()
    assert is_kept(server.start())


def test_data_of_another_major_version_is_refused_with_the_way_out(home: Path, server_for: Servers) -> None:
    """The error names both versions and what to type."""
    server = server_for(home)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(WrongMajorVersion, match=r"PostgreSQL 17.*runs 18.*ektp backup"):
        server.start()


def test_a_server_that_does_not_start_says_why(home: Path, server_for: Servers) -> None:
    """The last complaint of the server itself is in the error."""
    server = server_for(home)
    server.start()
    server.stop()
    (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServerDidNotStart, match="configuration file"):
        server.start()
    with pytest.raises(ServerDidNotStart):
        server.start()  # and it was let go: not HomeInUse


def test_a_home_under_a_file_is_refused(home: Path, server_for: Servers) -> None:
    """A data folder that cannot be made is one clear line, not a stack trace."""
    (home / "file").touch()
    with pytest.raises(HomeNotWritable, match="EKTP_HOME"):
        server_for(home / "file" / "home").start()


def test_root_with_a_closed_home_has_the_data_elsewhere(home: Path, server_for: Servers) -> None:
    """Root's server runs as another account; where that one cannot pass, nothing of root's is opened for it."""
    home.chmod(0o700)
    server = server_for(home / "of the system")
    write(server.start())
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert server.place.is_relative_to(home) == (os.geteuid() != 0)
    server.stop()
    assert is_kept(server.start())


def test_a_data_folder_that_was_closed_keeps_its_data(home: Path, server_for: Servers) -> None:
    """EKTP_HOME itself is ours: root's server may pass through it, and nobody may look into it."""
    server = server_for(home)
    write(server.start())
    server.stop()
    home.chmod(0o700)
    assert is_kept(server.start())
    assert server.place.is_relative_to(home)
    assert not stat.S_IMODE(home.stat().st_mode) & 0o066
