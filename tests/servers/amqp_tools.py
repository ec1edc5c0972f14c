"""Finds amqp-publish and amqp-consume, clients in C that share nothing with ours: installed or fetched."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers import rabbit_packages
from tests.servers.rabbit import CHOICE
from tests.servers.rabbit_packages import LEAVE_OUT, Apt
from tests.servers.unavailable import ServerUnavailable

INSTALL: Final = "type `sudo apt-get install amqp-tools`"
NEEDED: Final = re.compile(r"^(amqp-tools|librabbitmq\d\w*|libpopt\d\w*|libssl\d\w*)$")
PROGRAM: Final = "usr/bin/amqp-publish"


@dataclass(frozen=True, slots=True)
class AmqpTools:
    """The programs, and the environment they run in."""

    folder: Path
    environment: Mapping[str, str]
    origin: str

    def publish(self, url: str, key: str, *options: str) -> list[str]:
        """Return the call that publishes standard input, persistent; with `-l` each line of it."""
        program = str(self.folder / "amqp-publish")
        return [program, f"--url={url}", "--exchange=ektp.events", f"--routing-key={key}", "--persistent", *options]

    def consume(self, url: str, exchange: str, pattern: str, *command: str) -> list[str]:
        """Return the call that runs a command for each message that comes, its body on standard input."""
        program = str(self.folder / "amqp-consume")
        bound = [f"--exchange={exchange}", f"--routing-key={pattern}", "--exclusive", "--prefetch-count=200"]
        return [program, f"--url={url}", *bound, *command]


def find_tools() -> AmqpTools:
    """Return the programs in the way that the tests' RabbitMQ is chosen; raise ServerUnavailable."""
    inherited = dict(os.environ)
    found = shutil.which("amqp-publish")
    if found and os.environ.get(CHOICE) != "fetch":
        return _working(AmqpTools(Path(found).parent, inherited, "installed"))
    root = _fetched()
    libraries = ":".join(str(path) for path in (*root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*")))
    return _working(AmqpTools(root / "usr/bin", inherited | {"LD_LIBRARY_PATH": libraries}, "fetched"))


def _working(tools: AmqpTools) -> AmqpTools:
    call = [str(tools.folder / "amqp-publish"), "--help"]
    if subprocess.run(call, env=dict(tools.environment), capture_output=True, check=False).returncode:
        raise ServerUnavailable("amqp-tools", INSTALL)
    return tools


def _fetched() -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ServerUnavailable("amqp-tools", INSTALL)
    shelf = rabbit_packages._shelf()
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = shelf / "amqp-tools"
        if not (root / PROGRAM).exists():
            _fetch(shelf, root)
    return root


def _fetch(shelf: Path, root: Path) -> None:
    print("fetching Debian's amqp-tools (2 MB, once) ...", file=sys.__stderr__, flush=True)
    with tempfile.TemporaryDirectory(dir=shelf) as work:
        apt = Apt(Path(work))
        apt.run("apt-get", "update")
        listed = apt.run("apt-cache", "depends", "--recurse", *LEAVE_OUT, "amqp-tools")
        names = sorted({name for line in listed.splitlines() if NEEDED.match(name := line.strip())})
        apt.run("apt-get", "download", *names)
        half = Path(work) / "root"
        for deb in sorted(Path(work).glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, half], check=True)
        if not (half / PROGRAM).exists():
            raise ServerUnavailable("amqp-tools", f"its packages could not be fetched; {INSTALL}")
        half.rename(root)
