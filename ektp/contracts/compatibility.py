"""A contract against one that was released: what was added, and what would break somebody who keeps to the old one.

Of what we accept (events), whatever the old contract allowed has to be allowed still. Of what we say (notices,
requests, feedback), whatever the new one allows the old one has to have allowed; only fields that are new may come,
for a listener passes over what it does not know. A message is not changed beyond that: it gets a v2 beside its v1.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ektp.contracts.containment import Schema, Sides, excesses
from ektp.contracts.schemas import FAMILIES

#: Where releases are kept: one folder for each version, never changed again.
RELEASED: Final = Path("released")
_ACCEPTED: Final = "events"
_VERSION: Final = re.compile(r"^  version: ([0-9.]+)$", re.MULTILINE)


class Change(NamedTuple):
    """One thing that differs: the file, where in the message, and in words what changed."""

    file: str
    path: str
    why: str


class Comparison(NamedTuple):
    """What breaks somebody, and what is merely new; with the versions of the two contracts."""

    old: str
    new: str
    breaking: tuple[Change, ...]
    added: tuple[Change, ...]

    @property
    def raised(self) -> bool:
        """Tell whether the version says what happened: higher where anything was added."""
        return not self.added or numbers(self.new) > numbers(self.old)


def compared(old: Mapping[str, str], new: Mapping[str, str]) -> Comparison:
    """Compare two contracts, the text of every file by its path. Raises KeyError and ValueError for what is none."""
    before, after = _schemas(old), _schemas(new)
    breaking = [Change(path, "", "the message is gone") for path in sorted(before.keys() - after.keys())]
    added = [Change(path, "", "a new message") for path in sorted(after.keys() - before.keys())]
    for path in sorted(before.keys() & after.keys()):
        breaking += _broken(path, before[path], after[path])
        added += [Change(path, where, "a new field") for where in sorted(_fields(after[path]) - _fields(before[path]))]
    breaking += _exchanges(json.loads(old["definitions.json"]), json.loads(new["definitions.json"]))
    return Comparison(_version(old), _version(new), tuple(breaking), tuple(added))


def kept(folder: Path) -> dict[str, str]:
    """Return the text of every file of a contract that lies in a folder. Raises OSError."""
    names = ("asyncapi.yaml", "definitions.json", "reasons.json")
    messages = (f"{family}/{file.name}" for family in FAMILIES for file in (folder / family).glob("*.json"))
    return {path: (folder / path).read_text(encoding="utf-8") for path in (*names, *messages)}


def last_release(folder: Path) -> Path:
    """Return the folder of the highest version under *folder*`/released`. Raises ValueError where there is none."""
    return max((one for one in (folder / RELEASED).iterdir() if one.is_dir()), key=lambda one: numbers(one.name))


def numbers(version: str) -> tuple[int, ...]:
    """Return a version so that it can be compared, `1.10.0` after `1.9.0`."""
    return tuple(int(part) for part in version.split("."))


def _broken(file: str, old: Schema, new: Schema) -> Iterator[Change]:
    accepted = file.startswith(f"{_ACCEPTED}/")
    if accepted:
        for found in excesses(Sides(old, new, tolerant=False)):
            yield Change(file, found.path, f"it {found.what} by the old contract, and no more")
        yield from _other_defaults(file, old, new)
    else:
        for found in excesses(Sides(new, old, tolerant=True)):
            yield Change(file, found.path, f"it {found.what} now, and could not by the old contract")
    for path in sorted(_fields(old) - _fields(new)):
        if not accepted or _is_open(new, path):
            yield Change(file, path, "the field is gone")


def _other_defaults(file: str, old: Schema, new: Schema) -> Iterator[Change]:
    """Yield what means something else now where it is left out."""
    before, after = dict(_defaults(old)), dict(_defaults(new))
    for path in sorted(before.keys() & after.keys()):
        if before[path] != after[path]:
            yield Change(file, path, f"left out it means {after[path]!r}, and meant {before[path]!r}")


def _walked(document: Schema, schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every field of a message with its path, of alternatives all."""
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    for branch in schema.get("anyOf", ()):
        yield from _walked(document, branch, path)
    if "items" in schema:
        yield from _walked(document, schema["items"], f"{path}[]")
    for name, field in schema.get("properties", {}).items():
        where = f"{path}.{name}" if path else name
        yield where, field
        yield from _walked(document, field, where)


def _fields(schema: Schema) -> set[str]:
    return {path for path, _ in _walked(schema, schema)}


def _defaults(schema: Schema) -> Iterator[tuple[str, Any]]:
    return ((path, field["default"]) for path, field in _walked(schema, schema) if "default" in field)


def _is_open(schema: Schema, path: str) -> bool:
    """Tell whether the object around a field lets any other through: then what is gone is passed over in silence."""
    around = path.rpartition(".")[0]
    found = schema if not around else dict(_walked(schema, schema)).get(around, {})
    while "$ref" in found:
        found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    return found.get("additionalProperties", True) is not False


def _exchanges(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the exchanges that are gone or of another kind: whoever publishes or binds names one."""
    after = {one["name"]: one["type"] for one in new["exchanges"]}
    for one in old["exchanges"]:
        if after.get(one["name"]) != one["type"]:
            was = f"the exchange {one['name']} was {one['type']}"
            yield Change("definitions.json", one["name"], f"{was} and is {after.get(one['name'], 'gone')}")


def _schemas(contract: Mapping[str, str]) -> dict[str, Schema]:
    return {path: json.loads(text) for path, text in contract.items() if path.partition("/")[0] in FAMILIES}


def _version(contract: Mapping[str, str]) -> str:
    """Read it where our writer puts it; reading all of the YAML takes half a second."""
    found = _VERSION.search(contract["asyncapi.yaml"])
    if found is None:
        raise ValueError("asyncapi.yaml names no version")
    return found[1]
