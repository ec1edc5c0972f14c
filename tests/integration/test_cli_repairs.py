"""Repairs at the keyboard: a plan, a second person, a run by a worker, and what became of each item."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ektp.bootstrap import Parts
from ektp.step_ports import step_runner
from tests.command_line import CommandLine
from tests.histories import History
from tests.parking_town import PATCH, misspelt
from tests.web_client import parts_on


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a worker beside it."""
    with parts_on(database_url, tmp_path / "home") as made:
        yield made


def work(parts: Parts) -> None:
    """Run every repair's steps that are due, until none is, as a worker does."""
    from datetime import timedelta

    from workflows.steps.kinds import KINDS

    steps, runner = parts.steps(), step_runner(parts, {"repair": KINDS["repair"]}, 30)
    while due := steps.due(10, timedelta(0)):
        for one in due:
            runner.run(one.id)


def test_a_group_is_planned_approved_run_and_told(ektp: CommandLine, parts: Parts, tmp_path: Path) -> None:
    """From the group to the last item; what the plan shows of a person is nothing."""
    events = [misspelt() for _ in range(25)]
    ektp("apply", ektp.file(*events))
    (group,) = [one["group"] for one in ektp.ask("parked", "groups", "--by", "cause")]
    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps(PATCH))
    words = ("parked", "plan", "--group", group, "--patch", patch, "--because", "a new driver", "--by", "maker")
    planned = ektp.ask(*words)
    assert [(one["becomes"], one["items"]) for one in planned["foreseen"]] == [("fixed", 25)]
    assert planned["examples"][0]["changes"] == [{"place": "/data/channel", "before": "kecamatn", "after": "kecamatan"}]
    name = planned["repair"]
    refused = ektp("parked", "run", name, "--by", "maker")
    assert (refused.code, "second person" in refused.err) == (1, True)
    assert ektp("parked", "approve", name, "--by", "maker").code == 1
    assert ektp.ask("parked", "approve", name, "--by", "checker")["state"] == "approved"
    assert ektp.ask("parked", "run", name, "--by", "maker")["state"] == "running"
    work(parts)
    told = ektp.ask("parked", "status", name, "--items")
    assert (told["state"], told["counts"]["fixed"], len(told["each"])) == ("done", 25, 25)
    assert ektp.ask("summary")["applications"] == 25
    assert ektp.ask("parked", "list") == []
    assert ektp.ask("verify")["ok"]
    shown = ektp("parked", "status", name, "--item", 1)
    assert "'kecamatn' -> 'kecamatan'" in shown.out
    listed = ektp("parked", "status")
    assert name in listed.out
    niks = [one["data"]["nik"] for one in events]
    assert not any(nik in text for nik in niks for text in (json.dumps(planned), json.dumps(told), shown.out))


def test_what_cannot_be_planned_is_said_in_one_line(ektp: CommandLine, tmp_path: Path) -> None:
    """Wrong use is 2, what is not there is 1, and nothing is written."""
    ektp("apply", ektp.file(misspelt(), misspelt()))
    because = ("--because", "x")
    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps([{"op": "remove", "path": "/id"}]))
    for words, code in (
        ((), 2),
        (("--reason", "bad-data", "--patch", patch), 2),
        (("--reason", "bad-data", "--patch", patch, "--edit", patch), 2),
        (("--reason", "bad-data", "--patch", tmp_path / "nowhere"), 2),
        (("--reason", "not-json"), 1),
        (("x",), 1),
        ((str(uuid4()),), 1),
        (("--group", "000000000000"), 1),
    ):
        answer = ektp("parked", "plan", *words, *because)
        assert (answer.code, answer.err.count("\n")) == (code, 1), words
    for what in ("approve", "run", "pause", "stop", "status"):
        assert ektp("parked", what, str(uuid4())).code == 1
        assert ektp("parked", what, "x").code == 1
    assert ektp("parked", "status").out == "no repair was planned\n"


def test_one_event_is_edited_and_stopped_before_it_runs(ektp: CommandLine, tmp_path: Path) -> None:
    """A wrong NIK: shown as another without telling either, and left alone in the end."""
    told = History().recorded().events[0]
    ektp("apply", ektp.file({**told, "data": {**told["data"], "nik": "123"}}))
    edit = tmp_path / "event.json"
    edit.write_text(json.dumps(told))
    planned = ektp.ask("parked", "plan", "--reason", "bad-nik", "--edit", edit, "--because", "read the paper")
    assert planned["examples"][0]["changes"] == [{"place": "/data/nik", "before": "***", "after": "***"}]
    assert planned["second_person"] == ["a NIK is corrected"]
    assert ektp("parked", "pause", planned["repair"]).code == 1
    assert ektp.ask("parked", "stop", planned["repair"])["counts"]["skipped"] == 1
    assert len(ektp.ask("parked", "list")) == 1
