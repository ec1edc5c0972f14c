"""Nobody who keeps to the last released contract is broken: what may be added, and what needs a v2."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ektp.contracts.compatibility import Comparison, compared, kept, last_release, numbers
from ektp.contracts.documents import documents, write
from tests.command_line import CommandLine, command_line

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"
NOW = documents()
EVENT, NOTICE = "events/recorded.v1.json", "notices/application-printed.v1.json"
Schema = dict[str, Any]


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line without a database and without a broker."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def data_of(schema: Schema) -> Schema:
    """Return the schema of what a message says."""
    found: Schema = schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]]
    return found


def with_change(path: str, change: Callable[[Schema], object]) -> Comparison:
    """Compare the contract as it is with one in which one file was changed."""
    schema = json.loads(NOW[path])
    change(schema)
    return compared(NOW, {**NOW, path: json.dumps(schema)})


def put(schema: Schema, name: str, field: Schema, *, required: bool = False) -> None:
    """Put a field into what the message says."""
    data = data_of(schema)
    data["properties"][name] = field
    if required:
        data["required"] = [*data["required"], name]


def change_field(schema: Schema, name: str, **words: object) -> None:
    """Change what a field may be."""
    data_of(schema)["properties"][name].update(words)


def drop(schema: Schema, name: str) -> None:
    """Take a field away."""
    data = data_of(schema)
    del data["properties"][name]
    data["required"] = [one for one in data["required"] if one != name]


def test_nobody_is_broken_who_keeps_to_the_last_release() -> None:
    """What the program says now, against the released contract with the highest version; what is new raises it."""
    found = compared(kept(last_release(CONTRACTS)), NOW)
    assert found.breaking == ()
    assert numbers(found.new) >= numbers(found.old)
    assert found.raised, f"{found.new} has {found.added} more than the release: it needs a higher version"


def test_the_last_release_is_the_highest_number(tmp_path: Path) -> None:
    """Not the last by its letters."""
    for version in ("1.3.0", "1.10.0", "1.9.2"):
        (tmp_path / "released" / version).mkdir(parents=True)
    assert last_release(tmp_path).name == "1.10.0"


ADDED: dict[str, tuple[str, Callable[[Schema], object]]] = {
    "an optional field of an event": (EVENT, lambda one: put(one, "language", {"type": "string"})),
    "a field of a notice": (NOTICE, lambda one: put(one, "shelf", {"type": "string"}, required=True)),
}
BREAKING: dict[str, tuple[str, str, str, Callable[[Schema], object]]] = {
    "a field that has to be there now": (
        EVENT, "data.language", "may be missing", lambda one: put(one, "language", {}, required=True),
    ),
    "an optional field that has to be there now": (
        EVENT, "data.kelurahan", "may be missing", lambda one: data_of(one)["required"].append("kelurahan"),
    ),
    "a field that is refused now": (EVENT, "data.kelurahan", "may be there", lambda one: drop(one, "kelurahan")),
    "another type": (EVENT, "data.attempt", "may be integer", lambda one: change_field(one, "attempt", type="string")),
    "a value that is refused now": (
        EVENT, "data.channel", "'home'", lambda one: change_field(one, "channel", enum=["office", "outreach"]),
    ),
    "another pattern": (EVENT, "data.office", "pattern", lambda one: change_field(one, "office", pattern="^33")),
    "a higher least": (EVENT, "data.attempt", "minimum", lambda one: change_field(one, "attempt", minimum=2)),
    "a format that was not asked for": (
        EVENT, "data.enrolment", "format", lambda one: change_field(one, "enrolment", format="uuid"),
    ),
    "another meaning of what is left out": (
        EVENT, "data.kelurahan", "left out", lambda one: change_field(one, "kelurahan", default="Barusari"),
    ),
    "an attribute of the envelope": (
        EVENT, "traceparent", "may be", lambda one: one["properties"].update(traceparent={"type": "object"}),
    ),
    "a field that is said no more": (NOTICE, "data.due", "is gone", lambda one: drop(one, "due")),
    "a field that may be missing now": (
        NOTICE, "data.office", "may be missing", lambda one: data_of(one)["required"].remove("office"),
    ),
    "a field that may be null now": (
        NOTICE, "data.attempt", "may be null", lambda one: change_field(one, "attempt", type=["integer", "null"]),
    ),
    "a value that is said now": (
        NOTICE, "data.whose_move", "may be 'court'",
        lambda one: data_of(one)["properties"]["whose_move"]["enum"].append("court"),
    ),
    "more than was ever said": (
        NOTICE, "data.attempt", "minimum", lambda one: change_field(one, "attempt", minimum=-1),
    ),
    "a value deep inside": (
        NOTICE, "data.resident.bring[]", "may be 'passport'",
        lambda one: one["$defs"]["Resident"]["properties"]["bring"]["items"]["enum"].append("passport"),
    ),
}  # fmt: skip
#: What widens the one side is nothing to the other.
HARMLESS: dict[str, tuple[str, Callable[[Schema], object]]] = {
    "an event takes another value": (
        EVENT, lambda one: data_of(one)["properties"]["channel"]["enum"].append("prison"),
    ),
    "an event asks for less": (EVENT, lambda one: data_of(one)["required"].remove("enrolment")),
    "an event takes any office": (EVENT, lambda one: data_of(one)["properties"]["office"].pop("pattern")),
    "a notice says one value less": (
        NOTICE, lambda one: data_of(one)["properties"]["whose_move"]["enum"].remove("station"),
    ),
    "a notice always says when": (NOTICE, lambda one: data_of(one)["required"].append("due")),
    "other words about it": (NOTICE, lambda one: one.update(description="The card lies ready.", title="x")),
}  # fmt: skip


@pytest.mark.parametrize("case", ADDED)
def test_adding_is_fine(case: str) -> None:
    """It is told, and asks for a higher version."""
    found = with_change(*ADDED[case])
    assert (found.breaking, len(found.added)) == ((), 1)
    assert not found.raised
    assert found._replace(new="1.99.0").raised


@pytest.mark.parametrize("case", BREAKING)
def test_breaking_is_told_with_the_place_and_why(case: str) -> None:
    """One thing at one place."""
    file, path, why, change = BREAKING[case]
    (found,) = with_change(file, change).breaking
    assert (found.file, found.path) == (file, path)
    assert why in found.why


@pytest.mark.parametrize("case", HARMLESS)
def test_what_only_widens_what_is_taken_or_narrows_what_is_said_is_fine(case: str) -> None:
    """Each side has its own rule."""
    assert with_change(*HARMLESS[case]).breaking == ()


def test_the_same_change_breaks_the_one_side_and_not_the_other() -> None:
    """A new value: stations may be told of it, listeners may not be surprised by it."""
    for file, breaks in ((EVENT, False), (NOTICE, True)):
        found = with_change(file, lambda one: data_of(one)["properties"]["office"].pop("pattern"))
        assert bool(found.breaking) is breaks


def test_a_message_that_is_gone_breaks_and_one_that_is_new_does_not() -> None:
    """The same for a v2 beside a v1, and for an exchange."""
    old = NOW
    second = {**old, "events/recorded.v2.json": old[EVENT]}
    assert [one.why for one in compared(old, second).added] == ["a new message"]
    assert [one.why for one in compared(second, old).breaking] == ["the message is gone"]
    definitions = json.loads(old["definitions.json"])
    definitions["exchanges"] = [one for one in definitions["exchanges"] if one["name"] != "ektp.notices"]
    (gone,) = compared(old, {**old, "definitions.json": json.dumps(definitions)}).breaking
    assert gone.path == "ektp.notices"


def test_the_command_compares_with_a_release_and_lists_what_breaks(ektp: CommandLine, tmp_path: Path) -> None:
    """Exit 1 with file, path and reason; exit 2 for a folder that holds no contract."""
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, NOW)
    assert ektp.ask("contracts", new, "--against", old)["breaking"] == []
    schema = json.loads((old / NOTICE).read_text())
    data_of(schema)["properties"]["state"]["enum"].remove("printed")
    (old / NOTICE).write_text(json.dumps(schema))
    told = ektp.ask("contracts", new, "--against", old, expect=1)
    assert (told["ok"], [one["path"] for one in told["breaking"]]) == (False, ["data.state"])
    answer = ektp("contracts", new, "--against", old)
    assert (answer.code, f"breaking: {NOTICE} data.state: " in answer.err) == (1, True)
    assert ektp("contracts", new, "--against", tmp_path / "nothing").code == 2
