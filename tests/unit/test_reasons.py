"""The closed lists of reasons, the routing key, and the errors that carry a reason."""

import pickle
import re
from pathlib import Path

import pytest

import schemas
from schemas.errors import Refused
from schemas.reasons import REASONS, WAITS, Reason, WaitReason
from schemas.reasons_in_indonesian import INDONESIAN, explained
from schemas.routing import EventKey, read_key


def test_every_reason_is_explained() -> None:
    """What it means and what to do, in a sentence each."""
    assert set(REASONS) == set(Reason)
    assert set(WAITS) == set(WaitReason)
    for explanation in (*REASONS.values(), *WAITS.values()):
        for sentence in explanation:
            assert sentence.endswith(".")
            assert sentence[0].isupper()


def test_a_reason_is_for_parking_or_for_waiting_and_not_for_both() -> None:
    """And is spelled as a code."""
    assert not set(map(str, Reason)) & set(map(str, WaitReason))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in (*Reason, *WaitReason))


def test_every_rule_in_the_models_speaks_in_reasons() -> None:
    """A custom error with another name would come out as a bad attribute."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(str(schemas.__file__)).parent.glob("*.py"))
    named = re.findall(r'PydanticCustomError\(\s*"([^"]+)"', source) + re.findall(
        r'custom_error_type="([^"]+)"', source
    )
    assert len(named) > 10
    assert set(named) <= set(Reason)


def test_a_refusal_survives_pickle() -> None:
    """Workers hand errors over in that form."""
    refused = pickle.loads(pickle.dumps(Refused(Reason.BAD_NIK, "data.nik is missing")))
    assert (refused.reason, refused.detail, str(refused)) == (
        Reason.BAD_NIK,
        "data.nik is missing",
        "bad-nik: data.nik is missing",
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("recorded.st337401", EventKey("recorded", "st337401")),
        ("station-day-closed.st_1", EventKey("station-day-closed", "st_1")),
        ("recorded.st337401.late", EventKey("recorded", "st337401", late=True)),
    ],
)
def test_a_routing_key_names_event_and_station(key: str, expected: EventKey) -> None:
    """And whether it comes from a backlog."""
    assert read_key(key) == expected
    assert str(expected) == key


@pytest.mark.parametrize(
    "key", ["", ".", "recorded", "recorded.", "recorded.ab", "Recorded.abc", "recorded.abc.", "recorded.abc.late.late",
            "recorded." + "a" * 33, "recorded.a-b", "recorded.abc\n", "recorded.3374106508999901"],
)  # fmt: skip
def test_any_other_key_is_not_understood(key: str) -> None:
    """A NIK is no station."""
    with pytest.raises(Refused) as caught:
        read_key(key)
    assert caught.value.reason is Reason.KEY_NOT_UNDERSTOOD


def test_every_reason_is_explained_in_indonesian_too() -> None:
    """A sentence each, and another one than the English; a reason that only a newer release knows is in neither."""
    assert set(INDONESIAN) == set(Reason)
    for reason in Reason:
        for told, english in zip(INDONESIAN[reason], REASONS[reason], strict=True):
            assert told.endswith(".")
            assert told[0].isupper()
            assert told != english
        assert explained(reason, "id") == INDONESIAN[reason]
        assert explained(reason.value, "en") == REASONS[reason]
    assert explained("of-tomorrow", "id") is None
