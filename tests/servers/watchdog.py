"""Ends a server and its folders when the test run that started them is gone, even by kill -9."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

# Standard input is a pipe whose other end only the test run holds: it ends when the run ends, however it ends.
_WAIT = "import sys, runpy; sys.stdin.read(); runpy.run_path(sys.argv[1], run_name='__main__')"


class Watchdog:
    """Watch over one process group and some folders; `dismiss` it once they are gone."""

    def __init__(self, group: int, *folders: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", _WAIT, __file__, str(group), *map(str, folders)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip

    def dismiss(self) -> None:
        """Send it away without effect."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def end_group(group: int, how: signal.Signals) -> None:
    """Send a signal to every process of the group that is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, how)


def end(group: int, folders: list[str]) -> None:
    """End the group and remove the folders; SIGQUIT first, so that PostgreSQL gives its shared memory back."""
    for how in (signal.SIGQUIT, signal.SIGKILL):
        end_group(group, how)
        time.sleep(1)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    end(int(sys.argv[2]), sys.argv[3:])
