"""The picture and the lists of the life of a card say what the table says."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ektp.reading.lifecycle import SECTIONS, edges, rows, sections
from ektp.reading.lifecycle_diagram import ARROWS, HEIGHT, PLACES, WIDTH, svg
from tests.command_line import CommandLine, command_line
from workflows.card_issuance import LIFECYCLE, State
from workflows.facts import Kind

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def test_every_row_of_the_table_is_listed(ektp: CommandLine) -> None:
    """For scripts, one row for each state."""
    told = ektp.ask("lifecycle")
    assert told == rows()
    assert len(told) == sum(len(row.while_) for row in LIFECYCLE)


def test_every_kind_of_fact_has_its_block() -> None:
    """A new kind must not vanish from the list that people read."""
    listed: list[Kind] = [kind for _, kinds in SECTIONS for kind in kinds]
    assert sorted(set(listed)) == sorted(listed)
    assert {row.when for row in LIFECYCLE} <= set(listed)
    told = sum(len(sentence["while"]) for _, sentences in sections() for sentence in sentences)
    assert told == sum(len(row.while_) for row in LIFECYCLE)


def test_the_table_is_grouped_for_people(ektp: CommandLine) -> None:
    """States that share the rest of a sentence stand together."""
    answer = ektp("lifecycle")
    assert answer.code == 0
    assert "the centre looks at it" in answer.out
    assert "delete-central-record" in answer.out


def test_mermaid_draws_every_change(ektp: CommandLine) -> None:
    """One arrow for each pair of states."""
    lines = ektp("lifecycle", "--format", "mermaid").out.splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len([line for line in lines if " --> " in line and " : " in line]) == len(edges())


def test_the_picture_shows_every_state_once(ektp: CommandLine) -> None:
    """It is well-formed, and the happy path lies on one line."""
    picture = ET.fromstring(ektp("lifecycle", "--format", "svg").out)  # noqa: S314 - it is our own
    named = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "state"]
    assert sorted(filter(None, named)) == sorted(state.value for state in State if state is not State.NEW)
    happy = (State.RECORDED, State.VERIFIED, State.ALLOCATED, State.PRINTED, State.COLLECTED)
    assert len({PLACES[state][1] for state in happy}) == 1
    assert all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in PLACES.values())


def test_every_arrow_of_the_picture_is_in_the_table() -> None:
    """It is laid out by hand, but it cannot invent a change, and its words are the table's."""
    table = edges()
    assert all((arrow.before, arrow.after) in table for arrow in ARROWS)
    kinds = {kind.value for arrow in ARROWS if arrow.words for kind in table[arrow.before, arrow.after]}
    assert all(kind.partition(":")[0] in svg() for kind in kinds)
