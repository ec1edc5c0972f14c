"""PostgreSQL's own programs that dump and restore: which of those installed fits a server, and how they are run."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ektp.backup.errors import MadeByNewer, ProgramFailed, ProgramMissing
from ektp.logs import masked
from ektp.storage.server.postgres_binaries import WHEEL

_FOLDERS: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
_TIMEOUTS: Final = 17  # since this version what is restored sets a parameter that older servers do not know


class Programs(NamedTuple):
    """A folder with pg_dump and pg_restore of one major version."""

    folder: Path
    major: int


def dumping(server: int) -> Programs:
    """Return what dumps a server of this major version: its own, else the next newer. Raises ProgramMissing."""
    fits = [one for one in _installed() if one.major >= server]
    if not fits:
        raise ProgramMissing("pg_dump", server)
    return min(fits, key=lambda one: one.major)


def restoring(server: int, dumped: int) -> Programs:
    """Return what restores a dump of one major version into a server of another. Raises MadeByNewer, ProgramMissing."""
    if server < dumped:
        raise MadeByNewer(f"PostgreSQL {dumped}", f"PostgreSQL {server}")
    fits = [one for one in _installed() if one.major >= server and (one.major < _TIMEOUTS or server >= _TIMEOUTS)]
    if not fits:
        raise ProgramMissing("pg_restore", server)
    return min(fits, key=lambda one: one.major)


def dump(programs: Programs, url: str, snapshot: str, file: Path) -> None:
    """Write the database as it is in that snapshot. Raises ProgramFailed."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
    _run([programs.folder / "pg_dump", *options], url, ())


def load(programs: Programs, url: str, pieces: Iterator[bytes]) -> None:
    """Restore a dump into an empty database, all of it or nothing. Raises ProgramFailed."""
    options = ["--format=custom", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run([programs.folder / "pg_restore", *options], url, pieces)


def _run(words: Sequence[str | Path], url: str, pieces: Iterator[bytes] | tuple[()]) -> None:
    """Run it with these bytes as its input; a password goes by the environment, which others cannot read."""
    link = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = link.pop("password", None)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EKTP_")}
    environment |= {"LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    call = [*map(str, words), f"--dbname={make_conninfo(**link)}"]
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        assert running.stdin is not None
        try:
            with running.stdin as way:
                for piece in pieces:
                    way.write(piece)
        except BrokenPipeError:
            pass  # it gave up, and says why
        except BaseException:
            running.kill()
            running.wait()
            raise
        if running.wait():
            said.seek(0)
            raise ProgramFailed(Path(call[0]).name, _first_complaint(said.read().decode(errors="replace")))


def _first_complaint(said: str) -> str:
    """Return its first line that says what is wrong; those that follow may quote rows."""
    lines = [line for line in said.splitlines() if "error:" in line] or said.splitlines()[:1]
    return str(masked(" ".join(lines[:1]).partition("error:")[2].strip() or " ".join(lines[:1])))


def _installed() -> Iterator[Programs]:
    """Yield what is installed, each major version once: the wheel's first."""
    seen = set[int]()
    for folder in _folders():
        major = _major(folder / "pg_dump")
        if major and major not in seen and (folder / "pg_restore").exists():
            seen.add(major)
            yield Programs(folder, major)


def _folders() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    if spec is not None and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    for pattern in _FOLDERS:
        yield from sorted(Path("/").glob(pattern))
    if (found := shutil.which("pg_dump")) is not None:
        yield Path(found).parent


def _major(program: Path) -> int | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        return int(done.stdout.split()[2].partition(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return None
