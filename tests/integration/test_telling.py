"""Letters on a real store through the real Apprise to real servers: each once, in patience, and no secret told."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from ektp.alerting import mutes_on
from ektp.bootstrap import Parts
from ektp.step_ports import step_ports, step_runner
from ektp.storage.alerts.mutes import Mute
from ektp.storage.engine import transaction
from tests.command_line import CommandLine, command_line
from tests.sinks import Webhook, mailbox, webhook
from tests.web_client import parts_on
from workflows.ports import Ports
from workflows.steps.kinds import KINDS

OPENED = """
insert into alerts (rule, about, office, detail) values ('stock-low', '{office}/blanko', '{office}',
    '{{"what": "blanko", "since": "2026-02-12", "left": 3}}')
"""
RECEIVERS = """
[[alerts.receivers]]
name = "desk"
url_file = "desk.url"
language = "en"
again_after = 24

[[alerts.receivers]]
name = "kudus"
url_file = "desk.url"
offices = ["33.19"]
"""


class Office:
    """A store with its receivers, and a way to let the steps that wait run now."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.ports: Ports = step_ports(parts)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask or change something behind everybody's back."""
        with transaction(self.parts.engine) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def plan(self) -> int:
        """Write the letters that are to be written."""
        return self.ports.telling.plan()

    def deliver(self) -> list[str]:
        """Run every step that waits to deliver a letter; return how each stands then."""
        self.sql("update steps set due = now() where kind = 'tell' and state = 'waiting'")
        steps: list[UUID] = [
            one for (one,) in self.sql("select id from steps where kind = 'tell' and state = 'waiting'")
        ]
        for step in steps:
            step_runner(self.parts, KINDS, 30.0).run(step)
        return [state for (state,) in self.sql("select state from steps where kind = 'tell' order by created, state")]

    def resolve(self) -> None:
        """End everything that is the matter."""
        self.sql("update alerts set resolved = now() where resolved is null")


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Give a webhook."""
    with webhook() as made:
        yield made


@pytest.fixture
def office(database_url: str, tmp_path: Path, hook: Webhook) -> Iterator[Office]:
    """Give a store with a stock that is low and two receivers."""
    (tmp_path / "ektp.toml").write_text(RECEIVERS)
    (tmp_path / "desk.url").write_text(hook.address)
    with parts_on(database_url, tmp_path, config=tmp_path / "ektp.toml") as parts:
        made = Office(parts)
        made.sql(OPENED.format(office="33.74"))
        yield made


def test_an_alert_is_told_once_and_so_is_its_end(office: Office, hook: Webhook) -> None:
    """To whoever asked for its office, however often somebody plans."""
    assert (office.plan(), office.plan()) == (1, 0)
    assert office.deliver() == ["done"]
    (told,) = hook.taken
    assert told["title"] == "[E-KTP warning] NEW: stock-low 33.74/blanko"
    assert "3 left" in told["message"]
    assert told["type"] == "warning"
    assert office.plan() == 0
    office.resolve()
    assert (office.plan(), office.plan()) == (1, 0)
    assert office.deliver() == ["done", "done"]
    assert [one["type"] for one in hook.taken] == ["warning", "success"]
    assert hook.taken[1]["title"].endswith("RESOLVED: stock-low 33.74/blanko")


def test_many_at_once_are_one_letter_to_each(office: Office, hook: Webhook) -> None:
    """Each receiver in its own language, of its own offices."""
    for code in ("33.19", "33.19.02", "33.22"):
        office.sql(OPENED.format(office=code))
    assert office.plan() == 2
    office.deliver()
    assert sorted(one["title"] for one in hook.taken) == ["[E-KTP peringatan] 2 kabar", "[E-KTP warning] 4 alerts"]


def test_a_letter_is_tried_in_patience_and_no_address_is_told(
    office: Office, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the log, nor in the step's row; and it arrives once."""
    hook.status = 503
    office.plan()
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        assert office.deliver() == office.deliver() == ["waiting"]
    assert hook.asked == 2
    assert office.sql("select last_error, attempts from steps where kind = 'tell'") == [("NotDelivered", 2)]
    written = f"{lines} {caplog.text} {office.sql('select * from steps')} {office.sql('select * from alert_messages')}"
    assert "very-secret" not in written
    assert "letter-not-taken" in written
    assert "hook" not in written
    hook.status = 200
    assert office.deliver() == office.deliver() == ["done"]
    assert len(hook.taken) == 1
    assert office.plan() == 0


def test_an_address_that_is_missing_is_waited_for(office: Office, hook: Webhook, tmp_path: Path) -> None:
    """Somebody writes the file, and the letter leaves."""
    (tmp_path / "desk.url").unlink()
    office.plan()
    assert office.deliver() == ["waiting"]
    assert office.sql("select last_error from steps where kind = 'tell'") == [("AddressMissing",)]
    (tmp_path / "desk.url").write_text("nonsense://very-secret")
    assert office.deliver() == ["waiting"]
    (tmp_path / "desk.url").write_text(hook.address)
    assert office.deliver() == ["done"]
    assert len(hook.taken) == 1


def test_what_is_over_before_it_could_be_told_is_not_told(office: Office, hook: Webhook) -> None:
    """Neither its beginning nor its end."""
    office.plan()
    office.resolve()
    assert office.deliver() == ["done"]
    assert office.plan() == 0
    assert hook.asked == 0
    assert office.sql("select sent is null, dropped is not null from alert_messages") == [(True, True)]


def test_what_is_muted_is_told_when_it_no_longer_is(office: Office, hook: Webhook) -> None:
    """Also where the letter was written already."""
    mutes = mutes_on(office.parts.engine, office.parts.audit.chain)
    mute = Mute("stock-low", "33.74/blanko", "op", "ordered")
    assert office.plan() == 1
    office.sql("insert into alert_mutes (rule, about, until, by, because)"
               " values ('stock-low', '33.74/blanko', ektp_now() + interval '1 hour', 'op', 'ordered')")  # fmt: skip
    assert office.deliver() == ["done"]
    assert office.plan() == 0
    assert mutes.unmute(mute)
    assert not mutes.unmute(mute)
    assert office.plan() == 1
    assert office.deliver() == ["done", "done"]
    assert len(hook.taken) == 1


def test_what_is_still_open_is_told_again_the_next_day(office: Office, hook: Webhook) -> None:
    """After the hours that the receiver wants."""
    office.plan()
    office.deliver()
    office.sql("update alert_messages set sent = sent - interval '24 hours'")
    assert (office.plan(), office.plan()) == (1, 0)
    office.deliver()
    assert hook.taken[1]["title"].startswith("[E-KTP warning] STILL OPEN")


def test_who_died_between_sending_and_noting_sends_the_same_letter_again(office: Office, hook: Webhook) -> None:
    """With the same number, by which a reader knows it; it is not planned a second time."""
    office.plan()
    ((letter,),) = office.sql("select distinct letter from alert_messages")
    found = office.ports.telling.letter(letter)
    assert found is not None
    assert office.ports.messenger.tell(*found)
    office.deliver()
    assert hook.taken[0]["message"] == hook.taken[1]["message"]
    assert hook.taken[0]["message"].endswith(f"Letter {str(letter)[:8]}")
    assert office.plan() == 0


def test_a_receiver_that_is_no_more_gets_nothing(office: Office, hook: Webhook) -> None:
    """Its letter is dropped."""
    office.plan()
    office.sql("update alert_messages set receiver = 'gone'")
    assert office.deliver() == ["done"]
    assert hook.asked == 0


def test_mail_arrives(office: Office, tmp_path: Path) -> None:
    """Through a server that speaks SMTP."""
    with mailbox() as box:
        (tmp_path / "desk.url").write_text(box.address)
        office.plan()
        assert office.deliver() == ["done"]
    (mail,) = box.mails
    assert "To: desk@example.invalid" in mail
    assert "stock-low 33.74/blanko" in mail


@pytest.fixture
def ektp(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> Iterator[CommandLine]:
    """Give a command line on the same store and configuration."""
    given = {"EKTP_DATABASE_URL": database_url, "EKTP_CONFIG": str(tmp_path / "ektp.toml")}
    with command_line(monkeypatch, capsys, tmp_path, **given) as made:
        yield made


def test_the_command_mutes_and_says_what_is_muted(office: Office, ektp: CommandLine) -> None:
    """An alert that is muted stays in the list, marked."""
    assert ektp("alerts", "mute", "stok", "--hours", 2, "--because", "x").code == 2
    told = ektp.ask("alerts", "mute", "stock-low", "--about", "33.74/blanko", "--hours", 2, "--because", "ordered")
    (alert,) = ektp.ask("alerts")
    assert told["until"][:19] == alert["muted_until"][:19]
    assert alert["severity"] == "warning"
    (muted,) = ektp.ask("alerts", "mutes")
    assert (muted["rule"], muted["about"], muted["because"]) == ("stock-low", "33.74/blanko", "ordered")
    assert "ordered" in ektp("alerts", "mutes").out
    assert "MUTED UNTIL" in ektp("alerts").out
    assert office.plan() == 0
    assert ektp("alerts", "unmute", "stock-low", "--because", "came").code == 1
    assert ektp("alerts", "unmute", "stock-low", "--about", "33.74/blanko", "--because", "came").code == 0
    assert ektp.ask("alerts", "mutes") == []
    assert "nothing is muted" in ektp("alerts", "mutes").out
    assert ektp.ask("alerts")[0]["muted_until"] is None
    assert office.plan() == 1


def test_a_whole_rule_is_muted_without_a_thing(office: Office, ektp: CommandLine) -> None:
    """Every alert of it, those to come too."""
    assert ektp("alerts", "mute", "stock-low", "--hours", 1, "--because", "holiday", "--by", "head").code == 0
    office.sql(OPENED.format(office="33.19"))
    assert office.plan() == 0
    assert all(one["muted_until"] for one in ektp.ask("alerts"))


@pytest.mark.usefixtures("office")
def test_a_trial_says_whether_it_was_taken(ektp: CommandLine, hook: Webhook) -> None:
    """And never where it went."""
    assert ektp("alerts", "try", "desk").code == 0
    assert hook.taken[0]["title"] == "[E-KTP] coba / trial"
    hook.status = 500
    refused = ektp("alerts", "try", "desk")
    assert refused.code == 1
    assert "very-secret" not in refused.out + refused.err
    assert ektp("alerts", "try", "nobody").code == 2


@pytest.mark.usefixtures("office")
def test_the_doctor_looks_for_the_addresses(ektp: CommandLine, tmp_path: Path) -> None:
    """And sends nothing."""
    told = [(one["level"], one["found"]) for one in ektp.ask("doctor")["checks"] if one["name"] == "receivers"]
    assert told == [("ok", "desk has an address"), ("ok", "kudus has an address")]
    (tmp_path / "desk.url").unlink()
    looked = [one["found"] for one in ektp.ask("doctor")["checks"] if one["name"] == "receivers"]
    assert "url_file" in looked[0]
    assert "very-secret" not in "".join(looked)


def test_the_rules_are_listed_with_what_to_do(ektp: CommandLine) -> None:
    """In both languages for scripts."""
    assert "Order now" in ektp("alerts", "rules").out
    (low,) = [one for one in ektp.ask("alerts", "rules") if one["rule"] == "stock-low"]
    assert low["do"]["id"].startswith("Pesan sekarang")
    assert (low["severity"], low["audience"]) == ("warning", "office")
