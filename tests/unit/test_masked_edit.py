"""A message that is edited with the person masked: what stayed masked is what it was."""

import json
from typing import Any

import pytest

from ektp.repairing.errors import CorrectionRefused
from ektp.repairing.masked_edit import shown_for_editing, unmasked
from tests.histories import History

SAID = History().recorded().events[0]
TOLD: dict[str, Any] = {**SAID, "data": {**SAID["data"], "name": "Contoh Satu", "exceptions": ["left-thumb", "iris"]}}
BODY = json.dumps(TOLD).encode()


def edited(**data: Any) -> str:
    """Return the message as shown, with fields of its data changed by somebody."""
    shown = json.loads(shown_for_editing(BODY))
    return json.dumps({**shown, "data": {**shown["data"], **data}})


def test_what_is_shown_tells_of_nobody_and_comes_back_as_it_was() -> None:
    """Neither NIK nor name is on the page; left alone, the message is the same."""
    shown = shown_for_editing(BODY)
    assert TOLD["data"]["nik"] not in shown
    assert "Contoh Satu" not in shown
    assert json.loads(unmasked(shown, BODY)) == TOLD


def test_only_what_somebody_wrote_is_another() -> None:
    """A field beside the person, one of the person, one that is new, one of a list."""
    for data in (
        {"channel": "home"},
        {"nik": History().nik},
        {"married": True},
        {"exceptions": ["right-thumb", "iris"]},
        {"exceptions": ["iris"]},
    ):
        assert json.loads(unmasked(edited(**data), BODY)) == {**TOLD, "data": {**TOLD["data"], **data}}


def test_a_field_that_was_taken_out_is_out() -> None:
    """Also one of the person."""
    shown = json.loads(shown_for_editing(BODY))
    del shown["data"]["name"]
    assert "name" not in json.loads(unmasked(json.dumps(shown), BODY))["data"]


@pytest.mark.parametrize("text", [edited(channel="***"), edited(exceptions=["***"]), "", "{", "[]", '{"a": 1, "a": 2}'])
def test_a_mask_where_none_was_and_what_cannot_be_read_is_refused(text: str) -> None:
    """The text of the error repeats nothing of it."""
    with pytest.raises(CorrectionRefused) as refused:
        unmasked(text, BODY)
    assert TOLD["data"]["nik"] not in str(refused.value)


def test_a_message_that_cannot_be_read_is_written_anew() -> None:
    """There is nothing to begin with, and nothing to put back."""
    assert shown_for_editing(b"{not json") == ""
    assert json.loads(unmasked(json.dumps(TOLD), b"{not json")) == TOLD
    with pytest.raises(CorrectionRefused):
        unmasked(edited(), b"{not json")


def test_two_names_that_look_alike_when_masked_are_left_to_a_patch() -> None:
    """Nobody could say which of them was meant."""
    first, second = History().nik, History().nik
    body = json.dumps({**TOLD, "data": {first: 1, second: 2}}).encode()
    shown = json.loads(shown_for_editing(body))
    assert len(shown["data"]) == 1
    with pytest.raises(CorrectionRefused) as refused:
        unmasked(json.dumps({**shown, "data": {**shown["data"], "more": 1}}), body)
    assert first not in str(refused.value)
