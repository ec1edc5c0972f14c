"""The parking lot at the keyboard: seen, understood, repaired or discarded by somebody, for a reason."""

import json
from pathlib import Path
from typing import Any

from tests.command_line import CommandLine
from tests.histories import History, event
from tests.parking_town import misspelt

LISTED = {"parked", "reason", "detail", "door", "received", "office", "station"}


def parked(ektp: CommandLine, *words: str) -> list[dict[str, Any]]:
    """Return what is listed."""
    listed: list[dict[str, Any]] = ektp.ask("parked", "list", *words)
    return listed


def two_for_one_blanko() -> tuple[History, History, dict[str, Any]]:
    """Return two applications, and an allocation that gives the first one's blanko to the second."""
    first, second = History().recorded().verified().allocated(), History().recorded().verified()
    taken = event(second.application, "blanko-allocated", blanko=first.blanko(), office="33.74", turn=1)
    return first, second, taken


def wrong_nik() -> dict[str, Any]:
    """Return a recording whose NIK has a digit too few."""
    told = History().recorded().events[0]
    return {**told, "data": {**told["data"], "nik": told["data"]["nik"][:-1], "name": "Contoh Satu"}}


def test_what_is_parked_is_listed_with_its_cause(ektp: CommandLine) -> None:
    """The oldest first; nothing while nothing is."""
    assert ektp("parked", "list").out == "nothing is parked\n"
    assert parked(ektp) == []
    ektp("apply", ektp.file(b"{", wrong_nik(), b"{["))
    listed = parked(ektp)
    assert all(set(item) >= LISTED for item in listed)
    assert sorted(item["reason"] for item in listed) == ["bad-nik", "not-json", "not-json"]
    assert {(item["door"], item["state"]) for item in listed} == {("cli", "open")}
    assert ektp.ask("parked", "groups")[0].items() >= {"reason": "not-json", "open": 2, "causes": 1}.items()
    assert len(parked(ektp, "--reason", "bad-nik")) == 1
    assert "bad-nik" in ektp("parked", "list").out
    assert "not-json" in ektp("parked", "groups").out


def test_an_item_is_shown_with_the_person_masked(ektp: CommandLine) -> None:
    """The reason, what it means, what to do, and the body as far as it tells nobody."""
    bad = wrong_nik()
    ektp("apply", ektp.file(bad))
    (item,) = parked(ektp)
    told = ektp.ask("parked", "show", item["parked"])
    assert told["body"]["data"]["nik"] == told["body"]["data"]["name"] == "***"
    assert told["body"]["data"]["enrolment"] == bad["data"]["enrolment"]
    assert told["meaning"].startswith("The NIK cannot be one")
    shown = ektp("parked", "show", item["parked"])
    assert shown.code == 0
    for text in (json.dumps(told), shown.out, json.dumps(item)):
        assert bad["data"]["nik"] not in text
        assert "Contoh Satu" not in text


def test_a_replay_goes_in_when_its_cause_is_gone(ektp: CommandLine) -> None:
    """First a dry run, which changes nothing; then in earnest, with who and why."""
    first, second, taken = two_for_one_blanko()
    ektp("apply", ektp.file(*first.events, *second.events, taken))
    (item,) = parked(ektp)
    assert item["reason"] == "blanko-belongs-to-another"
    still = ektp("parked", "replay", item["parked"])
    assert still.code == 1
    assert "blanko-belongs-to-another" in still.out
    assert parked(ektp)[0]["replays"] == 1

    ektp("apply", ektp.file(event(first.application, "print-voided", blanko=first.blanko())))
    before = ektp.ask("summary")
    rehearsed = ektp.ask("parked", "replay", item["parked"], "--dry-run")
    outcome = {"parked": item["parked"], "id": taken["id"], "outcome": "applied", "reason": None}
    assert rehearsed == {"dry_run": True, "outcomes": [outcome]}
    assert {**ektp.ask("summary"), "at": ""} == {**before, "at": ""}
    assert len(parked(ektp)) == 1

    words = ("--because", "the first one was voided", "--by", "Contoh Petugas")
    assert ektp.ask("parked", "replay", item["parked"], *words) == {"dry_run": False, "outcomes": [outcome]}
    assert parked(ektp) == []
    (closed,) = parked(ektp, "--all")
    assert (closed["state"], closed["by"], closed["because"]) == ("repaired", *words[3:], words[1])
    assert ektp.ask("show", second.application)["state"] == "allocated"
    assert ektp.ask("summary")["events"]["parked"] == 0
    assert ektp.ask("verify")["ok"]


def test_a_corrected_event_repairs_the_item_it_came_from(ektp: CommandLine, tmp_path: Path) -> None:
    """It keeps its id; another id, or one that still cannot be read, is wrong use."""
    bad = misspelt()
    good = {**bad, "data": {**bad["data"], "channel": "kecamatan"}}
    ektp("apply", ektp.file(bad))
    (item,) = parked(ektp)
    corrected = tmp_path / "corrected.json"
    for refused in (bad, {**good, "id": str(History().application)}, {**good, "subject": str(History().application)}):
        corrected.write_text(json.dumps(refused))
        answer = ektp("parked", "replay", item["parked"], "--edit", corrected)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
    corrected.write_text(json.dumps(good))
    told = ektp.ask("parked", "edit", item["parked"], corrected, "--dry-run")
    assert (told["dry_run"], told["outcomes"][0]["outcome"], len(parked(ektp))) == (True, "applied", 1)
    told = ektp.ask("parked", "edit", item["parked"], corrected, "--because", "the paper says so")
    assert told["outcomes"][0]["outcome"] == "applied"
    assert parked(ektp) == []
    assert ektp.ask("show", bad["subject"])["state"] == "recorded"
    assert ektp.ask("verify")["ok"]


def test_a_replay_asks_for_the_second_person_that_a_plan_would_need(ektp: CommandLine, tmp_path: Path) -> None:
    """A corrected NIK, and more than one person may repair: refused and nothing is changed; a dry run is not."""
    bad = wrong_nik()
    ektp("apply", ektp.file(bad, *(b"{" + b"x" * number for number in range(21))))
    items = {one["reason"]: one["parked"] for one in parked(ektp)}
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps({**bad, "data": {**bad["data"], "nik": History().nik}}))
    every = [one["parked"] for one in parked(ektp) if one["reason"] == "not-json"]
    edited = (items["bad-nik"], "--edit", corrected)
    for words, why in ((edited, "a NIK is corrected"), (every, "about 21 items")):
        answer = ektp("parked", "replay", *words)
        assert (answer.code, "second person" in answer.err, why in answer.err) == (1, True, True)
    assert ektp.ask("parked", "replay", *edited, "--dry-run")["outcomes"][0]["outcome"] == "applied"
    assert len(parked(ektp)) == 22
    assert {one["replays"] for one in parked(ektp)} == {0}


def test_an_item_whose_event_came_in_meanwhile_is_closed_by_a_replay(ektp: CommandLine, tmp_path: Path) -> None:
    """The station had corrected it itself: the replay is a repetition, and nothing stays open."""
    bad = misspelt()
    good = {**bad, "data": {**bad["data"], "channel": "kecamatan"}}
    ektp("apply", ektp.file(bad, good))
    (item,) = parked(ektp)
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps(good))
    told = ektp.ask("parked", "replay", item["parked"], "--edit", corrected)
    assert told["outcomes"][0]["outcome"] == "repeated"
    assert parked(ektp) == []
    assert ektp.ask("summary")["events"]["parked"] == 0


def test_what_is_discarded_stays_known_with_who_and_why(ektp: CommandLine) -> None:
    """It is never deleted; a redelivery is repeated; it can be neither replayed nor discarded again."""
    file = ektp.file(b"{")
    ektp("apply", file)
    (item,) = parked(ektp)
    words = ("--because", "a test of the line", "--by", "Contoh Petugas")
    assert ektp.ask("parked", "discard", item["parked"], *words) == {"discarded": [item["parked"]]}
    assert parked(ektp) == []
    (closed,) = parked(ektp, "--all")
    assert (closed["state"], closed["by"], closed["because"]) == ("discarded", "Contoh Petugas", "a test of the line")
    assert ektp.ask("apply", file)["outcomes"][0]["outcome"] == "repeated"
    for again in (("replay", item["parked"]), ("discard", item["parked"], *words)):
        answer = ektp("parked", *again)
        assert answer.code == 2
        assert "already discarded" in answer.err
    assert ektp.ask("verify")["ok"]


def test_an_item_that_is_not_there_is_exit_code_1(ektp: CommandLine) -> None:
    """For every command that names one, before anything is done."""
    for words in (("show", "x"), ("replay", str(History().application)), ("discard", "x", "--because", "y")):
        answer = ektp("parked", *words)
        assert (answer.code, answer.out) == (1, "")
        assert "there is no parked item" in answer.err
