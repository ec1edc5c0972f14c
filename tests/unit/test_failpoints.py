"""Where a process can be made to end: each name is at one line, and does nothing unless it is asked for."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from consumers.failpoints import NAMES, failpoint, plant

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"\bfailpoint\(\"([a-z-]+)\"")
PASS = "from consumers.failpoints import failpoint; failpoint('journal-before-commit', 'x'); print('lived')"


def passed(folder: Path, **environment: str) -> tuple[int, str]:
    """Go over a failpoint in a process of its own; return its exit code and what it said."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EKTP_")}
    done = subprocess.run(
        [sys.executable, "-c", PASS], env={**plain, "PYTHONPATH": str(ROOT), **environment}, cwd=folder,
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def test_every_failpoint_stands_exactly_once() -> None:
    """In the code of the two upper floors; a name without a line would be a kill that never was."""
    files = [path for floor in ("consumers", "ektp") for path in (ROOT / floor).rglob("*.py")]
    found = Counter(name for path in files for name in CALL.findall(path.read_text()))
    assert found == Counter(NAMES)


def test_a_failpoint_ends_the_process_only_when_its_own_name_is_set(tmp_path: Path) -> None:
    """By its name, or by its name for one subject."""
    killed = (-signal.SIGKILL, "")
    assert passed(tmp_path) == (0, "lived")
    assert passed(tmp_path, EKTP_FAILPOINT="journal-after-commit") == (0, "lived")
    assert passed(tmp_path, EKTP_FAILPOINT="journal-before-commit:y") == (0, "lived")
    assert passed(tmp_path, EKTP_FAILPOINT="journal-before-commit") == killed
    assert passed(tmp_path, EKTP_FAILPOINT="journal-before-commit:x") == killed


def test_with_a_file_it_happens_once(tmp_path: Path) -> None:
    """Whoever is started again lives."""
    armed = {"EKTP_FAILPOINT": "journal-before-commit", "EKTP_FAILPOINT_ONCE": str(tmp_path / "died")}
    assert passed(tmp_path, **armed) == (-signal.SIGKILL, "")
    assert passed(tmp_path, **armed) == (0, "lived")


def test_what_is_planted_happens_once_to_whoever_passes_next() -> None:
    """In a thread of a process that lives on; at no other line."""

    def end() -> None:
        raise InterruptedError

    plant("step-after-work", end)
    failpoint("step-after-claim")
    with pytest.raises(InterruptedError):
        failpoint("step-after-work")
    failpoint("step-after-work")
