"""The strict reader: one meaning or none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.wire_json import DEEPEST, read_object


def nested(levels: int) -> dict[str, object]:
    """Put an object into an object, so often."""
    return {} if levels == 1 else {"deeper": nested(levels - 1)}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"   ", Reason.NOT_JSON),
        (b'{"a": 1', Reason.NOT_JSON),
        (b'{"a": 1}}', Reason.NOT_JSON),
        (b'{"a": 1}{"a": 1}', Reason.NOT_JSON),
        (b"{'a': 1}", Reason.NOT_JSON),
        (b'{"a": 1,}', Reason.NOT_JSON),
        (b'{"a": 01}', Reason.NOT_JSON),
        (b'{"a": "\n"}', Reason.NOT_JSON),
        (b'{"a": "\\x"}', Reason.NOT_JSON),
        (b"null", Reason.NOT_AN_OBJECT),
        (b"[{}]", Reason.NOT_AN_OBJECT),
        (b"\xef\xbb\xbf{}", Reason.NOT_UTF_8),
        ("{}".encode("utf-16"), Reason.NOT_UTF_8),
        ("{}".encode("utf-16-be"), Reason.NOT_UTF_8),
        ("{}".encode("utf-32-le"), Reason.NOT_UTF_8),
        (b'{"a": "\xc0\xaf"}', Reason.NOT_UTF_8),
        (b'{"a": "\xed\xa0\x80"}', Reason.NOT_UTF_8),
        (b'{"a": 1, "a": 1}', Reason.DUPLICATE_KEY),
        (b'{"x": [{"a": 1, "\\u0061": 2}]}', Reason.DUPLICATE_KEY),
        (b'{"a": NaN}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": -Infinity}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": 1e400}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": -1e999}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": 9223372036854775808}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": ' + b"9" * 5000 + b"}", Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": "\\u0000"}', Reason.NUL_OR_SURROGATE),
        (b'{"\\u0000": 1}', Reason.NUL_OR_SURROGATE),
        (b'{"a": ["\\ud800"]}', Reason.NUL_OR_SURROGATE),
        (b'{"a": "\\udc00\\ud800"}', Reason.NUL_OR_SURROGATE),
        (b"[" * 60_000, Reason.TOO_DEEP),
        (json.dumps(nested(DEEPEST + 1)).encode(), Reason.TOO_DEEP),
        (json.dumps(nested(900)).encode(), Reason.TOO_DEEP),
    ],
)
def test_what_parsers_could_read_differently_is_refused(body: bytes, reason: Reason) -> None:
    """Each with its own reason."""
    with pytest.raises(Refused) as caught:
        read_object(body)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": 2**63 - 1, "b": -(2**63), "c": 1.5, "d": 1e300, "e": 1e-400},
        {"a": "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")},
        {"name": "ᬦᬶ ᬮᬸᬄ", "kosong": None, "benar": True},
        nested(DEEPEST),
        {"list": [[] for _ in range(100)]},
    ],
)
def test_good_json_is_read_as_it_is(value: dict[str, object]) -> None:
    """Escaped or not, however it is spaced."""
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), f" \n{json.dumps(value, indent=1)}\t"):
        assert read_object(text.encode()) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing else ever comes out."""
    try:
        found = read_object(body)
    except Refused:
        return
    assert isinstance(found, dict)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
        max_leaves=12,
    )
)
def test_it_agrees_with_the_standard_reader_on_what_both_accept(value: object) -> None:
    """Refused may only be what holds a NUL or may be too deep."""
    body = json.dumps({"value": value}).encode()
    unstorable = "\\u0000" in body.decode()
    try:
        assert read_object(body) == json.loads(body)
    except Refused:
        assert unstorable or body.count(b"{") + body.count(b"[") > DEEPEST
