"""`ektp calendar due`: the date, when the office closes, what did not count and why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine, command_line


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line with neither database nor configuration."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def test_it_tells_the_date_and_the_days_that_did_not_count(ektp: CommandLine) -> None:
    """The day after is day 1."""
    told = ektp.ask("calendar", "due", "2018-02-12", 4, "--office", "33.74.10", "--known", "2018-02-12")
    assert told == {
        "office": "33.74.10",
        "day": "2018-02-12",
        "days": 4,
        "known": "2018-02-12",
        "due": "2018-02-19",
        "closes": "2018-02-19T15:00:00+07:00",
        "not_counted": [
            {"day": "2018-02-16", "because": "Tahun Baru Imlek (holidays of 2018)"},
            {"day": "2018-02-17", "because": "Saturday"},
            {"day": "2018-02-18", "because": "Sunday"},
        ],
        "not_final": [],
    }


@pytest.mark.parametrize(
    ("known", "due"), [("2017-09-21", "2018-06-14"), ("2017-09-22", "2018-06-21"), ("2018-04-18", "2018-06-26")]
)
def test_it_tells_what_was_known_on_a_day(ektp: CommandLine, known: str, due: str) -> None:
    """Three states of knowledge, three dates; without a day it is today's."""
    words = ("calendar", "due", "2018-06-08", 4, "--office", "33.74")
    assert ektp.ask(*words, "--known", known)["due"] == due
    assert ektp.ask(*words)["due"] == "2018-06-26"


def test_a_person_reads_it_in_lines(ektp: CommandLine) -> None:
    """By the clock of the office, and with a warning where the year is not decreed."""
    said = ektp("calendar", "due", "2030-01-01", 0, "--office", "91.71", "--known", "2029-12-01").out.splitlines()
    assert said[0].split() == ["due", "2030-01-02"]
    assert said[1].split()[-1] == "2030-01-02T15:00:00+09:00"
    assert "calendar not final for 2030" in said
    assert said[-1].split(maxsplit=1) == ["2030-01-01", "Tahun Baru Masehi"]
    assert "not final" not in ektp("calendar", "due", "2026-03-17", 4, "--office", "33.74").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("2018-02-12", 4), "--office"),
        (("2018-02-12", 4, "--office", "33"), "33: no regency or kecamatan has this code"),
        (("2018-02-12", 4, "--office", "33.99"), "33.99: no regency or kecamatan has this code"),
        (("12-02-2018", 4, "--office", "33.74"), "12-02-2018"),
        (("2018-02-12", -1, "--office", "33.74"), "-1"),
        (("2018-02-12", 3651, "--office", "33.74"), "3650"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(ektp: CommandLine, words: tuple[object, ...], told: str) -> None:
    """One line, exit code 2."""
    answer = ektp("calendar", "due", *words)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert told in answer.err
