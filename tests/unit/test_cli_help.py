"""The command line teaches, is quick about it, and says no in one line."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from consumers.errors import IntakeHalted, JournalUnavailable, SourceLost, StoreAway
from ektp.broker.errors import BrokerUrlInvalid
from ektp.cli.failures import exit_for, explained
from ektp.cli.main import app
from ektp.reading.errors import NotMigrated, Unknown
from tests.command_line import CommandLine, command_line

QUICK = 0.5  # seconds
ASKING = ("migrate", "publish", "apply", "summary", "show", "queues", "verify", "lifecycle", "doctor")
ASKING_PARKED = ("list", "groups", "show", "replay", "discard", "plan", "run", "status")
HEAVY = {"sqlalchemy", "psycopg", "alembic", "kombu", "celery", "pika", "pydantic", "structlog", "rich.console"}
HELP = "import sys; from ektp.cli.main import main; main(['--help']); print(*sys.modules, sep='\\n')"


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command by the words it is called with."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        if subcommands := getattr(command, "commands", None):
            yield from ((f"{name} {word}", subcommand) for word, subcommand in subcommands.items())
        else:
            yield name, command


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line without a database and without a broker."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def test_help_comes_at_once() -> None:
    """Nobody waits half a second to be told how to type, or where others are busy thrice what the library takes."""
    assert _best("-m", "ektp.cli.main", "--help") < max(QUICK, 3 * _best("-c", "import typer"))


def _best(*program: str) -> float:
    """Return the seconds that a program takes, the best of three: others use this machine too."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, *program], check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return min(took)


def test_help_loads_neither_database_nor_broker() -> None:
    """A command imports what it needs when it runs."""
    done = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True)
    assert "Usage: ektp" in done.stdout
    assert HEAVY & set(done.stdout.splitlines()) == set()


@pytest.mark.parametrize("words", [words for words, _ in commands()])
def test_every_command_explains_itself(ektp: CommandLine, words: str) -> None:
    """Each has a sentence that fits the list, and a --help of its own."""
    answer = ektp(*words.split(), "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: ektp {words}")
    first = dict(commands())[words].help.splitlines()[0]
    assert len(first) <= 66
    assert first in " ".join(answer.out.split())


def test_every_command_that_answers_takes_json() -> None:
    """Scripts do not read tables."""
    takes = {words for words, command in commands() if any("--json" in option.opts for option in command.params)}
    assert takes >= {*ASKING, *(f"parked {word}" for word in ASKING_PARKED)}


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-command"],
        ["show"],
        ["summary", "--no-such-option"],
        ["lifecycle", "--format", "painting"],
        ["apply", "no-such-file"],
        ["apply", "."],
        ["sample", "no-such-event"],
        ["sample", "recorded", "--nik", "1234"],
        ["sample", "recorded", "--data", "{"],
        ["sample", "recorded", "--data", "[]"],
        ["parked", "replay", "one", "two", "--edit", "file"],
        ["parked", "discard", "one"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(ektp: CommandLine, words: list[str]) -> None:
    """What is wrong, and nothing else."""
    answer = ektp(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("ektp: ")
    assert answer.err.count("\n") == 1


def test_without_a_command_it_teaches_and_is_wrong_use(ektp: CommandLine) -> None:
    """A script that forgot the command must not think it was done."""
    answer = ektp()
    assert answer.code == 2
    assert "Commands:" in answer.out


@pytest.mark.parametrize("words", [["consume"], ["relay"], ["listen"], ["publish", "-"]])
def test_what_needs_a_broker_says_so_and_exits_with_3(ektp: CommandLine, words: list[str]) -> None:
    """Without EKTP_BROKER_URL there is nothing to talk to."""
    answer = ektp(*words)
    assert answer.code == 3
    assert "EKTP_BROKER_URL is not set" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NotMigrated(None, "0001"), 3, "ektp migrate"),
        (NotMigrated("0001", "0002"), 3, "ektp migrate"),
        (NotMigrated("0003", "0002"), 3, "newer than this release"),
        (Unknown("application", "x"), 1, "there is no application x"),
        (StoreAway("PostgreSQL 57P03"), 3, "57P03"),
        (JournalUnavailable("no connection to PostgreSQL"), 3, "EKTP_DATABASE_URL"),
        (SourceLost("ektp.intake", "connection reset"), 3, "EKTP_BROKER_URL"),
        (BrokerUrlInvalid(), 2, "EKTP_BROKER_URL"),
        (IntakeHalted("KeyError", 5), 1, "KeyError"),
        (ZeroDivisionError("3374106508999901 Contoh Satu"), 1, "unexpected ZeroDivisionError"),
    ],
)
def test_every_failure_has_a_line_and_a_code(error: Exception, code: int, words: str) -> None:
    """Also one that nobody has thought of, and that one repeats nothing of what it was about."""
    found, told = explained(error)
    assert found == code
    assert words in told
    assert "Contoh" not in told


def test_no_line_holds_a_nik_or_a_password(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the argument was."""
    monkeypatch.setenv("EKTP_DATABASE_URL", "postgresql://ektp:hunter2@db.example:5432/ektp")
    exit_for(Unknown("application", "3374106508999901"))
    exit_for(StoreAway("no connection to PostgreSQL"))
    told = capsys.readouterr().err
    assert "3374106508999901" not in told
    assert "hunter2" not in told
    assert "PostgreSQL at db.example:5432/ektp" in told
