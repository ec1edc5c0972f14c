"""Messages as people see them: page, API and command line; nobody's address, and nothing of another office."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from ektp.reading.audit import audit_rows
from ektp.reading.messages import by_hand, counts, messages
from ektp.reading.snapshot import snapshot
from ektp.verification.messages import residents_are_told
from tests.command_line import CommandLine
from tests.histories import History
from tests.residents import Residents, residents_on, with_contact
from tests.visitor import token_of
from tests.web_client import WebClient, served
from workflows.messages import TOLD

ADDRESS = "+62811555123"


@pytest.fixture
def residents(database_url: str, tmp_path: Path) -> Iterator[Residents]:
    """Give a store with somebody who was told and somebody who has no contact."""
    with residents_on(database_url, tmp_path) as made:
        made.tell(with_contact(History(7101).recorded(), address=ADDRESS), nobody())
        made.plan()
        made.deliver()
        yield made


@pytest.fixture
def web(residents: Residents) -> Iterator[WebClient]:
    """Give the server over it."""
    with served(residents.parts) as client:
        yield client


def nobody() -> History:
    """Return somebody without a contact, of a kelurahan, who has to come again."""
    history = History(7102).recorded()
    history.events[-1]["data"]["kelurahan"] = "Sumurboto"
    return history.failed("ENROLL_FAILURE_AT_CENTRAL").deleted()


def test_the_page_counts_lists_and_reads_out_and_names_no_address(residents: Residents, web: WebClient) -> None:
    """How many by state, who is left, and each text in every language."""
    page = web.get("/messages")
    assert page.status == 200
    assert "Sent: 1" in page.text
    assert "No contact: 3" in page.text
    assert "Sumurboto" in page.text
    for language in ("Bahasa Indonesia", "English", "Basa Jawa"):
        assert f"<h3>{language}</h3>" in page.text
    assert "panjenengan" in page.text
    assert "811555" not in page.text
    for notice in TOLD:
        assert web.get(f"/messages?text={notice}&notice={notice}").status == 200
    assert "Nothing matches" in web.get("/messages?state=bounced").text
    assert web.get("/messages?state=lost").status == 422
    ((application,),) = residents.sql("select application from messages where state = 'sent'")
    shown = web.get(f"/applications/{application}").text
    assert "Messages to the resident" in shown
    assert "1 application-recorded</th><td>Sent" in shown
    assert "811555" not in shown


def test_who_is_left_is_a_list_to_carry_with_the_last_word_only(residents: Residents, web: WebClient) -> None:
    """Resi, kelurahan, notice; whoever is told by a new contact or has the card is on it no more."""
    taken = web.get("/messages/by-hand.csv")
    (row,) = csv.DictReader(io.StringIO(taken.text))
    assert (row["kelurahan"], row["notice"], row["state"]) == ("Sumurboto", "re-recording-required", "nobody")
    assert len(row["resi"]) == 14
    other = WebClient(web.address, token_of(residents.parts, "kudus", "operator", office="33.19"))
    assert list(csv.DictReader(io.StringIO(other.get("/messages/by-hand.csv").text))) == []
    assert "Sumurboto" not in other.get("/messages").text
    with snapshot(residents.parts.engine) as connection:
        assert [len(messages(connection, one)) for one in ((), ("33.74",), ("33.74.10",), ("33.7",))] == [4, 4, 4, 0]
        assert counts(connection, ("33.19",))["state"]["sent"] == 0
        assert len(list(by_hand(connection, ("33.74",)))) == 1
    again = nobody()
    ((again.application,),) = residents.sql("select distinct application from messages where state = 'nobody'")
    again.events.clear()
    residents.tell(with_contact(again.recorded(2), address="+62811555124"))
    residents.plan()
    residents.deliver()
    assert len(web.get("/messages/by-hand.csv").text.splitlines()) == 1


def test_the_newest_of_those_who_are_left_are_told_first(residents: Residents) -> None:
    """A page has some of them; and a list is narrowed by all that is asked for at once."""
    later = History(7103).recorded().failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    residents.tell(later)
    residents.plan()
    residents.deliver()
    with snapshot(residents.parts.engine) as connection:
        left = list(by_hand(connection))
        assert len(left) == 2
        assert [one["at"] for one in by_hand(connection, newest=1)] == [max(one["at"] for one in left)]
        narrowed = messages(connection, state="nobody", notice="application-recorded", application=later.application)
        assert [(one["application"], one["notice"]) for one in narrowed] == [
            (str(later.application), "application-recorded")
        ]
        assert messages(connection, state="sent", application=later.application) == []


def test_a_gateways_program_says_what_came_back(residents: Residents, web: WebClient) -> None:
    """Once is enough; it is in the audit by its name, and of another office there is no such message."""
    ((message,),) = residents.sql("select id from messages where state = 'sent'")
    path = f"/api/v1/messages/{message}/bounced"
    other = WebClient(web.address, token_of(residents.parts, "kudus", "operator", office="33.19"))
    assert other.ask("POST", path, None).status == 404
    viewer = WebClient(web.address, token_of(residents.parts, "viewer", "viewer"))
    assert viewer.ask("POST", path, None).status == 403
    gateway = WebClient(web.address, token_of(residents.parts, "sms", "operator", office="33.74"))
    for _ in range(2):
        answer = gateway.ask("POST", f"{path}?because=550", None)
        assert (answer.status, answer.json["state"], answer.json["because"]) == (200, "bounced", "550")
    with snapshot(residents.parts.engine) as connection:
        noted = [row for row in audit_rows(connection) if row["what"] == "message-bounced"]
    assert [(row["actor"], row["about"]) for row in noted] == [("token/sms", str(message))]
    assert gateway.ask("POST", f"{path}?because=3374106508990001", None).status == 422


def test_the_command_line_lists_stops_and_resumes(residents: Residents, ektp: CommandLine) -> None:
    """Each in words and as JSON; what is wrong is said in one line."""
    found = ektp.ask("messages", "list", "--state", "sent")
    message, application = found[0]["message"], found[0]["application"]
    assert ektp.ask("messages", "show", message)["notice"] == "application-recorded"
    assert ektp.ask("messages", "by-hand")[0]["kelurahan"] == "Sumurboto"
    assert "Sumurboto" in ektp("messages", "by-hand", "--csv").out
    assert ektp("messages", "stop", application, "--by", "loket").code == 0
    assert residents.sql("select why, by, ended is null from message_stops") == [("asked", "loket", True)]
    assert ektp("messages", "resume", application).code == 0
    assert residents.sql("select ended is null from message_stops") == [(False,)]
    assert ektp("messages", "bounce", message, "--because", "550").code == 0
    assert ektp("messages", "bounce", message, "--because", "550").code == 1
    assert ektp("messages", "show", str(UUID(int=1))).code == 1
    assert ektp("messages", "list", "--state", "lost").code == 2
    assert "panjenengan" in ektp("messages", "preview", "application-failed", "--language", "jv").out
    for wrong in (("no-notice",), ("application-failed", "--language", "xx"), ("application-failed", "--office", "99")):
        assert ektp("messages", "preview", *wrong).code == 2


def test_the_doctor_looks_at_the_gateways(ektp: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether each URL can be read here, and has a place for the resident's address; it sends nothing."""

    def looked() -> list[tuple[str, str]]:
        return [(one["level"], one["found"]) for one in ektp.ask("doctor")["checks"] if one["name"] == "gateways"]

    assert looked() == [("ok", "messages to residents are written to files: docs/messages.md")]
    config = tmp_path / "gateways.toml"
    config.write_text('[messages.gateways.sms]\nurl_env = "EKTP_SMS"\na_minute = 30\n')
    monkeypatch.setenv("EKTP_CONFIG", str(config))
    ((level, found),) = looked()
    assert (level, "messages.gateways sms: EKTP_SMS is not set" in found) == ("look", True)
    monkeypatch.setenv("EKTP_SMS", "json://very-secret@127.0.0.1")
    ((level, found),) = looked()
    assert (level, "does not say where" in found, "very-secret" in found) == ("look", True, False)
    monkeypatch.setenv("EKTP_SMS", "json://very-secret@127.0.0.1/{address}")
    assert looked() == [("ok", "sms has an address, 30 a minute")]


def test_verify_finds_a_message_that_is_not_there(residents: Residents) -> None:
    """A notice that should be told, a message that nobody carries, and one that ended without an end."""

    def violations() -> dict[str, int]:
        with snapshot(residents.parts.engine) as connection:
            return {one.name: one.violations for one in residents_are_told(connection, lambda _: None)}

    assert violations() == {"messages-are-one-for-a-fact": 0, "notices-are-told": 0}
    residents.sql("delete from messages where state = 'sent'")
    residents.sql("update messages set state = 'sent' where notice = 'application-failed'")
    residents.sql("delete from steps where key = (select 'message/' || id::text from messages where sequence = 3)")
    assert violations() == {"messages-are-one-for-a-fact": 2, "notices-are-told": 1}
