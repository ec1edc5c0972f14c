"""Outreach as somebody types it: ask, plan, promise, hold, call off; a route to take along."""

import csv
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.histories import History

CONFIG = """
[offices."33.74".outreach]
least = 3
people_a_day = 10
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Give the settings of an office whose groups are full with three."""
    config = tmp_path / "ektp.toml"
    config.write_text(CONFIG)
    return {"EKTP_CONFIG": str(config)}


def waits(ektp: CommandLine, kelurahan: str) -> History:
    """Let somebody wait to be recorded again."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    history.events[0]["data"] |= {"kelurahan": kelurahan}
    assert ektp("apply", ektp.file(*history.events)).code == 0
    return history


def test_a_visit_from_the_request_to_its_end(ektp: CommandLine, tmp_path: Path) -> None:
    """Each command says what became of it."""
    people = [waits(ektp, "Meteseh") for _ in range(3)]
    waits(ektp, "Bulusan")
    asked = ektp.ask("outreach", "request", "33.74.10", "hospital", "--kelurahan", "Kramas", "--place", "RSUD")
    assert asked["outcome"] == "applied"
    (request,) = ektp.ask("outreach", "requests")
    assert (request["request"], request["waiting"]) == (asked["request"], 1)
    told = ektp.ask("outreach", "plan", "33.74")
    assert [(one["why"], one["residents"], one["requested"]) for one in told["visits"]] == [
        ("exempt", 0, 1),
        ("full", 3, 0),
    ]
    assert [(one["kelurahan"], one["people"], one["reason"]) for one in told["waiting"]] == [
        ("Bulusan", 1, "group-not-full")
    ]
    hospital, group = (one["visit"] for one in told["visits"])
    assert ektp("outreach", "confirm", group).out == "applied\n"
    assert ektp("outreach", "confirm", group).code == 2
    file = tmp_path / "route.csv"
    assert ektp("outreach", "route", group, "--csv", str(file)).code == 0
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [(row["kelurahan"], row["what"]) for row in rows] == [("Meteseh", "re-record")] * 3
    assert not any(one.nik in file.read_text() for one in people)
    met = ektp("outreach", "held", group, "--met", rows[0]["resi"], "--met", rows[1]["resi"], "--because", "rain")
    assert met.out == "applied\n"
    shown = ektp.ask("outreach", "visit", group)
    assert (shown["state"], shown["met"], shown["because"]) == ("held", 2, "rain")
    assert sorted(guest["state"] for guest in shown["route"][0]["residents"]) == ["absent", "met", "met"]
    assert ektp("outreach", "confirm", hospital).out == "applied\n"
    assert ektp("outreach", "cancel", hospital, "--because", "the kit is broken").out == "applied\n"
    assert [one["state"] for one in ektp.ask("outreach", "visits", "--all")] == ["cancelled", "held"]
    assert ektp("outreach", "cancel", asked["request"], "--because", "was recorded there").out == "applied\n"
    assert ektp.ask("outreach", "requests") == []
    assert ektp.ask("verify")["ok"]


def test_an_office_may_let_its_visits_be_promised_by_themselves(ektp: CommandLine, tmp_path: Path) -> None:
    """With `plan = "auto"`; whoever is told is told at once."""
    (tmp_path / "ektp.toml").write_text(f'{CONFIG}plan = "auto"\n')
    people = [waits(ektp, "Meteseh") for _ in range(3)]
    (visit,) = ektp.ask("outreach", "plan", "33.74")["visits"]
    assert (visit["state"], visit["residents"]) == ("planned", len(people))
    assert ektp.ask("outreach", "plan", "33.74")["visits"] == [visit]
    assert ektp.ask("verify")["ok"]


def test_what_cannot_be_is_said(ektp: CommandLine) -> None:
    """In one line, with what to do."""
    unknown = ektp("outreach", "visit", "nobody")
    assert (unknown.code, "there is no visit nobody" in unknown.err) == (1, True)
    assert ektp("outreach", "cancel", "nobody", "--because", "x").code == 1
    wrong = ektp("outreach", "request", "33.74.10", "picnic")
    assert (wrong.code, "category" in wrong.err) == (2, True)
    kecamatan = ektp("outreach", "plan", "33.74.10")
    assert (kecamatan.code, "regency" in kecamatan.err) == (2, True)
    assert ektp("outreach", "visits").out == "there is none\n"
    assert ektp.ask("outreach", "plan", "33.74") == {"visits": [], "waiting": []}
