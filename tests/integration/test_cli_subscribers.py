"""Subscribers at the keyboard, on a real broker: added, paused, mended, renewed, removed, each told to the audit."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pika.exceptions
import pytest
from sqlalchemy import Engine

from tests.amqp_client import Client
from tests.command_line import CommandLine, command_line
from tests.conftest import Eventually
from tests.histories import History
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import channel, named, own_url, read

PRINTED = "application-printed"


@pytest.fixture
def settings(amqp_url: str, rabbit: PrivateRabbit) -> dict[str, str]:
    """Give the settings of a broker with its management interface."""
    return {"EKTP_BROKER_URL": amqp_url, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}


@pytest.fixture
def name(rabbit: PrivateRabbit) -> Iterator[str]:
    """Give a name that no other test has."""
    with named(rabbit, "sms") as names:
        yield names[0]


def notice(number: int) -> bytes:
    """Return a notice of the test's own."""
    return json.dumps({"id": str(number), "subject": "x", "sequence": str(number)}).encode()


def test_a_subscriber_hears_what_it_was_registered_for_and_nothing_else(
    ektp: CommandLine, name: str, amqp_url: str, rabbit: PrivateRabbit
) -> None:
    """By a quorum queue with one reader at a time; the password is shown once."""
    told = ektp.ask("subscribers", "add", name, "--notices", f"{PRINTED},review-opened", "--office", "33.74")
    assert set(told) == {"subscriber", "notices", "offices", "user", "password", "queue", "broker"}
    assert (told["user"], told["queue"]) == (name, f"ektp.subscribers.{name}")
    client = Client(amqp_url)
    client.send(f"{PRINTED}.33.74", notice(1), exchange="ektp.notices")
    client.send(f"{PRINTED}.33.74.10", notice(2), exchange="ektp.notices")
    for key in (f"{PRINTED}.33.19", "application-failed.33.74", f"{PRINTED}.33.7"):
        with pytest.raises(pika.exceptions.UnroutableError):
            client.send(key, notice(3), exchange="ektp.notices")
    client.send("review-opened.33.74.12", notice(4), exchange="ektp.notices")
    heard = [body["id"] for _, body in read(own_url(told), told["queue"], 3)]
    assert heard == ["1", "2", "4"]
    client.close()
    queue = rabbit.queues(amqp_url)[told["queue"]]
    assert (queue["type"], queue["arguments"]["x-single-active-consumer"]) == ("quorum", True)
    (listed,) = ektp.ask("subscribers", "list")
    assert (listed["subscriber"], listed["offices"], listed["wrong"]) == (name, ["33.74"], [])
    assert told["password"] not in json.dumps(listed)
    assert ektp("subscribers", "add", name, "--notices", "all").code == 1
    (act,) = ektp.ask("audit", "list")
    assert (act["what"], act["about"]) == ("subscriber-added", name)
    assert act["detail"] == {"notices": f"{PRINTED} review-opened", "offices": "33.74"}


def test_its_account_reads_its_own_queue_and_can_do_nothing_else(
    ektp: CommandLine, rabbit: PrivateRabbit, amqp_url: str
) -> None:
    """Neither publish, nor bind, declare or delete, nor read another's; a fifth connection is refused."""
    with named(rabbit, "sms", "other") as (name, other):
        told = ektp.ask("subscribers", "add", name, "--notices", "all")
        ektp.ask("subscribers", "add", other, "--notices", "all")
        mine, theirs = told["queue"], f"ektp.subscribers.{other}"
        attempts: dict[str, Callable[[Any], object]] = {
            "read another's": lambda to: to.basic_consume(theirs, print),
            "read the intake": lambda to: to.basic_consume("ektp.intake", print),
            "publish a notice": lambda to: (to.basic_publish("ektp.notices", "x.33", b"{}"), to.queue_purge(mine)),
            "publish to another": lambda to: (to.basic_publish("", theirs, b"{}"), to.queue_purge(mine)),
            "bind its queue to requests": lambda to: to.queue_bind(mine, "ektp.requests", "#"),
            "unbind its queue": lambda to: to.queue_unbind(mine, "ektp.notices", "#"),
            "declare a queue": lambda to: to.queue_declare("own"),
            "delete its queue": lambda to: to.queue_delete(mine),
            "delete another's": lambda to: to.queue_delete(theirs),
        }
        answered = {}
        for what, act in attempts.items():
            try:
                with channel(own_url(told)) as to:
                    act(to)
                answered[what] = 0
            except pika.exceptions.ChannelClosedByBroker as closed:
                answered[what] = closed.reply_code
        assert answered == dict.fromkeys(attempts, 403)
        with ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(channel(own_url(told)))
            with pytest.raises(pika.exceptions.AMQPError, match="connection limit"):
                stack.enter_context(channel(own_url(told)))


def test_a_paused_subscriber_reads_nothing_and_loses_nothing(
    ektp: CommandLine, name: str, amqp_url: str, eventually: Eventually, rabbit: PrivateRabbit
) -> None:
    """Its open connection ends, and what comes meanwhile is there when it may read again."""
    told = ektp.ask("subscribers", "add", name, "--notices", "all")
    client = Client(amqp_url)
    reading = pika.BlockingConnection(pika.URLParameters(own_url(told)))
    eventually(lambda: any(one["user"] == name for one in rabbit.ask("GET", "connections")))
    ektp.ask("subscribers", "pause", name, "--because", "it drowns")
    with pytest.raises(pika.exceptions.AMQPError):
        reading.channel().basic_get(told["queue"])
    client.send(f"{PRINTED}.33.74", notice(1), exchange="ektp.notices")
    with pytest.raises(pika.exceptions.ChannelClosedByBroker), channel(own_url(told)) as again:
        again.basic_consume(told["queue"], print)
    (listed,) = ektp.ask("subscribers", "list")
    assert (listed["because"], listed["wrong"]) == ("it drowns", [])
    assert listed["paused"] is not None
    ektp.ask("subscribers", "renew", name)
    (listed,) = ektp.ask("subscribers", "list")
    assert (listed["paused"] is not None, listed["wrong"]) == (True, [])
    renewed = ektp.ask("subscribers", "renew", name)
    ektp.ask("subscribers", "resume", name)
    assert [body["id"] for _, body in read(own_url(renewed), told["queue"], 1)] == ["1"]
    with pytest.raises(pika.exceptions.AMQPError), channel(own_url(told)):
        pass
    client.close()
    acts = [row["what"] for row in ektp.ask("audit", "list")]
    assert acts == [f"subscriber-{what}" for what in ("resumed", "renewed", "renewed", "paused", "added")]


def test_one_for_which_something_waits_is_removed_by_force_only(
    ektp: CommandLine, name: str, amqp_url: str, rabbit: PrivateRabbit
) -> None:
    """Then account and queue are gone, and its name is nobody's."""
    ektp.ask("subscribers", "add", name, "--notices", "all")
    client = Client(amqp_url)
    client.send(f"{PRINTED}.33.74", notice(1), exchange="ektp.notices")
    client.close()
    refused = ektp("subscribers", "remove", name, "--because", "closed")
    assert (refused.code, "--force" in refused.err) == (1, True)
    ektp.ask("subscribers", "remove", name, "--because", "closed", "--force")
    assert f"ektp.subscribers.{name}" not in rabbit.queues(amqp_url)
    assert rabbit.ask("GET", f"users/{name}", missing_ok=True) is None
    assert ektp.ask("subscribers", "list") == []
    assert ektp("subscribers", "add", name, "--notices", "all").code == 1
    for words in (("mend",), ("resume",), ("renew",), ("show",), ("pause", "--because", "x")):
        answer = ektp("subscribers", words[0], name, *words[1:])
        assert (answer.code, "there is no subscriber" in answer.err) == (1, True)


def test_a_name_is_given_once_and_never_to_somebody_else(ektp: CommandLine, name: str, rabbit: PrivateRabbit) -> None:
    """Neither to a subscriber and a station, nor to another user of the broker, of whom nothing is changed."""
    station = name.replace("-", "_")
    try:
        ektp.ask("stations", "add", station, "--role", "station", "--office", "33.74")
    finally:
        rabbit.ask("DELETE", f"users/{station}", missing_ok=True)
    rabbit.ask("PUT", f"users/{name}", {"password": "p", "tags": "monitoring"})
    refused = ektp("subscribers", "add", name, "--notices", "all")
    assert (refused.code, "tags" in refused.err) == (1, True)
    assert rabbit.ask("GET", f"users/{name}")["tags"] in ("monitoring", ["monitoring"])
    assert ektp.ask("subscribers", "list") == []


@pytest.mark.parametrize(
    "words",
    [
        ("add", "sm", "--notices", "all"),
        ("add", "sms-a", "--notices", "printed"),
        ("add", "sms-a", "--notices", "all", "--office", "99"),
        ("replay", "sms-a", "--because", "x"),
        ("replay", "sms-a", "--because", "x", "--since", "yesterday"),
        ("replay", "sms-a", "--because", "x", "--since", "2026-02-12", "--from-sequence", "2"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(ektp: CommandLine, words: tuple[str, ...]) -> None:
    """Exit 2, one line, and nothing was made."""
    answer = ektp("subscribers", *words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)


def test_without_a_management_interface_an_account_is_written_for_import(
    ektp: CommandLine, name: str, rabbit: PrivateRabbit, amqp_url: str, tmp_path: Path
) -> None:
    """The file holds no password; imported it is the same account, queue and bindings."""
    file = tmp_path / "account.json"
    told = ektp.ask("subscribers", "add", name, "--notices", PRINTED, "--office", "33", "--definitions", file)
    assert told["password"] not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    (listed,) = ektp.ask("subscribers", "list")
    assert len(listed["wrong"]) == 2
    ektp.ask("stations", "list")
    document = json.loads(file.read_text())
    limits = document["users"][0].pop("limits")
    rabbit.ask("PUT", f"exchanges/{vhost_of(amqp_url)}/ektp.notices", {"type": "topic", "durable": True})
    rabbit.ask("POST", "definitions", document)
    assert limits == {"max-connections": 4, "max-channels": 8}
    (listed,) = ektp.ask("subscribers", "list")
    assert listed["wrong"] == []
    client = Client(amqp_url)
    client.send(f"{PRINTED}.33.74", notice(1), exchange="ektp.notices")
    client.close()
    assert len(read(own_url(told), told["queue"], 1)) == 1


def test_what_the_audit_does_not_keep_was_not_done(ektp: CommandLine, name: str, engine: Engine) -> None:
    """Nobody is registered without a note of it."""
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table audit add constraint full_ check (seq < 1)")
    assert ektp("subscribers", "add", name, "--notices", "all").code == 1
    assert ektp.ask("subscribers", "list") == []


def test_the_doctor_looks_at_them_too(ektp: CommandLine, name: str, amqp_url: str, rabbit: PrivateRabbit) -> None:
    """None, one that is well, one whose queue was deleted."""

    def found() -> tuple[str, str]:
        checks = ektp("doctor", "--json").json["checks"]
        (one,) = (check for check in checks if check["name"] == "subscribers")
        return one["level"], one["found"]

    assert found() == ("ok", "there is none")
    ektp.ask("subscribers", "add", name, "--notices", "all")
    assert found() == ("ok", "1, each bound as it was registered")
    rabbit.ask("DELETE", f"queues/{vhost_of(amqp_url)}/ektp.subscribers.{name}")
    assert found() == ("fail", f"{name}: queue ektp.subscribers.{name} is missing")
    ektp.ask("subscribers", "mend", name)
    assert found()[0] == "ok"


def test_one_is_sent_once_more_what_is_asked_for(ektp: CommandLine, name: str) -> None:
    """From a time, or of one application by its resi; who asked and why stands beside it, in words as well."""
    ektp.ask("subscribers", "add", name, "--notices", "all")
    card = History().recorded()
    ektp.ask("apply", ektp.file(*card.events))
    resi = ektp.ask("show", card.application)["resi"]
    replay = ("subscribers", "replay", name, "--because", "it was away")
    since = ektp.ask(*replay, "--since", "2026-02-12T08:00+07:00")
    assert (since["from"], since["because"], since["ended"]) == ("2026-02-12T01:00:00Z", "it was away", None)
    series = ektp.ask(*replay, "--application", resi, "--from-sequence", 3)
    assert series["from"] == f"{card.application} 3"
    assert ektp(*replay, "--application", "XXX-YYY-ZZZ").code == 1
    shown = ektp.ask("subscribers", "show", name)
    assert [one["replay"] for one in shown["replays"]] == [series["replay"], since["replay"]]
    assert shown["replaying"] == since["replay"]
    told = ektp("subscribers", "show", name)
    assert (told.code, "it was away" in told.out, resi in told.out) == (0, True, False)
    listed = ektp("subscribers", "list")
    assert (listed.code, name in listed.out) == (0, True)
    acts = [row["detail"] for row in ektp.ask("audit", "list") if row["what"] == "subscriber-replayed"]
    assert [act["because"] for act in acts] == ["it was away", "it was away"]


def test_without_a_broker_a_command_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    """Exit 3 and one line."""
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url) as ektp:
        for words in (("list",), ("add", "sms-a", "--notices", "all"), ("mend", "sms-a")):
            answer = ektp("subscribers", *words)
            assert (answer.code, "EKTP_BROKER_URL" in answer.err) == (3, True)
