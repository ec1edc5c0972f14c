"""The commands that speak with the broker: migrate, publish, listen, queues, doctor."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from ektp.broker import topology
from ektp.storage.migrate import newest
from tests.amqp_client import Client
from tests.command_line import ENVIRONMENT, CommandLine, command_line
from tests.conftest import Eventually
from tests.histories import happy
from tests.servers.rabbit import PrivateRabbit

NOWHERE = "amqp://guest:hunter2@127.0.0.1:1/ektp"


@pytest.fixture
def bare(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    database_url: str,
    amqp_url: str,
) -> Iterator[CommandLine]:
    """Give a command line on a migrated database and an empty broker."""
    given = {"EKTP_DATABASE_URL": database_url, "EKTP_BROKER_URL": amqp_url}
    with command_line(monkeypatch, capsys, tmp_path, **given) as made:
        yield made


@pytest.fixture
def ektp(bare: CommandLine) -> CommandLine:
    """Give a command line on a database and a broker made ready."""
    assert bare.ask("migrate") == {"revision": newest(), "broker": "declared"}
    return bare


@pytest.fixture
def client(ektp: CommandLine, amqp_url: str) -> Iterator[Client]:
    """Give a client that is not ours."""
    made = Client(amqp_url)
    yield made
    made.close()


def levels(told: dict[str, Any]) -> dict[str, str]:
    """Return each part's level."""
    return {check["name"]: check["level"] for check in told["checks"]}


def test_migrate_declares_everything_and_may_be_repeated(ektp: CommandLine) -> None:
    """Every queue is there, empty, and read by nobody yet."""
    assert ektp("migrate").code == 0
    told = ektp.ask("queues")
    assert sorted(queue["queue"] for queue in told["queues"]) == sorted(queue.name for queue in topology.QUEUES)
    assert {(queue["ready"], queue["consumers"]) for queue in told["queues"]} == {(0, 0)}
    assert {(queue["oldest_age"], queue["rate"]) for queue in told["queues"]} == {(None, None)}
    assert told["outbox"] == {"pending": 0, "oldest_age": None}
    assert "unknown" in ektp("queues").out


def test_good_lines_are_published_and_bad_ones_reported(ektp: CommandLine, client: Client) -> None:
    """By number and reason, and only what the intake would take is sent."""
    events = happy().events
    nowhere = {**events[1], "source": "/elsewhere"}
    foreign = {**events[2], "type": "id.ektp.deadline-passed.v1"}
    answer = ektp("publish", ektp.file(events[0], b"", b"{not json", nowhere, foreign, events[3]), "--json")
    assert answer.code == 1
    assert answer.json == {
        "published": 2,
        "refused": [
            {"line": 3, "reason": "not-json"},
            {"line": 4, "reason": "bad-source"},
            {"line": 5, "reason": "bad-data"},
        ],
    }
    assert [json.loads(body)["id"] for body in client.take_all(topology.INTAKE_QUEUE)] == [
        events[0]["id"],
        events[3]["id"],
    ]
    again = ektp("publish", ektp.file(*events))
    assert (again.code, again.out) == (0, "5 published, 0 refused\n")
    message = client.take(topology.INTAKE_QUEUE)
    assert message is not None
    assert message[0].routing_key == "recorded.st337401"


def test_a_broker_without_exchanges_confirms_nothing(bare: CommandLine) -> None:
    """And the command says what is missing."""
    answer = bare("publish", bare.file(*happy().events))
    assert (answer.code, answer.out) == (1, "0 published, 5 refused\n")
    assert "ektp migrate" in answer.err


def test_a_broker_that_is_not_there_is_exit_code_3(bare: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was done so far, and without the password."""
    monkeypatch.setenv("EKTP_BROKER_URL", NOWHERE)
    answer = bare("publish", bare.file(*happy().events), "--json")
    assert (answer.code, answer.json) == (3, {"published": 0, "refused": []})
    assert "before line 1" in answer.err
    for words in (["queues"], ["listen"], ["migrate"]):
        answer = bare(*words)
        assert answer.code == 3, words
        assert "127.0.0.1:1/ektp" in answer.err
        assert "hunter2" not in answer.err
    monkeypatch.setenv("EKTP_BROKER_URL", "amqp://guest:hunter2@host:port/ektp")
    answer = bare("queues")
    assert answer.code == 2
    assert "hunter2" not in answer.err


def test_notices_are_printed_as_they_come(
    client: Client, database_url: str, amqp_url: str, tmp_path: Path, eventually: Eventually
) -> None:
    """Only those that match, one JSON a line, until so many have come."""
    log = tmp_path / "listen.log"
    environment = {**ENVIRONMENT, "EKTP_BROKER_URL": amqp_url, "EKTP_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "ektp.cli.main", "listen", "application-printed.33.#", "--count", "1"]
    with log.open("wb") as errors, subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=Path(__file__).parents[2]
    ) as child:  # fmt: skip
        eventually(lambda: b"listening" in log.read_bytes())
        connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        for key in ("application-recorded.33.74", "application-printed.34.01", "application-printed.33.74.10"):
            connection.channel().basic_publish(topology.NOTICES, key, json.dumps({"key": key}).encode())
        out, _ = child.communicate(timeout=20)
        connection.close()
    assert [json.loads(line) for line in out.splitlines()] == [{"key": "application-printed.33.74.10"}]
    assert child.returncode == 0


def test_the_doctor_says_what_to_do(bare: CommandLine, client: Client) -> None:
    """Ready, but nobody consumes yet; a letter that cannot leave is told too."""
    told = bare.ask("doctor", expect=1)
    assert {name for name, level in levels(told).items() if level != "ok"} == {"intake"}
    assert told["ok"] is False
    answer = bare("doctor")
    assert "intake: start `ektp consume`" in answer.err
    bare("apply", bare.file(b"{"))
    client.send("x", b"{}", exchange=topology.DEAD)
    client.send("delete-central-record.33.74", b"{}", exchange=topology.REQUESTS)
    found = levels(bare.ask("doctor", expect=1))
    assert (found["parked"], found[topology.DEAD_QUEUE], found[topology.UNCLAIMED_QUEUE]) == ("look", "look", "look")


def test_the_doctor_finds_what_is_missing_or_different(bare: CommandLine, amqp_url: str) -> None:
    """Before `ektp migrate`, and after somebody declared a queue by hand."""
    told = bare.ask("doctor", expect=1)
    (check,) = (check for check in told["checks"] if check["name"] == "topology")
    assert check["remedy"] == "run `ektp migrate`"
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    connection.channel().queue_declare(topology.DEAD_QUEUE, durable=True)
    connection.close()
    failed = bare("migrate")
    assert failed.code == 1
    assert f"{topology.DEAD_QUEUE} exists with other arguments" in failed.err
    assert "missing" in bare("doctor").out


def test_the_doctor_names_a_service_that_is_not_there(bare: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, and everything that can be looked at was."""
    monkeypatch.setenv("EKTP_BROKER_URL", NOWHERE)
    found = levels(bare.ask("doctor", expect=3))
    assert (found["database"], found["keys"], found["broker"]) == ("ok", "ok", "missing")
    monkeypatch.setenv("EKTP_DATABASE_URL", "postgresql://ektp:hunter2@127.0.0.1:1/ektp")
    answer = bare("doctor")
    assert answer.code == 3
    assert "hunter2" not in answer.out + answer.err
    monkeypatch.setenv("EKTP_HTTP_PORT", "none")
    assert levels(bare.ask("doctor", expect=1))["settings"] == "fail"


@pytest.mark.slow
@pytest.mark.owns_server
def test_the_doctor_finds_an_alarm(ektp: CommandLine, rabbit: PrivateRabbit) -> None:
    """A broker short of memory takes no messages, while everything else looks well."""
    rabbit.memory_alarm(on=True)
    try:
        found = levels(ektp.ask("doctor", expect=1))
    finally:
        rabbit.memory_alarm(on=False)
    assert (found["broker"], found["topology"], found["alarms"]) == ("ok", "ok", "fail")
