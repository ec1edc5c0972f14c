"""What the commands read and mask: lines of any length, bodies of any shape."""

import io
import json

import pytest

from ektp.cli.lines import batches, numbered_lines
from ektp.reading.masking import masked_body
from schemas.samples import SAMPLES, valid_event
from schemas.submission import read_event

NIK = "3374106508999901"


def test_lines_keep_their_numbers_and_empty_ones_are_left_out() -> None:
    """So that a report names the line of the file."""
    lines = list(numbered_lines(io.BytesIO(b"one\n\n  \nfour\r\nfive")))
    assert [(number, line.strip()) for number, line in lines] == [(1, b"one"), (4, b"four"), (5, b"five")]


def test_of_a_line_without_end_only_the_beginning_is_kept() -> None:
    """A file that is one line of gigabytes must not fill the memory, nor hide what follows."""
    lines = dict(numbered_lines(io.BytesIO(b"x" * 3_000_000 + b"\nnext\n")))
    assert len(lines[1]) == 256 * 1024
    assert lines[2] == b"next\n"


def test_batches_hold_everything_in_order() -> None:
    """The last one is shorter."""
    assert list(batches(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_masked_event_tells_no_person(name: str) -> None:
    """What is left can be read: the envelope and every field that is not about somebody."""
    event = valid_event(name)
    masked = masked_body(json.dumps(event).encode())
    assert {**masked, "data": None} == {**event, "data": None}
    assert NIK not in json.dumps(masked)
    assert "Contoh Satu" not in json.dumps(masked)


def test_fields_that_nobody_knows_are_masked() -> None:
    """An unknown field is why it was parked, and may hold anything."""
    body = {**valid_event("recorded"), "note": "of Contoh", "data": {"mother": {"name": "Contoh"}, "office": "33.74"}}
    assert masked_body(json.dumps(body).encode())["data"] == {"mother": {"name": "***"}, "office": "33.74"}
    assert "Contoh" not in json.dumps(masked_body(json.dumps(body).encode()))


@pytest.mark.parametrize("nik", [NIK, int(NIK), "33741065089999", f" {NIK}", [NIK], {"nik": NIK}], ids=repr)
def test_a_nik_is_masked_however_wrong_it_is(nik: object) -> None:
    """As text, as a number, too short, or nested."""
    body = json.dumps({"data": {"nik": nik, "enrolment": f"E {NIK}"}, NIK: 1, "sequence": int(NIK)})
    told = json.dumps(masked_body(body.encode()))
    assert NIK not in told
    assert "33741065089999" not in told


def test_of_what_is_no_json_only_the_shape_is_shown() -> None:
    """Enough to see where it breaks."""
    assert masked_body(b'{"nik": "3374106508999901", name: Siti}') == '{"xxx": "0000000000000000", xxxx: xxxx}'
    assert masked_body(b"\xff\xfe{") == "\ufffd\ufffd{"


def test_a_sample_is_valid_and_new() -> None:
    """Each call gives another event, another application and another person."""
    from ektp.cli.events import _example

    for name in SAMPLES:
        read_event(_example(name, None, {}))
    first, second = _example("recorded", None, {}), _example("recorded", None, {})
    assert first["id"] != second["id"]
    assert first["subject"] != second["subject"]
    assert first["data"]["nik"][12:14] == "99"
