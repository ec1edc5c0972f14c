"""The station's commands as a person types them, with a real broker at the other end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ektp.broker.topology import INTAKE_QUEUE
from tests.amqp_client import Client, client
from tests.command_line import CommandLine, command_line
from tests.station_home import STATION, invitation, recording


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line on a laptop: it knows neither database nor broker."""
    for name in ("EKTP_STATION_KEY", "EKTP_STATION_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


@pytest.fixture
def intake(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as reader:
        yield reader


def enroll(ektp: CommandLine, folder: Path, url: str, **instead: Any) -> dict[str, Any]:
    """Enrol with what the centre has printed."""
    file = folder / "invitation.json"
    file.write_text(json.dumps(invitation(url, **instead)))
    return dict(ektp.ask("station", "enroll", file))


def test_a_day_of_a_station(ektp: CommandLine, tmp_path: Path, amqp_url: str, intake: Client) -> None:
    """Enrolled, recorded offline, closed, sent; status tells how it stands each time."""
    told = enroll(ektp, tmp_path, amqp_url)
    assert (told["station"], told["role"], told["way"]) == (STATION, "station", "amqp")
    receipts = ektp.ask("station", "record", ektp.file(recording(), recording()))
    assert [one["sequence"] for one in receipts] == [1, 2]
    assert set(receipts[0]) == {"application", "resi", "id", "sequence"}
    assert ektp.ask("station", "close")["count"] == 2
    before = ektp.ask("station", "status")
    assert (before["unsent"], before["last_contact"], before["key"], before["clock"]) == (3, None, "in place", None)
    sent = ektp.ask("station", "flush")
    assert (sent["confirmed"], sent["unsent"]) == (3, 0)
    after = ektp.ask("station", "status")
    assert (after["unsent"], after["oldest"], after["confirmed_today"], after["sequence"]) == (0, None, 3, 3)
    assert after["last_contact"] is not None
    assert [json.loads(body)["type"] for body in intake.take_all(INTAKE_QUEUE)] == [
        "id.ektp.recorded.v1", "id.ektp.recorded.v1", "id.ektp.station-day-closed.v1",
    ]  # fmt: skip
    assert ektp.ask("station", "flush", "--since", before["oldest"])["confirmed"] == 3


def test_nothing_secret_is_shown_or_lies_open(ektp: CommandLine, tmp_path: Path, amqp_url: str) -> None:
    """Not in an answer, not to other accounts of the machine."""
    said = json.dumps(enroll(ektp, tmp_path, amqp_url, password="hunter2"))
    answer = ektp("station", "status")
    for secret in ("hunter2", "ektp_st_of_the_tests", "whsec_"):
        assert secret not in said + answer.out + answer.err
    kept = tmp_path / "home" / "station"
    assert kept.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (kept / "enrolment.json", kept / "key", kept / "spool.db"))


def test_enrolling_again_keeps_spool_and_key(ektp: CommandLine, tmp_path: Path, amqp_url: str, intake: Client) -> None:
    """Only the credentials are new; another station needs another home."""
    enroll(ektp, tmp_path, amqp_url, password="void")
    ektp.ask("station", "record", ektp.file(recording()))
    refused = ektp("station", "flush")
    assert refused.code == 3
    assert "refuses the account" in refused.err
    enroll(ektp, tmp_path, amqp_url)
    assert ektp.ask("station", "flush")["confirmed"] == 1
    (tmp_path / "invitation.json").write_text(json.dumps(invitation(amqp_url, station="st337402")))
    other = ektp("station", "enroll", tmp_path / "invitation.json")
    assert (other.code, STATION in other.err) == (2, True)


def test_bad_lines_are_named_and_good_ones_kept(ektp: CommandLine, tmp_path: Path, amqp_url: str) -> None:
    """By number, with the reason."""
    enroll(ektp, tmp_path, amqp_url)
    sample = ektp("sample", "recorded").json
    own = {**sample, "source": f"/stations/{STATION}"}
    told = ektp.ask("station", "publish", ektp.file(own, b"{", {**sample, "source": "/stations/other"}, own), expect=1)
    assert (told["kept"], told["again"]) == (1, 1)
    assert [(one["line"], one["reason"]) for one in told["refused"]] == [(2, "not-json"), (3, "sender-not-allowed")]


def test_a_recording_that_cannot_be_is_refused_without_the_persons_number(
    ektp: CommandLine, tmp_path: Path, amqp_url: str
) -> None:
    """And nothing is kept."""
    enroll(ektp, tmp_path, amqp_url)
    answer = ektp("station", "record", ektp.file(recording(nik="3374109902990001")))
    assert answer.code == 1
    assert "bad-nik" in answer.err
    assert "3374109902990001" not in answer.err
    assert ektp.ask("station", "status")["unsent"] == 0


@pytest.mark.parametrize("words", [["record", "-"], ["publish", "-"], ["flush"], ["status"], ["close"]])
def test_a_station_that_is_not_enrolled_is_told_how(ektp: CommandLine, words: list[str]) -> None:
    """In one line."""
    answer = ektp("station", *words)
    assert answer.code == 2
    assert "ektp station enroll" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [{"broker": None}, {"broker": "ftp://x/"}, {"password": None}, {"role": "king"}, {"station": "A"}, {"broker": 5}],
)
def test_an_invitation_that_cannot_be_used_is_said_to_be_wrong(
    ektp: CommandLine, tmp_path: Path, amqp_url: str, change: dict[str, Any]
) -> None:
    """And nothing is enrolled."""
    (tmp_path / "x.json").write_text(json.dumps(invitation(amqp_url, **change)))
    answer = ektp("station", "enroll", tmp_path / "x.json")
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert ektp("station", "status").code == 2


def test_without_its_key_a_station_says_so_and_can_still_count(
    ektp: CommandLine, tmp_path: Path, amqp_url: str
) -> None:
    """The stick is not in."""
    enroll(ektp, tmp_path, amqp_url)
    ektp.ask("station", "record", ektp.file(recording()))
    (tmp_path / "home" / "station" / "key").unlink()
    answer = ektp("station", "record", ektp.file(recording()))
    assert (answer.code, "EKTP_STATION_KEY_FILE" in answer.err) == (3, True)
    told = ektp.ask("station", "status")
    assert (told["unsent"], told["key"]) == (1, "missing")


@pytest.mark.slow
def test_a_centre_that_is_away_is_exit_code_3_and_everything_stays(ektp: CommandLine, tmp_path: Path) -> None:
    """With one line about it and one at the end."""
    enroll(ektp, tmp_path, "amqp://guest:guest@127.0.0.1:1/x")
    ektp.ask("station", "record", ektp.file(recording()))
    answer = ektp("station", "flush", "--patience", "1")
    assert answer.code == 3
    assert "0 sent; 1 unsent" in answer.out
    assert "gave up" in answer.err
