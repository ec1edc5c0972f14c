"""The contract as files: they are what the program says now, and say the same as the reader and the broker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import TypeAdapter

from consumers.books import Known
from consumers.entry import entry_of
from consumers.fold import Fold
from ektp.contracts import reasons, schemas
from ektp.contracts.documents import differences, documents, write
from ektp.contracts.examples import example
from ektp.contracts.schemas import FAMILIES, messages
from schemas.errors import Refused
from schemas.outgoing import SOURCE
from schemas.reasons import Reason, WaitReason
from schemas.submission import Door, read_event, read_message
from tests.bad_inputs import BAD_INPUTS, STRUCTURED
from tests.command_line import CommandLine, command_line
from tests.histories import NOON, History, happy, recorded_again
from tests.memory_books import PlainVault
from tests.plain_time import PLAIN

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "contracts"
SCHEMAS = schemas.documents()
WRONG: dict[str, dict[str, Any]] = {
    "another type": {"type": "id.ektp.printed.v1"},
    "no type": {"type": ...},
    "another version of CloudEvents": {"specversion": "0.3"},
    "no version of CloudEvents": {"specversion": ...},
    "no id": {"id": ...},
    "an id that is no UUID": {"id": "one"},
    "an application that is no UUID": {"subject": "33.74"},
    "a running number that is a number": {"sequence": 7},
    "an extension that is an object": {"traceparent": {}},
    "an extension in capitals": {"Trace": "x"},
    "no data": {"data": ...},
}
WRONG_DATA: dict[str, dict[str, Any]] = {
    "a NIK as a number": {"nik": 3374106508999901},
    "a NIK of the 85th day": {"nik": "3374108508999901"},
    "no NIK": {"nik": ...},
    "an office without dots": {"office": "3374"},
    "attempt zero": {"attempt": 0},
    "an attempt as text": {"attempt": "1"},
    "an unknown channel": {"channel": "post"},
    "a name of nothing": {"name": ""},
    "a field too many": {"nickname": "x"},
    "a score above 100": {"quality": {"face": 101}},
}


def faults(family: str, name: str, wire: object) -> list[str]:
    """Return what a stranger's validator finds."""
    schema = SCHEMAS[f"{family}/{name}.v1.json"]
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{list(error.path)} {error.message}" for error in checker.iter_errors(wire)]


def changed(whole: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return it with other fields; `...` removes one."""
    return {name: value for name, value in {**whole, **fields}.items() if value is not ...}


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line without a database and without a broker."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def test_the_committed_files_are_what_the_program_says_now(pytestconfig: pytest.Config) -> None:
    """Run with --rewrite-docs to write them anew."""
    if pytestconfig.getoption("--rewrite-docs"):
        write(COMMITTED, documents())
    assert differences(COMMITTED, documents()) == {}


def test_check_names_every_file_that_differs(ektp: CommandLine, tmp_path: Path) -> None:
    """Missing, different, or of a message that is no more; other people's files are left alone."""
    folder = tmp_path / "contracts"
    assert ektp("contracts", folder, "--check").code == 1
    assert not folder.exists()
    assert ektp("contracts", folder).code == 0
    assert ektp.ask("contracts", folder, "--check")["ok"] is True
    (folder / "README.md").write_text("mine")
    (folder / "asyncapi.yaml").write_text("asyncapi: 2.0.0\n")
    (folder / "reasons.json").unlink()
    (folder / "events" / "recorded.v1.json").rename(folder / "events" / "recorded.v0.json")
    told = ektp.ask("contracts", folder, "--check", expect=1)
    assert told["differences"] == {
        "asyncapi.yaml": "different",
        "reasons.json": "missing",
        "events/recorded.v1.json": "missing",
        "events/recorded.v0.json": "no longer there",
    }


def test_a_folder_that_cannot_be_written_is_wrong_use(ektp: CommandLine, tmp_path: Path) -> None:
    """In one line."""
    (tmp_path / "file").write_text("")
    answer = ektp("contracts", tmp_path / "file")
    assert answer.code == 2
    assert "file" in answer.err


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_schema_is_one(path: str) -> None:
    """It follows its dialect, says what it is about, and uses no expression that only Python understands."""
    schema = SCHEMAS[path]
    Draft202012Validator.check_schema(schema)
    assert schema["description"].endswith(".")
    assert schema["$id"].split(":")[2:4] == path.removesuffix(".v1.json").split("/")
    assert "(?" not in json.dumps(schema)


@pytest.mark.parametrize(("family", "name"), messages())
def test_every_example_is_valid_for_the_schema_and_for_the_model(family: str, name: str) -> None:
    """The samples of the events, and what our own writers write."""
    wire = example(family, name)
    assert faults(family, name, wire) == []
    TypeAdapter(FAMILIES[family][name]).validate_json(json.dumps(wire))
    if family != "events":
        assert wire["source"] == SOURCE


@pytest.mark.parametrize("history", [happy(), recorded_again()], ids=["happy", "recorded again"])
def test_what_goes_in_and_out_is_valid(history: History) -> None:
    """The events of whole cards, and every notice and request that follows from them."""
    fold = Fold(Known(NOON, {}, {}, {}, {}, {}, {}), PLAIN)
    for submission in history.submissions():
        wire = json.loads(submission.body)
        assert faults("events", wire["type"].split(".")[2], wire) == []
        fold.take(entry_of(submission, PlainVault()))
    assert len(fold.changes.letters) >= len(history.events)
    for _, letter in fold.changes.letters:
        wire = json.loads(letter.body)
        assert faults(letter.exchange.removeprefix("ektp."), wire["type"].split(".")[2], wire) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_envelope_is_refused_by_schema_and_reader(wrong: str) -> None:
    """A station that validates before it sends finds out at home."""
    wire = changed(example("events", "recorded"), WRONG[wrong])
    assert faults("events", "recorded", wire)
    with pytest.raises(Refused):
        read_event(wire)


@pytest.mark.parametrize("wrong", WRONG_DATA)
def test_wrong_data_are_refused_by_schema_and_reader(wrong: str) -> None:
    """What of it can be said in a schema."""
    whole = example("events", "recorded")
    wire = {**whole, "data": changed(whole["data"], WRONG_DATA[wrong])}
    assert faults("events", "recorded", wire)
    with pytest.raises(Refused):
        read_event(wire)


def test_the_schema_of_a_notice_promises_nothing_more() -> None:
    """A field too many, a state that is none, no words for the resident."""
    whole = example("notices", "application-printed")
    for wrong in ({"nik": "x"}, {"state": "new"}, {"resident": ...}, {"office": "33"}):
        assert faults("notices", "application-printed", {**whole, "data": changed(whole["data"], wrong)})
    assert faults("notices", "application-printed", {**whole, "source": "/stations/st337401"})


def test_the_schema_refuses_nothing_that_the_reader_takes() -> None:
    """Odd inputs that are good: whoever validates first loses none of them."""
    good = [case for case in BAD_INPUTS if case.expected == "accepted" and case.content_type == STRUCTURED]
    assert len(good) > 5
    for case in good:
        read = read_message(case.body, door=Door.AMQP, content_type=case.content_type)
        assert read.event is not None
        assert faults("events", read.event.name, json.loads(case.body)) == [], case.name


def test_every_reason_is_listed_with_its_remedy() -> None:
    """Parked and held."""
    listed = reasons.document()
    assert {one["code"] for one in listed["parked"]} == {str(code) for code in Reason}
    assert {one["code"] for one in listed["held"]} == {str(code) for code in WaitReason}
    assert all(one["meaning"] and one["remedy"] for codes in listed.values() for one in codes)
