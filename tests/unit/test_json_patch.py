"""JSON Patch: what RFC 6902 shows, and everything that is refused before it does harm."""

import json
from typing import Any

import pytest

from schemas.errors import PatchRefused
from schemas.json_patch import apply_patch, read_patch, same, touches

# From the appendix of RFC 6902: document, patch, result.
GOOD: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo", "foo": "bar"}),
    (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    ({"foo": "bar"}, [{"op": "add", "path": "/child", "value": {"a": {}}}], {"foo": "bar", "child": {"a": {}}}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 2}],
     {"a": [1], "b": [1, 2]}),
    ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ({"": 0}, [{"op": "replace", "path": "/", "value": 1}], {"": 1}),
]  # fmt: skip
BAD: list[tuple[Any, list[dict[str, Any]]]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz/bat", "value": "qux"}]),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": "10"}]),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": True}]),
    ({"a": [1]}, [{"op": "replace", "path": "/a/1", "value": 2}]),
    ({"a": [1]}, [{"op": "replace", "path": "/a/-", "value": 2}]),
    ({"a": [1]}, [{"op": "replace", "path": "/a/00", "value": 2}]),
    ({"a": [1]}, [{"op": "remove", "path": "/a/x"}]),
    ({"a": [1]}, [{"op": "add", "path": "/a/99999999999999999999", "value": 2}]),
    ({"a": 1}, [{"op": "remove", "path": "/b"}]),
    ({"a": "text"}, [{"op": "add", "path": "/a/0", "value": 2}]),
]
NONE: list[Any] = [
    {},
    [],
    [{"op": "remove", "path": "/a"}] * 51,
    ["remove"],
    [{"op": "merge", "path": "/a", "value": 1}],
    [{"op": "add", "path": "/a"}],
    [{"op": "remove", "path": "/a", "value": 1}],
    [{"op": "remove", "path": "a"}],
    [{"op": "remove", "path": 1}],
    [{"op": "remove", "path": "/a~2"}],
    [{"op": "remove", "path": ""}],
    [{"op": "move", "path": "/a/b", "from": "/a"}],
    [{"op": ["add"], "path": "/a", "value": 1}],
]


@pytest.mark.parametrize(("document", "patch", "result"), GOOD)
def test_what_the_standard_shows_comes_out(document: Any, patch: Any, result: Any) -> None:
    """The document that was given stays as it was."""
    before = json.dumps(document)
    assert apply_patch(document, read_patch(patch)) == result
    assert json.dumps(document) == before


@pytest.mark.parametrize(("document", "patch"), BAD)
def test_what_does_not_fit_is_refused_without_a_value(document: Any, patch: Any) -> None:
    """The place is told, and nothing that stands there."""
    with pytest.raises(PatchRefused) as refused:
        apply_patch(document, read_patch(patch))
    assert "text" not in str(refused.value)
    assert "qux" not in str(refused.value)


def test_a_nik_that_is_the_name_of_a_field_is_not_repeated() -> None:
    """A sender wrote it there, and whoever corrects it names the place."""
    place = "/data/3374106508990001"
    for operation in ({"op": "remove", "path": place}, {"op": "test", "path": place, "value": 1}):
        with pytest.raises(PatchRefused) as refused:
            apply_patch({"data": {}}, read_patch([operation]))
        assert str(refused.value) == "/data/337410********** is not there"


@pytest.mark.parametrize("said", NONE)
def test_what_is_no_patch_is_refused_before_it_is_applied(said: Any) -> None:
    """Also what only a tolerant reader would take."""
    with pytest.raises(PatchRefused):
        read_patch(said)


def test_what_a_patch_brings_in_is_not_shared_between_documents() -> None:
    """Two documents, one patch: a later operation on the first does not change the second."""
    patch = read_patch([{"op": "add", "path": "/a", "value": []}, {"op": "add", "path": "/a/-", "value": 1}])
    assert [apply_patch({}, patch) for _ in range(3)] == [{"a": [1]}] * 3


def test_places_touch_when_one_lies_within_the_other() -> None:
    """Whoever replaces all data replaces the NIK."""
    assert touches(("data",), ("data", "nik"))
    assert touches(("data", "nik"), ("data", "nik"))
    assert touches(("data", "nik", "0"), ("data", "nik"))
    assert touches((), ("id",))
    assert not touches(("data", "name"), ("data", "nik"))


def test_values_are_the_same_as_json_has_it() -> None:
    """Numbers by their value, and true is no number."""
    assert same({"a": [1, None]}, {"a": [1.0, None]})
    assert not same(1, True)
    assert not same([0], [False])
    assert not same({"a": 1}, {"a": 1, "b": 1})
