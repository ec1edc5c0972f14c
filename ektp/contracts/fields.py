"""The fields of a message for a reader: name, what it may be, whether it has to be there."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

_BOUNDS: Final = {
    "minimum": "from {}",
    "maximum": "to {}",
    "minLength": "at least {} signs",
    "maxLength": "at most {} signs",
    "maxItems": "at most {}",
    "exclusiveMaximum": "below {}",
    "pattern": "like {}",
}
_USUAL: Final = {"minLength": 1}  # says nothing that anybody would not expect


class Field(NamedTuple):
    """One field of `data`; what lies inside another is named with a dot, what lies in a list with brackets."""

    name: str
    may_be: str
    required: bool


def of(schema: Mapping[str, Any]) -> list[Field]:
    """Return the fields of what a message says, given its whole schema."""
    data = _resolved(schema, schema["properties"]["data"])
    return list(_fields(schema, data, ""))


def written(example: Mapping[str, Any]) -> str:
    """Write an example as a person reads it."""
    return json.dumps(example, ensure_ascii=False, indent=2)


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any], before: str) -> Iterator[Field]:
    for name, field in schema.get("properties", {}).items():
        inner = _resolved(document, field)
        branches = [_resolved(document, one) for one in inner.get("anyOf", [inner])]
        yield Field(before + name, " or ".join(map(_may_be, branches)), name in schema.get("required", ()))
        for branch in branches:
            items = _resolved(document, branch["items"]) if "items" in branch else {}
            yield from _fields(document, branch, f"{before}{name}.")
            yield from _fields(document, items, f"{before}{name}[].")


def _may_be(schema: Mapping[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(str(one) for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    words = [str(schema.get("format", kind if isinstance(kind, str) else " or ".join(kind)))]
    if "items" in schema:
        words = [f"list of {_may_be(schema['items'])}" if "$ref" not in schema["items"] else "list"]
    words += [
        text.format(schema[bound])
        for bound, text in _BOUNDS.items()
        if bound in schema and schema[bound] != _USUAL.get(bound)
    ]
    return ", ".join(words)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema
