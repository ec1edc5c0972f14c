"""The `ektp` command called in this process, as a person would type it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import structlog

from ektp.cli.main import main
from tests.audit_key import AUDIT_KEY_TEXT

#: What every command of the tests is given; the keys are no secrets.
ENVIRONMENT: Final = {
    "EKTP_SECRET_KEY": "a secret of the tests, long enough to be one",
    "EKTP_NIK_KEY": "another secret of the tests, as long as that",
    "EKTP_AUDIT_KEY": AUDIT_KEY_TEXT,
    "EKTP_LOG_FORMAT": "json",
}
SETTINGS: Final = (
    "EKTP_DATABASE_URL",
    "EKTP_BROKER_URL",
    "EKTP_BROKER_MANAGEMENT_URL",
    "EKTP_HOME",
    "EKTP_CONFIG",
    *ENVIRONMENT,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Calls commands in one environment; `given` is what `setenv` says."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def __call__(self, *words: object) -> Answer:
        """Run one command to its end."""
        self._capsys.readouterr()
        code = main([str(word) for word in words])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Answer(code, said.out, said.err)

    def ask(self, *words: object, expect: int = 0) -> Any:
        """Run one command with --json and return what it answers."""
        answer = self(*words, "--json")
        assert answer.code == expect, answer
        return answer.json

    def file(self, *lines: object) -> Path:
        """Write a file of lines: events, or bytes as they are."""
        path = self._folder / "events.jsonl"
        written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        path.write_bytes(b"".join(line + b"\n" for line in written))
        return path


@contextmanager
def command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, **given: str
) -> Iterator[CommandLine]:
    """Give a command line whose environment holds only *given* and the keys; logging is left as it was."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**ENVIRONMENT, "EKTP_HOME": str(folder / "home"), **given}.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        yield CommandLine(capsys, folder)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
