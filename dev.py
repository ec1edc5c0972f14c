#!/usr/bin/env python3
"""Sets the project up in .venv and runs it, its tests and its checks, with nothing but Python on the machine."""

import sys

OLDEST = (3, 11)


def stop(code: int, line: str) -> "NoReturn":
    """End with one line that says what to type."""
    sys.stderr.write("dev.py: " + line + "\n")
    sys.exit(code)


def refuse_old_python() -> None:
    """Say which Python to use; this much of the file also runs on the old one."""
    import shutil

    newer = [name for name in ("python3.13", "python3.12", "python3.11", "python3.14") if shutil.which(name)]
    typed = " ".join([newer[0], "dev.py", *sys.argv[1:]]) if newer else "sudo apt-get install python3.11"
    stop(
        3,
        "this is Python %d.%d, the project needs %d.%d or newer: type `%s`"
        % (sys.version_info[:2] + OLDEST + (typed,)),
    )


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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ektp-setup.json"
RUNTIME = "requirements.lock"
TESTS = "requirements-test.lock"  # holds all of RUNTIME too
NO_VENV = "this Python can make no virtual environment: type `sudo apt-get install python3-venv`"

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LEFT_ALONE = {
    ".git", ".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules",
}  # fmt: skip
FORBIDDEN = re.compile(
    r"(?<![\w.*-])/(work|farm|root|home|Users|tmp)/[a-z.]"
    r"|\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|(deb|security)\.debian\.org|(docker|quay|ghcr)\.io|crates\.io)\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|xox[abp]-\w{10,})"
)

USAGE = """usage: python3 dev.py COMMAND [OPTIONS]

  up [OPTIONS]      run everything, with a simulated city (`ektp up`)
  ektp ARGS         the command line, as it is in .venv
  test [OPTIONS]    all tests, on a real RabbitMQ and PostgreSQL; options are pytest's, -m 'not slow' is the fast set
  check             style, types, directions of imports, addresses and secrets
  bench, simulate   benchmarks, seeded fault schedules
  setup [--test]    only make .venv, with what the tests need too

Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 something needed is not there.
"""


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
        say(".venv is ready")


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
    anew = " anew: it was made elsewhere, or not by dev.py" if VENV.exists() else ""
    say("making .venv with Python %s%s" % (sys.version.split()[0], anew))
    shutil.rmtree(VENV, ignore_errors=True)
    if not quietly(sys.executable, "-m", "venv", VENV):
        shutil.rmtree(VENV, ignore_errors=True)
        has_pip = quietly(sys.executable, "-m", "pip", "--version")
        if not has_pip or not quietly(sys.executable, "-m", "venv", "--without-pip", VENV):
            stop(3, NO_VENV)
    stamp()


def install(lock: str) -> None:
    """Install what the lock file names; every file's hash is checked, nothing is compiled."""
    pip: list[str | Path] = [PYTHON, "-m", "pip"]
    if not quietly(*pip, "--version"):
        pip = [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["--require-hashes", "--only-binary=:all:", "--no-compile", "--no-input", "-q"]
    packages = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
    say("installing %d packages, hashes checked" % packages)
    began = time.monotonic()
    done = subprocess.run(
        [*pip, "install", *options, "-r", ROOT / lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.stderr.write("\n".join(done.stdout.decode(errors="replace").splitlines()[-15:]) + "\n")
        stop(
            3, "the packages could not be installed, pip says why above: type `python3 dev.py setup` once it is mended"
        )
    say("installed in %.0f s" % (time.monotonic() - began))


def link_project() -> None:
    """Let .venv see this folder's packages as they are, and give it the `ektp` command."""
    for site in (VENV / "lib").glob("python3*/site-packages"):
        (site / "ektp-project.pth").write_text(str(ROOT) + "\n")
    program = "import sys; from ektp.cli.main import main; sys.argv[0] = 'ektp'; sys.exit(main())"
    command = VENV / "bin" / "ektp"
    command.write_text('#!/bin/sh\nexec %s -P -c %s "$@"\n' % (shlex.quote(str(PYTHON)), shlex.quote(program)))
    command.chmod(0o755)


def setup(options: list[str]) -> None:
    """Only make .venv."""
    if options not in ([], ["--test"]):
        stop(2, "setup takes no option but --test")
    prepare(TESTS if options else RUNTIME)


def test(options: list[str]) -> NoReturn:
    """Run the tests, with pytest's options."""
    prepare(TESTS)
    os.chdir(str(ROOT))
    become(PYTHON, "-m", "pytest", *options)


def ektp(arguments: list[str]) -> NoReturn:
    """Become the `ektp` of .venv."""
    prepare(RUNTIME)
    become(VENV / "bin" / "ektp", *arguments)


def run_package(name: str, options: list[str]) -> NoReturn:
    """Become a package at the root, with the tests' servers at hand."""
    if not (ROOT / name / "__main__.py").exists():
        stop(2, "there are no %s yet" % name)
    prepare(TESTS)
    os.chdir(str(ROOT))
    become(PYTHON, "-m", name, *options)


def check(options: list[str]) -> None:
    """Run every check, one line each, and exit 1 if one of them fails."""
    if options:
        stop(2, "check takes no options")
    prepare(TESTS)
    os.chdir(str(ROOT))
    steps = {
        "style": lambda: complaints_of("-m", "ruff", "check", "--quiet", "--output-format=concise", "."),
        "format": lambda: complaints_of("-m", "ruff", "format", "--check", "--quiet", "--output-format=concise", "."),
        "types": lambda: complaints_of("-m", "mypy", "--no-error-summary"),
        "directions of imports": lambda: complaints_of("-c", LINT_IMPORTS),
        "addresses and secrets": addresses_and_secrets,
    }
    failed = [name for name, step in steps.items() if not passes(name, step)]
    sys.exit(1 if failed else 0)


def passes(name: str, step: Callable[[], str]) -> bool:
    """Run one check and print its line, and what it complains of."""
    began = time.monotonic()
    complaints = step()
    print("%-4s %-22s %5.1f s" % ("FAIL" if complaints else "ok", name, time.monotonic() - began), flush=True)
    if complaints:
        print(complaints, flush=True)
    return not complaints


def complaints_of(*words: str) -> str:
    """Run a tool of .venv and return what it prints if it is not content."""
    done = subprocess.run([PYTHON, *words], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() or "it failed in silence" if done.returncode else ""


def addresses_and_secrets() -> str:
    """Return the lines with a folder of one machine, the address of a package registry, or a secret."""
    found = []
    for folder, folders, files in os.walk(str(ROOT)):
        folders[:] = [name for name in folders if name not in LEFT_ALONE]
        for path in (Path(folder, name) for name in files):
            try:
                lines = path.read_text(encoding="utf-8").splitlines()
            except (UnicodeDecodeError, OSError):
                continue
            place = path.relative_to(ROOT)
            found += ["%s:%d" % (place, number) for number, line in enumerate(lines, 1) if FORBIDDEN.search(line)]
    return "\n".join(found)


def become(*words: "str | Path") -> NoReturn:
    """Go on as another program, which then answers for signals and the exit code."""
    os.execv(str(words[0]), [str(word) for word in words])  # noqa: S606  no shell is wanted


def quietly(*words: "str | Path") -> bool:
    """Run a program without a sound and say whether it was content."""
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def say(line: str) -> None:
    """Say what is going on, beside whatever the command prints."""
    sys.stderr.write("dev.py: " + line + "\n")
    sys.stderr.flush()


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "setup": setup,
    "test": test,
    "check": check,
    "ektp": ektp,
    "up": lambda options: ektp(["up", *options]),
    "bench": lambda options: run_package("benchmarks", options),
    "simulate": lambda options: run_package("simulations", options),
}

if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if asked in ("-h", "--help", "help"):
        print(USAGE, end="")
    elif asked in COMMANDS:
        COMMANDS[asked](sys.argv[2:])
    else:
        stop(2, "there is no command %r: type `python3 dev.py --help`" % asked)
