"""The main process of a PostgreSQL server, as the server itself has written it down."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Postmaster:
    """One living server: its process, where its socket lies, and whether it takes connections."""

    process: int
    socket_folder: Path
    ready: bool

    @classmethod
    def of(cls, data: Path) -> "Postmaster | None":
        """Return the living server of a data folder, read from its postmaster.pid."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        # process, data folder, start, port, socket folder, listen address, shared memory, status
        if len(lines) < 5 or not _serves(int(lines[0]), data):
            return None
        return cls(int(lines[0]), Path(lines[4]), len(lines) > 7 and lines[7].strip() == "ready")

    @staticmethod
    def forget_dead(data: Path) -> None:
        """Remove the postmaster.pid of a server that is gone.

        PostgreSQL does so itself unless the number has gone to another process, as it does in a container.
        Call it only while holding the lock under which servers are started.
        """
        note = data / "postmaster.pid"
        words = note.read_text().split() if note.exists() else ["0"]
        if note.exists() and not (words and _serves(int(words[0]), data)):
            note.unlink()


def end(process: int, how: signal.Signals, patience: float) -> None:
    """Send a server this signal and wait until it is gone; after `patience` seconds, end it as a crash would."""
    for signal_now in (how, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal_now)
        if _gone_within(process, patience):
            return


def _gone_within(process: int, seconds: float) -> bool:
    last = time.monotonic() + seconds
    while _command(process):
        if time.monotonic() > last:
            return False
        time.sleep(0.01)
    return True


def _serves(process: int, data: Path) -> bool:
    words = _command(process)
    return bool(words) and "postgres" in Path(words[0]).name and str(data) in words


def _command(process: int) -> list[str]:
    """Return the command line of a living process, nothing for one that is gone or only waits to be reaped."""
    if Path("/proc/self").exists():
        try:
            return [word for word in Path(f"/proc/{process}/cmdline").read_text().split("\0") if word]
        except (FileNotFoundError, ProcessLookupError):
            return []
    listed = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()
