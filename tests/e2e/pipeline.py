"""The pipeline from outside: the `ektp` command as real processes on one broker and one database."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.servers.watchdog import Watchdog

ROOT: Final = Path(__file__).parents[2]
EKTP: Final = (sys.executable, "-m", "ektp.cli.main")
PATIENCE: Final = 60  # seconds a process may take to end in order, as docker-compose.yml gives it
START: Final = 120  # seconds that processes may take to come up, all at once on a busy machine
SHOWN: Final = 25  # last lines of each process that a failing test shows


class Pipeline:
    """Commands that run to their end, and processes that stay; everything they write is kept."""

    def __init__(self, folder: Path, broker_url: str, database_url: str) -> None:
        self.broker_url, self.database_url = broker_url, database_url
        self._folder = folder
        self._processes: dict[str, Process] = {}
        self._ended: list[Process] = []
        self._said: list[tuple[str, bytes]] = []
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EKTP_")}
        self.environment: Mapping[str, str] = inherited | {
            "PYTHONPATH": str(ROOT),
            "EKTP_HOME": str(folder / "home"),
            "EKTP_BROKER_URL": broker_url,
            "EKTP_DATABASE_URL": database_url,
            "EKTP_SECRET_KEY": "a secret of the tests, long enough to be one",
            "EKTP_NIK_KEY": "another secret of the tests, as long as that",
            "EKTP_AUDIT_KEY": "a third secret of the tests, for the audit alone",
            "EKTP_LOG_FORMAT": "json",
        }
        # All in one group of which the watchdog knows: nothing outlives a test run that was killed.
        self._leader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, process_group=0)
        self._watchdog = Watchdog(self._leader.pid)

    def run(self, *words: str, stdin: bytes = b"", expect: int = 0) -> str:
        """Run one command to its end and return what it printed."""
        done = subprocess.run([*EKTP, *words], env=self.environment, cwd=self._folder, input=stdin, capture_output=True,
                              check=False, timeout=300)  # fmt: skip
        self._said.append((" ".join(words), done.stdout + done.stderr))
        told = done.stderr.decode()[-2000:]
        assert done.returncode == expect, f"ektp {' '.join(words)} ended with {done.returncode}: {told}"
        return done.stdout.decode()

    def ask(self, *words: str, stdin: bytes = b"", expect: int = 0) -> Any:
        """Run one command and return its JSON."""
        return json.loads(self.run(*words, "--json", stdin=stdin, expect=expect))

    def start(self, name: str, command: str, broker_url: str = "") -> "Process":
        """Start a process that stays, or start it again; by another way to the broker, if one is given."""
        if (before := self._processes.get(name)) is not None:
            self._ended.append(before)
        environment = {**self.environment, "EKTP_BROKER_URL": broker_url or self.broker_url}
        process = Process(name, (*EKTP, command), environment, self._folder / f"{name}.log", self._leader.pid)
        self._processes[name] = process
        return process

    def start_all(self, *commands: str) -> None:
        """Start processes named consume-1, consume-2, relay-1 after their commands, and wait until all are up."""
        counts: Counter[str] = Counter()
        for command in commands:
            counts[command] += 1
            self.start(f"{command}-{counts[command]}", command)
        last = time.monotonic() + START
        while not all(process.up for process in self._processes.values() if process.ours):
            assert self.all_alive(), "a process ended at its start"
            assert time.monotonic() < last, "not every process came up"
            threading.Event().wait(0.05)

    def start_foreign(self, name: str, call: list[str], environment: Mapping[str, str], output: Path) -> "Process":
        """Start a program that is not ours and stays; its standard output goes to a file of its own."""
        process = Process(name, call, environment, self._folder / f"{name}.log", self._leader.pid, output)
        self._processes[name] = process
        return process

    def __getitem__(self, name: str) -> "Process":
        return self._processes[name]

    def all_alive(self) -> bool:
        """Tell whether every process that was started is running."""
        return all(process.alive for process in self._processes.values())

    def outputs(self) -> dict[str, bytes]:
        """Return everything that any process and command wrote to its outputs."""
        kept = {process.name: process.log.read_bytes() for process in self._processes.values()}
        for words, said in self._said:
            kept[words] = kept.get(words, b"") + said
        return kept

    def tails(self) -> str:
        """Return the last lines of every process."""
        lines = []
        for process in self._processes.values():
            state = "runs" if process.alive else f"ended with {process.code}"
            lines += [f"-- {process.name} ({state})", *process.log.read_text(errors="replace").splitlines()[-SHOWN:]]
        return "\n".join(lines)

    def close(self) -> None:
        """End everything that still runs, at once."""
        for process in (*self._processes.values(), *self._ended):
            process.kill()
        self._leader.kill()
        self._leader.wait()
        assert self._leader.stdin is not None
        self._leader.stdin.close()
        self._watchdog.dismiss()


class Process:
    """One process that stays until it is told or made to end."""

    def __init__(  # noqa: PLR0917
        self, name: str, call: tuple[str, ...] | list[str], environment: Mapping[str, str], log: Path, group: int,
        output: Path | None = None,
    ) -> None:  # fmt: skip
        self.name, self.log, self.ours = name, log, output is None
        self._from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as errors, (output or log).open("ab") as out:
            self._child = subprocess.Popen(
                call, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=environment, cwd=log.parent,
                process_group=group,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its number."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code."""
        return self._child.poll()

    @property
    def up(self) -> bool:
        """Whether this incarnation has said that it has started its work."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            return self.alive and b'"started"' in log.read()

    def lines(self) -> list[dict[str, Any]]:
        """Return the log of all incarnations; what is no JSON, as a line cut by kill -9, is left out."""
        found = []
        for line in self.log.read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return found

    def freeze(self) -> None:
        """Stop it where it is, and return when it stands."""
        self._child.send_signal(signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)

    def kill(self) -> None:
        """End it with kill -9."""
        self._child.kill()
        self._child.wait()

    def stop(self) -> int:
        """End it with SIGTERM, and return its exit code."""
        self._child.terminate()
        return self._child.wait(PATIENCE)


def batches(process: Process) -> list[dict[str, Any]]:
    """Return what an intake logged about each batch."""
    return [line for line in process.lines() if line.get("event") == "batch"]


def pause(seconds: float, unless: Callable[[], bool] = lambda: False, step: float = 0.05) -> None:
    """Let the pipeline work for so long, or until the condition holds."""
    last = time.monotonic() + seconds
    while time.monotonic() < last and not unless():
        threading.Event().wait(min(step, max(0.0, last - time.monotonic())))
