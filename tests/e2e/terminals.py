"""Several terminals on one home: the `ektp` command as somebody types it, with no server that we did not bring."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.e2e.pipeline import EKTP, ROOT
from tests.servers.watchdog import Watchdog

START: Final = 40  # seconds until everything runs, with a new database


class Terminals:
    """Several terminals on one home."""

    def __init__(self, home: Path, folder: Path, **more: str) -> None:
        """Use this home, and these variables of the environment; what the commands say is kept in *folder*."""
        self.home, self._folder = home, folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EKTP_")}
        self._environment = {**kept, "EKTP_HOME": str(home), "PYTHONPATH": str(ROOT), "EKTP_LOG_FORMAT": "json", **more}
        self._running: list[subprocess.Popen[bytes]] = []
        self._leader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, process_group=0)
        self._watchdog = Watchdog(self._leader.pid)

    def at(self, home: Path) -> "Terminals":
        """Go to another home, from the same terminals."""
        home.mkdir(mode=0o711)
        self._environment["EKTP_HOME"] = str(home)
        return self

    def start(self, *words: str) -> "tuple[subprocess.Popen[bytes], Path]":
        """Type a command that stays; return it and the file with all it says."""
        log = self._folder / f"{words[0]}-{len(self._running)}.log"
        with log.open("wb") as said:
            process = subprocess.Popen([*EKTP, *words], env=self._environment, stdin=subprocess.DEVNULL, stdout=said,
                                       stderr=said, process_group=self._leader.pid)  # fmt: skip
        self._running.append(process)
        return process, log

    def run(self, *words: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Type a command that ends."""
        return subprocess.run([*EKTP, *words], env=self._environment, input=stdin, capture_output=True, check=False,
                              timeout=120)  # fmt: skip

    def ask(self, *words: str, stdin: bytes = b"") -> Any:
        """Type a command and return its JSON."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def close(self) -> None:
        """Close all terminals."""
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running:
            process.wait(60)
        self._leader.kill()
        self._leader.communicate()
        self._watchdog.dismiss()
