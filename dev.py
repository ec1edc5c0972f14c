#!/usr/bin/env python3
"""Sets the project up in .venv and runs it, its tests and its checks, with nothing but Python on the machine."""

import sys

OLDEST = (3, 11)


def stop(code, line):
    """End with one line that says what to type."""
    sys.stderr.write("dev.py: " + line + "\n")
    sys.exit(code)


def refuse_old_python():
    """Say which Python to use; this much of the file also runs on the old one."""
    import shutil

    newer = [name for name in ("python3.13", "python3.12", "python3.11", "python3.14") if shutil.which(name)]
    typed = " ".join([newer[0], "dev.py"] + sys.argv[1:]) if newer else "sudo apt-get install python3.11"
    stop(3, "this is Python %d.%d, the project needs %d.%d or newer: type `%s`" % (sys.version_info[:2] + OLDEST + (typed,)))


if sys.version_info < OLDEST:
    refuse_old_python()
try:
    import fcntl
except ImportError:
    stop(3, "this needs Linux or macOS: on Windows, type `wsl` and start it there")

import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ektp-setup.json"
RUNTIME = "requirements.lock"
TESTS = "requirements-test.lock"  # holds all of RUNTIME too
NOTHING_TO_MAKE_IT_WITH = "this Python can make no virtual environment: type `sudo apt-get install python3-venv`"

USAGE = """usage: python3 dev.py COMMAND [OPTIONS]

  up [OPTIONS]      run everything, with a simulated city (`ektp up`)
  ektp ARGS         the command line, as it is in .venv
  test [OPTIONS]    all tests, on a real RabbitMQ and PostgreSQL; options are pytest's, -m 'not slow' is the fast set
  check             style, types, directions of imports, addresses and secrets
  bench, simulate   benchmarks, seeded fault schedules
  setup [--test]    only make .venv, with what the tests need too

Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 something needed is not there.
"""


# --- set-up


def prepare(lock: str) -> None:
    """Make .venv hold what the lock file says; costs nothing where it does already."""
    if is_prepared(lock):
        return
    if not os.access(ROOT, os.W_OK) or (VENV.exists() and not os.access(VENV, os.W_OK)):
        stop(3, "%s cannot be written by this account: copy it to a folder of yours and start it there" % ROOT)
    with alone():
        if is_prepared(lock):
            return
        if not is_sound():
            make_venv()
        install(lock)
        link_project()
        stamp(lock)


def is_prepared(lock: str) -> bool:
    """Say whether .venv is sound and was made from this very lock file."""
    return is_sound() and read_stamp().get(lock) == digest(lock)


def is_sound() -> bool:
    """Say whether .venv was made here and its Python is still the one it was made with."""
    made = read_stamp()
    return PYTHON.exists() and made.get("place") == str(VENV) and made.get("python") == os.path.realpath(str(PYTHON))


def read_stamp() -> dict[str, str]:
    """Return what was written down about .venv, nothing where it is none of ours."""
    try:
        found: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found


def stamp(lock: str = "") -> None:
    """Write down where .venv was made, with which Python, and from which lock files."""
    made = {**read_stamp(), "place": str(VENV), "python": os.path.realpath(str(PYTHON))}
    for name in {"": (), RUNTIME: (RUNTIME,), TESTS: (RUNTIME, TESTS)}[lock]:
        made[name] = digest(name)
    STAMP.write_text(json.dumps(made, indent=1) + "\n")


def digest(lock: str) -> str:
    """Return what tells one state of a lock file from another."""
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one dev.py at a time work on .venv."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another dev.py is making .venv, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """Make an empty .venv, by this Python alone or with the help of its pip."""
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        stop(3, "%s is not a virtual environment: move it away" % VENV)
    say("making .venv with Python %s" % sys.version.split()[0])
    shutil.rmtree(VENV, ignore_errors=True)
    if not quietly(sys.executable, "-m", "venv", VENV):
        shutil.rmtree(VENV, ignore_errors=True)
        if not quietly(sys.executable, "-m", "pip", "--version"):
            stop(3, NOTHING_TO_MAKE_IT_WITH)
        if not quietly(sys.executable, "-m", "venv", "--without-pip", VENV):
            stop(3, NOTHING_TO_MAKE_IT_WITH)
    stamp()


def install(lock: str) -> None:
    """Install what the lock file names; every file's hash is checked, nothing is compiled."""
    pip = [PYTHON, "-m", "pip"]
    if not quietly(*pip, "--version"):
        pip = [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["--require-hashes", "--only-binary=:all:", "--no-input", "--progress-bar=off", "--disable-pip-version-check"]
    packages = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
    say("installing %d packages, hashes checked" % packages)
    began = time.monotonic()
    done = subprocess.run(
        [*pip, "install", *options, "-r", ROOT / lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.stderr.write("\n".join(done.stdout.decode(errors="replace").splitlines()[-15:]) + "\n")
        stop(3, "the packages could not be installed (above is what pip says): see to the network, type `python3 dev.py setup`")
    say("installed in %.0f s" % (time.monotonic() - began))


def link_project() -> None:
    """Let .venv see this folder's packages as they are, and give it the `ektp` command."""
    for site in (VENV / "lib").glob("python3*/site-packages"):
        (site / "ektp-project.pth").write_text(str(ROOT) + "\n")
    program = "import sys; from ektp.cli.main import main; sys.argv[0] = 'ektp'; sys.exit(main())"
    command = VENV / "bin" / "ektp"
    command.write_text("#!/bin/sh\nexec %s -P -c %s \"$@\"\n" % (shlex.quote(str(PYTHON)), shlex.quote(program)))
    command.chmod(0o755)


# --- commands


def setup(options: list[str]) -> None:
    """Only make .venv."""
    if options not in ([], ["--test"]):
        stop(2, "setup takes no option but --test")
    prepare(TESTS if options else RUNTIME)
    say(".venv is ready")


def test(options: list[str]) -> NoReturn:
    """Run the tests, with pytest's options."""
    prepare(TESTS)
    become(PYTHON, "-m", "pytest", *options)


def ektp(arguments: list[str]) -> NoReturn:
    """Become the `ektp` of .venv."""
    prepare(RUNTIME)
    become(VENV / "bin" / "ektp", *arguments)


def up(options: list[str]) -> NoReturn:
    """Run everything."""
    ektp(["up", *options])


def bench(options: list[str]) -> NoReturn:
    """Run the benchmarks."""
    run_package("benchmarks", options)


def simulate(options: list[str]) -> NoReturn:
    """Run the seeded fault schedules."""
    run_package("simulations", options)


def run_package(name: str, options: list[str]) -> NoReturn:
    """Become a package at the root that needs a test's servers."""
    if not (ROOT / name / "__main__.py").exists():
        stop(2, "there are no %s yet" % name)
    prepare(TESTS)
    become(PYTHON, "-m", name, *options)


def check(options: list[str]) -> None:
    """Run every check, one line each, and exit 1 if one of them fails."""
    if options:
        stop(2, "check takes no options")
    prepare(TESTS)
    os.chdir(str(ROOT))
    steps = {
        "style": lambda: tool("ruff", "check", "--quiet", "."),
        "format": lambda: tool("ruff", "format", "--check", "--quiet", "."),
        "types": lambda: tool("mypy", "--no-error-summary"),
        "directions of imports": lambda: tool("importlinter", "lint"),
        "addresses and secrets": addresses_and_secrets,
    }
    failed = [name for name, step in steps.items() if not passes(name, step)]
    sys.exit(1 if failed else 0)


COMMANDS = {command.__name__: command for command in (setup, test, ektp, up, bench, simulate, check)}


# --- checks
