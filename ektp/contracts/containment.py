"""Whether one JSON Schema allows no more than another: keyword by keyword, and what is not understood differs."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

Schema = Mapping[str, Any]
#: Tells people something and decides nothing.
_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "default"}
)
#: Looked at below, each in its own way.
_UNDERSTOOD: Final = frozenset(
    {"$ref", "type", "enum", "const", "anyOf", "properties", "required", "additionalProperties", "items"}
)
_LEAST: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_MOST: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_COMPARED: Final = _ANNOTATIONS | _UNDERSTOOD | {*_LEAST, *_MOST}


class Excess(NamedTuple):
    """Where the first schema allows what the second does not: the path in the message, and what it is."""

    path: str
    what: str


class Sides(NamedTuple):
    """Two documents, for their `$ref`; `tolerant` readers pass over properties that they do not know."""

    smaller: Schema
    larger: Schema
    tolerant: bool


def excesses(sides: Sides) -> list[Excess]:
    """Return where *smaller* allows what *larger* does not; none if every message of the one is one of the other."""
    return list(_excess(sides, sides.smaller, sides.larger, ""))


def _excess(sides: Sides, small: Schema, large: Schema, path: str) -> Iterator[Excess]:
    small, large = _resolved(sides.smaller, small), _resolved(sides.larger, large)
    if not large:
        return
    if "anyOf" in small or "anyOf" in large:
        yield from _of_branches(sides, small, large, path)
        return
    kinds, allowed = _kinds(small), _kinds(large)
    if stray := kinds - allowed:
        yield Excess(path, f"may be {' or '.join(sorted(stray))}")
        return
    values, taken = _values(small), _values(large)
    if taken is not None:
        stray_values = ["anything"] if values is None else [repr(one) for one in values if one not in taken]
        if stray_values:
            yield Excess(path, f"may be {', '.join(stray_values)}")
    yield from chain(
        _of_bounds(small, large, path), _of_others(small, large, path), _of_properties(sides, small, large, path)
    )
    if "items" in large:
        yield from _excess(sides, small.get("items", {}), large["items"], f"{path}[]")


def _of_branches(sides: Sides, small: Schema, large: Schema, path: str) -> Iterator[Excess]:
    """Each of the one has to fit into one of the other; told is what fails where it comes nearest."""
    for branch in small.get("anyOf", [small]):
        tries = [list(_excess(sides, branch, other, path)) for other in large.get("anyOf", [large])]
        yield from min(tries, key=lambda found: (not _deeper(found, path), len(found)) if found else (False, 0))


def _deeper(found: list[Excess], path: str) -> bool:
    """Tell whether the kinds fit and something inside does not."""
    return not any(one.path == path and one.what.startswith("may be ") for one in found)


def _of_bounds(small: Schema, large: Schema, path: str) -> Iterator[Excess]:
    for name in _LEAST:
        if name in large and small.get(name, float("-inf")) < large[name]:
            yield Excess(path, f"{name} is {small.get(name, 'not there')}, not {large[name]}")
    for name in _MOST:
        if name in large and small.get(name, float("inf")) > large[name]:
            yield Excess(path, f"{name} is {small.get(name, 'not there')}, not {large[name]}")


def _of_others(small: Schema, large: Schema, path: str) -> Iterator[Excess]:
    """Nobody can tell of two patterns which takes more; so nor of any other keyword than those above."""
    for name in sorted(large.keys() - _COMPARED):
        if small.get(name) != large[name]:
            yield Excess(path, f"{name} is {small.get(name, 'not there')}, not {large[name]}")


def _of_properties(sides: Sides, small: Schema, large: Schema, path: str) -> Iterator[Excess]:
    here, there = small.get("properties", {}), large.get("properties", {})
    for name in large.get("required", ()):
        if name not in small.get("required", ()):
            yield Excess(_at(path, name), "may be missing")
    others, strangers = small.get("additionalProperties", True), large.get("additionalProperties", True)
    for name, schema in here.items():
        if name in there:
            yield from _excess(sides, schema, there[name], _at(path, name))
        elif strangers is False and not sides.tolerant:
            yield Excess(_at(path, name), "may be there")
        elif isinstance(strangers, Mapping) and not sides.tolerant:
            yield from _excess(sides, schema, strangers, _at(path, name))
    for name in there.keys() - here.keys():
        if others is not False:
            yield from _excess(sides, {} if others is True else others, there[name], _at(path, name))
    if others is not False and strangers is False and not sides.tolerant and "properties" in large:
        yield Excess(path, "may have fields of any name")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**document["$defs"][schema["$ref"].rpartition("/")[2]], **beside}
    return schema


_KINDS: Final = frozenset({"object", "array", "string", "number", "boolean", "null"})


def _kinds(schema: Schema) -> frozenset[str]:
    """Return the kinds of values; an integer is a number, so whoever takes numbers takes integers."""
    named = schema.get("type", sorted(_KINDS))
    kinds = frozenset([named] if isinstance(named, str) else named)
    return kinds | {"integer"} if "number" in kinds else kinds


def _values(schema: Schema) -> list[Any] | None:
    """Return the values that are listed, None where none are."""
    values: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return values
