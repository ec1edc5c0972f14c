"""Accounts at the keyboard: added, listed, renewed and revoked, and looked over by the doctor."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ektp.accounts import without_credentials
from ektp.storage.engine import engine_for
from ektp.storage.stations.stations import PostgresStations
from tests.command_line import CommandLine
from tests.servers.rabbit import PrivateRabbit, vhost_of


@pytest.fixture
def settings(amqp_url: str, rabbit: PrivateRabbit) -> dict[str, str]:
    """Give the settings of a broker with its management interface."""
    return {"EKTP_BROKER_URL": amqp_url, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}


@pytest.fixture
def name(rabbit: PrivateRabbit) -> Iterator[str]:
    """Give a name that no other test has, and take its account away."""
    mine = f"st_{secrets.token_hex(4)}"
    yield mine
    rabbit.ask("DELETE", f"users/{mine}", missing_ok=True)


def accounts(ektp: CommandLine) -> dict[str, Any]:
    """Return what the doctor says of the accounts."""
    answer = ektp("doctor", "--json")
    return next(check for check in answer.json["checks"] if check["name"] == "accounts")


def test_a_station_is_added_with_everything_it_needs_to_enrol(
    ektp: CommandLine, name: str, amqp_url: str, database_url: str
) -> None:
    """Its token and its secret are kept as digest and sealed, its password nowhere."""
    told = ektp.ask("stations", "add", name, "--role", "data-centre", "--office", "all")
    assert set(told) == {
        "station", "role", "office", "user", "password", "token", "secret", "broker", "http"
    }  # fmt: skip
    assert (told["role"], told["office"], told["user"]) == ("centre", "all", name)
    assert (told["broker"], told["http"]) == (without_credentials(amqp_url), "http://127.0.0.1:8374")
    assert told["token"].startswith("ektp_st_")
    assert told["secret"].startswith("whsec_")
    engine = engine_for(database_url)
    found = PostgresStations(engine).by_token(told["token"])
    assert found is not None
    assert (found.name, found.office) == (name, "")
    engine.dispose()
    (listed,) = ektp.ask("stations", "list")
    assert (listed["station"], listed["role"], listed["office"], listed["revoked"]) == (name, "centre", "all", None)
    assert not any(told[secret] in json.dumps(listed) for secret in ("password", "token", "secret"))


def test_an_account_at_the_broker_has_no_more_rights_than_it_needs(
    ektp: CommandLine, name: str, rabbit: PrivateRabbit, amqp_url: str
) -> None:
    """One user without a tag, its role's keys, its own feedback."""
    ektp.ask("stations", "add", name, "--role", "printer", "--office", "33.74")
    assert rabbit.ask("GET", f"users/{name}")["tags"] in ("", [])
    (granted,) = rabbit.ask("GET", f"users/{name}/permissions")
    assert (granted["configure"], granted["write"]) == ("^$", r"^ektp\.events$")
    assert granted["read"] == rf"^ektp\.feedback\.{name}$"
    (topic,) = rabbit.ask("GET", f"users/{name}/topic-permissions")
    events = "card-destroyed|print-failed|print-voided|printed|supply-loaded"
    assert (topic["exchange"], topic["read"]) == ("ektp.events", "^$")
    assert topic["write"] == rf"^({events})\.{name}(\.late)?\z"
    queue = rabbit.queues(amqp_url)[f"ektp.feedback.{name}"]
    assert (queue["type"], queue["arguments"]["x-max-length"]) == ("quorum", 10_000)


def test_a_name_is_given_once_and_never_to_somebody_else(ektp: CommandLine, name: str, rabbit: PrivateRabbit) -> None:
    """Neither a station's nor another user's of the broker; nothing of either is changed."""
    told = ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
    again = ektp("stations", "add", name, "--role", "centre", "--office", "all")
    assert again.code == 1
    assert "--renew" in again.err
    before = rabbit.ask("GET", f"users/{name}")
    other = f"{name}x"
    rabbit.ask("PUT", f"users/{other}", {"password": "p", "tags": "monitoring"})
    try:
        refused = ektp("stations", "add", other, "--role", "station", "--office", "33.74.10")
        assert refused.code == 1
        assert "tags" in refused.err
        assert rabbit.ask("GET", f"users/{other}")["tags"] in ("monitoring", ["monitoring"])
    finally:
        rabbit.ask("DELETE", f"users/{other}")
    assert rabbit.ask("GET", f"users/{name}") == before
    assert [row["station"] for row in ektp.ask("stations", "list")] == [told["station"]]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ab", "--role", "station", "--office", "all"), 2),
        (("st.b", "--role", "station", "--office", "all"), 2),
        (("3374106508990001", "--role", "station", "--office", "all"), 2),
        (("st_a", "--role", "king", "--office", "all"), 2),
        (("st_a", "--role", "station", "--office", "99.99"), 2),
        (("st_a", "--role", "station"), 2),
        (("st_never_added", "--renew"), 1),
    ],
)
def test_what_cannot_be_a_station_is_refused(ektp: CommandLine, words: tuple[str, ...], code: int) -> None:
    """With what is wrong, and nothing is written down."""
    assert ektp("stations", "add", *words).code == code
    assert ektp.ask("stations", "list") == []


def test_revoked_and_renewed(ektp: CommandLine, name: str, rabbit: PrivateRabbit, amqp_url: str) -> None:
    """Revoking may be done again; renewing keeps who it is and gives all new credentials."""
    first = ektp.ask("stations", "add", name, "--role", "counter", "--office", "33.74", "--silent-after", "4")
    for because in ("lost", "lost again"):
        assert ektp.ask("stations", "revoke", name, "--because", because) == {"station": name, "revoked": True}
    (listed,) = ektp.ask("stations", "list")
    assert (listed["because"], listed["silent_after"]) == ("lost", 4)
    assert f"ektp.feedback.{name}" not in rabbit.queues(amqp_url)
    second = ektp.ask("stations", "add", name, "--renew")
    assert (second["role"], second["office"]) == ("counter", "33.74")
    assert not {second[key] for key in ("password", "token", "secret")} & {*first.values()}
    (listed,) = ektp.ask("stations", "list")
    assert (listed["revoked"], listed["because"], listed["silent_after"]) == (None, None, 4)
    assert ektp("stations", "revoke", "st_never_added", "--because", "lost").code == 1


def test_without_the_management_interface_nothing_is_added_but_revoking_counts(
    ektp: CommandLine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 says what is missing; a revoked station's events are refused all the same."""
    ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
    monkeypatch.setenv("EKTP_BROKER_MANAGEMENT_URL", "http://guest:hunter2@127.0.0.1:1")
    refused = ektp("stations", "add", f"{name}y", "--role", "station", "--office", "33.74.10")
    assert refused.code == 3
    assert "rabbitmq_management" in refused.err
    assert "hunter2" not in refused.err
    answer = ektp("stations", "revoke", name, "--because", "stolen from 3374106508999001")
    assert answer.code == 3
    assert "its events are refused" in answer.err
    (listed,) = ektp.ask("stations", "list")
    assert listed["because"] == "stolen from 337410**********"
    assert accounts(ektp)["level"] == "look"


def test_an_account_as_definitions_is_the_same_account(
    ektp: CommandLine, name: str, rabbit: PrivateRabbit, amqp_url: str, tmp_path: Path
) -> None:
    """For a broker without the management interface; the password is its hash there."""
    ektp.ask("migrate")
    file = tmp_path / "account.json"
    told = ektp.ask("stations", "add", name, "--role", "warehouse", "--office", "33.74", "--definitions", file)
    assert file.stat().st_mode & 0o077 == 0
    assert told["password"] not in file.read_text()
    rabbit.ask("POST", "definitions", json.loads(file.read_text()))
    assert accounts(ektp)["level"] == "ok"
    assert f"ektp.feedback.{name}" in rabbit.queues(amqp_url)


@pytest.mark.parametrize(
    "fault",
    [
        ("DELETE", "topic-permissions/{vhost}/{name}", None, "no topic permission"),
        ("PUT", "topic-permissions/{vhost}/{name}", {"exchange": "ektp.events", "write": ".*", "read": "^$"},
         "another topic permission"),
        ("PUT", "permissions/{vhost}/{name}", {"configure": "^$", "write": ".*", "read": "^$"}, "other permissions"),
        ("PUT", "users/{name}", {"password": "p", "tags": "management"}, "the tags management"),
        ("PUT", "users/{name}", {"password": "p", "tags": "impersonator"}, "it can send as any station"),
    ],
)  # fmt: skip
def test_the_doctor_finds_an_account_with_other_rights(
    ektp: CommandLine, name: str, rabbit: PrivateRabbit, amqp_url: str, fault: tuple[str, str, Any, str]
) -> None:
    """And with `--renew` everything is as it should be again, but for a tag, which a person has to take away."""
    assert accounts(ektp)["found"].startswith("no station was added")
    ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
    assert accounts(ektp)["level"] == "ok"
    method, path, body, words = fault
    rabbit.ask(method, path.format(vhost=vhost_of(amqp_url), name=name), body)
    found = accounts(ektp)
    assert found["level"] == "fail"
    assert f"{name} " in found["found"]
    assert words in found["found"]
    renewed = ektp("stations", "add", name, "--renew", "--json")
    assert renewed.code == (1 if "tags" in json.dumps(body) else 0)
    assert accounts(ektp)["level"] == ("fail" if renewed.code else "ok")


def test_the_doctor_finds_a_revoked_station_that_still_has_an_account(
    ektp: CommandLine, name: str, rabbit: PrivateRabbit
) -> None:
    """As it is when the broker was away while it was revoked."""
    ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
    ektp.ask("stations", "revoke", name, "--because", "stolen from 3374106508999001")
    rabbit.ask("PUT", f"users/{name}", {"password": "p", "tags": ""})
    assert "was revoked and still has an account" in accounts(ektp)["found"]
    ektp.ask("stations", "revoke", name, "--because", "stolen from 3374106508999001")
    assert accounts(ektp)["level"] == "ok"


def test_without_a_broker_a_station_gets_what_it_needs_for_http(
    ektp: CommandLine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No user and no password, and nothing to look over at a broker."""
    monkeypatch.delenv("EKTP_BROKER_URL")
    told = ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
    assert (told["user"], told["password"], told["broker"]) == (None, None, None)
    assert told["token"]
    assert accounts(ektp)["found"] == "1 stations, all over HTTP"
    assert ektp.ask("stations", "revoke", name, "--because", "closed") == {"station": name, "revoked": True}
