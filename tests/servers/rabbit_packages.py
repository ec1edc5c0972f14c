"""Finds RabbitMQ's programs: installed ones, or Debian packages that are fetched and unpacked, never installed."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers.unavailable import ServerUnavailable

INSTALL: Final = (
    "type `sudo apt-get install rabbitmq-server`, or set EKTP_TEST_AMQP_URL=amqp://user:password@host:port/"
)
NOT_FETCHED: Final = f"it is not installed and its packages could not be fetched: {INSTALL}"
INSTALLED: Final = (
    "/usr/lib/rabbitmq/bin",  # Debian and Ubuntu
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",  # Fedora
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
WANTED: Final = re.compile(r"^(erlang-[a-z0-9-]+|rabbitmq-server)$")
UNWANTED: Final = re.compile(r"-(hipe|nox|doc|src|dev|mode|wx|x11|manpages)$")
LEAVE_OUT: Final = [
    f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
]
PROGRAM_FOLDER: Final = "usr/lib/rabbitmq/bin"


@dataclass(frozen=True, slots=True)
class Programs:
    """RabbitMQ's programs and what must be on the search path to run them."""

    folder: Path
    search_path: str
    origin: str


def installed() -> Programs | None:
    """Return the programs of an installed RabbitMQ; its wrappers in sbin are not used, they change the account."""
    if shutil.which("erl") is None and not Path("/usr/lib/erlang/bin/erl").exists():
        return None
    for pattern in INSTALLED:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if os.access(folder / "rabbitmq-server", os.X_OK) and (erlang := _erlang(Path("/usr/lib/erlang"))):
                return Programs(folder, erlang, "installed")
    return None


def fetched() -> Programs:
    """Return the programs from Debian packages kept in the user's cache; fetch them at the first call."""
    shelf = _shelf()
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = shelf / "root"
        if not (root / PROGRAM_FOLDER).exists():
            _fetch(shelf, root)
        _settle(root)
    return Programs(root / PROGRAM_FOLDER, _erlang(root / "usr/lib/erlang"), "fetched")


def _shelf() -> Path:
    """Return our folder in the user's cache, or in the virtual environment where the user has none."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\S+)$", release, re.MULTILINE)
    name = f"rabbitmq-{found[1] if found else 'debian'}-{os.uname().machine}"
    homes = [Path(os.environ.get("HOME") or sys.prefix) / ".cache", Path(sys.prefix)]
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        homes.insert(0, Path(chosen))
    for home in homes:
        try:
            (shelf := home / "ektp" / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(shelf, os.W_OK):
            return shelf
    raise ServerUnavailable("RabbitMQ", "set XDG_CACHE_HOME to a folder that can be written")


def _fetch(shelf: Path, root: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ServerUnavailable("RabbitMQ", INSTALL)
    print("fetching RabbitMQ's Debian packages (35 MB, once) ...", file=sys.__stderr__, flush=True)
    with tempfile.TemporaryDirectory(dir=shelf) as work:
        apt = Apt(Path(work))
        apt.run("apt-get", "update")
        packages = apt.needed("rabbitmq-server")
        apt.run("apt-get", "download", *packages)
        half = Path(work) / "root"
        debs = sorted(Path(work).glob("*.deb"))
        if not any(deb.name.startswith("rabbitmq-server_") for deb in debs):
            raise ServerUnavailable("RabbitMQ", NOT_FETCHED)
        for deb in debs:
            subprocess.run(["dpkg-deb", "-x", deb, half], check=True)
        half.rename(root)


class Apt:
    """Debian's apt with all of its state in a folder of ours: needs no rights and changes nothing on the machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "state/status").touch()
        self._options = [
            word
            for option in (
                f"Dir::State={folder}/state",
                f"Dir::State::status={folder}/state/status",
                f"Dir::Cache={folder}/cache",
                "Dir::Log=/dev/null",
                "APT::Sandbox::User=",
                "APT::Get::List-Cleanup=false",
                "Acquire::Languages=none",
                "Acquire::Retries=3",
                "Debug::NoLocking=true",
            )
            for word in ("-o", option)
        ]

    def run(self, program: str, *words: str) -> str:
        """Run one of apt's programs in the folder and return what it prints; its warnings do not count."""
        call = [program, "-qq", *self._options, *words]
        try:
            done = subprocess.run(call, cwd=self._folder, capture_output=True, text=True, check=False)
        except OSError as error:
            raise ServerUnavailable("RabbitMQ", NOT_FETCHED) from error
        if done.returncode and words[0] != "update":  # one source of several may be away
            raise ServerUnavailable("RabbitMQ", NOT_FETCHED)
        return done.stdout

    def needed(self, package: str) -> Sequence[str]:
        """Return the package and what it needs of its own kind."""
        listed = self.run("apt-cache", "depends", "--recurse", *LEAVE_OUT, package)
        names = {line.strip() for line in listed.splitlines()}
        return sorted(name for name in names if WANTED.match(name) and not UNWANTED.search(name))


def _settle(root: Path) -> None:
    """Tell Erlang where it lies now; its start script carries the folder of the package."""
    script = root / "usr/lib/erlang/bin/erl"
    text = script.read_text()
    here = re.sub(r"(?m)^(\s*)ROOTDIR=/.*$", rf"\1ROOTDIR='{root}/usr/lib/erlang'", text)
    if here != text:
        script.write_text(here)


def _erlang(folder: Path) -> str:
    """Return the search path with Erlang's programs, epmd among them, in front of the system's."""
    own = [folder / "bin", *sorted(folder.glob("erts-*/bin"), reverse=True)]
    outside = os.environ.get("PATH", "/usr/bin:/bin")
    return ":".join([*(str(path) for path in own if path.exists()), outside, "/usr/sbin:/sbin"])
