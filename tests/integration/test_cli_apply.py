"""Events in and answers out at the keyboard: migrate, apply, summary, show."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from ektp.storage.migrate import newest
from tests.command_line import ENVIRONMENT, CommandLine, command_line
from tests.histories import History, happy, recorded_again

STATES = (
    "recorded", "failed", "verified", "allocated", "printed", "collected", "deletion-requested", "re-recording",
    "under-review", "cancelled",
)  # fmt: skip
SHOWN = {
    "application",
    "state",
    "whose_move",
    "because",
    "attempt",
    "office",
    "resi",
    "due",
    "blanko",
    "waited",
    "history",
}
IN_HISTORY = {"id", "type", "outcome", "time", "received", "from", "to", "by"}


def test_migrate_brings_an_empty_database_to_this_release(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, empty_database_url: str
) -> None:
    """Before it every command says what to type; after it, and again, the revision is the same."""
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=empty_database_url) as ektp:
        before = ektp("summary")
        assert (before.code, before.out) == (3, "")
        assert "run `ektp migrate`" in before.err
        assert ektp.ask("migrate") == {"revision": newest(), "broker": None}
        assert ektp("migrate").out == f"{newest()}\n"
        assert ektp.ask("summary")["applications"] == 0


def test_a_database_that_is_not_there_is_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line, with the place and without the password."""
    url = "postgresql://ektp:hunter2@127.0.0.1:1/ektp"
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=url) as ektp:
        for words in (["summary"], ["migrate"], ["verify"], ["parked", "list"], ["apply", ektp.file()]):
            answer = ektp(*words)
            assert answer.code == 3, words
            assert answer.err.count("\n") == 1
            assert "127.0.0.1:1/ektp" in answer.err
            assert "hunter2" not in answer.err


def test_other_keys_than_the_database_was_written_with_are_wrong_use(
    ektp: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing on would make persons that nobody can read or find."""
    assert ektp("apply", ektp.file(*happy().events)).code == 0
    monkeypatch.setenv("EKTP_NIK_KEY", "not the one with which it all began")
    answer = ektp("apply", ektp.file(*happy().events))
    assert answer.code == 2
    assert "EKTP_NIK_KEY" in answer.err


def test_applied_lines_are_counted_and_a_second_time_repeated(ektp: CommandLine) -> None:
    """The answer has one outcome for each line, in order; the summary adds up."""
    histories = [happy(), recorded_again()]
    events = [event for history in histories for event in history.events]
    outcomes = ektp.ask("apply", ektp.file(*events))["outcomes"]
    assert outcomes == [{"id": event["id"], "outcome": "applied", "reason": None} for event in events]
    again = ektp.ask("apply", ektp.file(*events))["outcomes"]
    assert {outcome["outcome"] for outcome in again} == {"repeated"}
    told = ektp.ask("summary")
    assert tuple(told["states"]) == STATES
    assert told["states"] == {**dict.fromkeys(STATES, 0), "collected": 2}
    assert told["applications"] == 2
    assert told["events"] == {"applied": 13, "repeated": 13, "held": 0, "superseded": 0, "parked": 0}
    assert told["outbox"]["pending"] > 0


def test_bad_lines_are_named_and_stop_nothing(ektp: CommandLine) -> None:
    """Empty lines are no events; a line that cannot be is parked with its number told."""
    events = happy().events
    file = ektp.file(events[0], b"", b"{not json", events[1], b'{"specversion": "1.0"}')
    answer = ektp("apply", file)
    assert answer.code == 0
    assert answer.out == "2 applied, 2 parked\n"
    assert answer.err == "line 3: parked, not-json\nline 5: parked, missing-attribute\n"
    outcomes = ektp.ask("apply", file)["outcomes"]
    assert [outcome["outcome"] for outcome in outcomes] == ["repeated"] * 4
    assert ektp.ask("apply", ektp.file()) == {"outcomes": []}


def test_lines_come_from_standard_input_too(database_url: str, tmp_path: Path) -> None:
    """As a process of its own, at the end of a pipe."""
    environment = {**ENVIRONMENT, "EKTP_DATABASE_URL": database_url, "EKTP_HOME": str(tmp_path)}
    lines = "\n".join(map(json.dumps, happy().events)).encode()
    done = subprocess.run(
        [sys.executable, "-m", "ektp.cli.main", "apply", "-", "--json"],
        input=lines, env=environment, cwd=Path(__file__).parents[2], capture_output=True, check=True,
    )  # fmt: skip
    assert len(json.loads(done.stdout)["outcomes"]) == 5
    assert done.stderr == b""


def test_show_tells_everything_about_an_application_but_the_person(ektp: CommandLine) -> None:
    """By its number or by the code on the receipt; history oldest first."""
    history = happy()
    ektp("apply", ektp.file(*history.events))
    told = ektp.ask("show", history.application)
    assert set(told) >= SHOWN
    assert all(set(row) >= IN_HISTORY for row in told["history"])
    assert (told["state"], told["whose_move"], told["because"]) == ("collected", "nobody", "collected")
    assert told["blanko"] == history.blanko()
    assert [row["id"] for row in told["history"]] == [event["id"] for event in history.events]
    assert [row["from"] for row in told["history"]] == [None, "recorded", "verified", "allocated", "printed"]
    assert told["history"][1]["by"] == "centre"
    assert ektp.ask("show", told["resi"].lower()) == told
    assert history.nik not in json.dumps(told)
    assert ektp("show", history.application).code == 0


def test_show_tells_what_is_held_and_what_it_waits_for(ektp: CommandLine) -> None:
    """An event that came before its predecessor is not lost, and is seen."""
    history = happy()
    ektp("apply", ektp.file(history.events[0], history.events[4]))
    told = ektp.ask("show", history.application)
    assert (told["state"], told["blanko"]) == ("recorded", None)
    assert [(row["type"], row["waits_for"]) for row in told["held"]] == [
        ("id.ektp.collected.v1", "waits-for-allocation")
    ]
    assert "waits-for-allocation" in ektp("show", history.application).out


def test_an_unknown_application_is_exit_code_1(ektp: CommandLine) -> None:
    """And where only events without their recording came, it says so."""
    for name in (uuid4(), "ABCD-EFGH-JKMN", "no such thing"):
        answer = ektp("show", name)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith("ektp: there is no application")
    early = History().verified()
    ektp("apply", ektp.file(*early.events))
    answer = ektp("show", early.application)
    assert answer.code == 1
    assert "1 of its events is held (waits-for-recording)" in answer.err


def test_a_sample_goes_in_as_it_is(ektp: CommandLine) -> None:
    """What `ektp sample` prints is an event that anybody can send."""
    first = json.loads(ektp("sample", "recorded").out)
    then = json.loads(ektp("sample", "data-verified", "--subject", first["subject"]).out)
    assert [one["outcome"] for one in ektp.ask("apply", ektp.file(first, then))["outcomes"]] == ["applied"] * 2
    another = json.loads(ektp("sample", "recorded", "--data", '{"office": "33.74", "name": null}').out)
    assert another["data"]["office"] == "33.74"
    assert "name" not in another["data"]


@pytest.mark.slow
def test_without_a_database_url_the_embedded_one_is_started_and_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """Nothing has to be installed or configured for the first try."""
    with command_line(monkeypatch, capsys, home) as ektp:
        assert ektp("apply", ektp.file(*happy().events)).out == "5 applied\n"
        assert ektp.ask("summary")["states"]["collected"] == 1
        assert ektp("queues").out.startswith("outbox: ")
    assert not (home / "home" / "postgresql" / "server" / "data" / "postmaster.pid").exists()
