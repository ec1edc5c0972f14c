"""JSON Patch (RFC 6902), small and strict: what it says is checked once, and applied to many documents."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schemas.errors import PatchRefused
from schemas.nik import mask_niks

Pointer = tuple[str, ...]
_WITH_VALUE: Final = frozenset({"add", "replace", "test"})
_WITH_FROM: Final = frozenset({"move", "copy"})
_VERBS: Final = _WITH_VALUE | _WITH_FROM | {"remove"}
#: As many operations as a person can read before approving them.
MOST: Final = 50


class Operation(NamedTuple):
    """One operation; `source` is None for those that have no `from`, and `value` counts for add, replace and test."""

    verb: str
    path: Pointer
    source: Pointer | None = None
    value: Any = None

    @property
    def writes(self) -> tuple[Pointer, ...]:
        """The places that it changes."""
        if self.verb == "test":
            return ()
        return (self.path, self.source) if self.verb == "move" and self.source is not None else (self.path,)


def read_patch(said: object) -> tuple[Operation, ...]:
    """Read the JSON of a patch; raise PatchRefused for what is not of RFC 6902, or longer than MOST."""
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise PatchRefused("", f"a patch is a list of 1 to {MOST} operations")
    return tuple(_operation(at, one) for at, one in enumerate(said))


def apply_patch(document: object, operations: Sequence[Operation]) -> Any:  # noqa: ANN401 - any JSON
    """Return *document* with all operations done in their order; raise PatchRefused, and then none is.

    What is changed is a copy, what is not is shared with *document* and the patch: neither may be changed afterwards.
    """
    root = {"": document}
    for operation in operations:
        _DOING[operation.verb](root, operation)
    return root[""]


def write_pointer(pointer: Pointer) -> str:
    """Write a place as RFC 6901 does."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in pointer)


def _refused(place: Pointer, because: str) -> PatchRefused:
    """Make the refusal at a place; a NIK may stand where a sender wrote it as the name of a field."""
    return PatchRefused(mask_niks(write_pointer(place)), because)


def touches(pointer: Pointer, place: Pointer) -> bool:
    """Tell whether changing what is at *pointer* may change what is at *place*: it is there, below it or around it."""
    shorter = min(len(pointer), len(place))
    return pointer[:shorter] == place[:shorter]


def same(one: object, other: object) -> bool:
    """Tell whether two JSON values are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return one == other


def _operation(at: int, said: object) -> Operation:
    where = f"operation {at + 1}"
    if not isinstance(said, dict):
        raise PatchRefused(where, "an operation is an object")
    verb = said.get("op")
    if not isinstance(verb, str) or verb not in _VERBS:
        raise PatchRefused(where, f"op must be one of {', '.join(sorted(_VERBS))}")
    needed = {"op", "path"} | ({"value"} if verb in _WITH_VALUE else {"from"} if verb in _WITH_FROM else set())
    if said.keys() != needed:
        raise PatchRefused(where, f"{verb} has the members {', '.join(sorted(needed))} and no other")
    path = _pointer(where, said["path"])
    source = _pointer(where, said["from"]) if verb in _WITH_FROM else None
    if verb == "move" and source is not None and len(source) < len(path) and path[: len(source)] == source:
        raise PatchRefused(where, "nothing can be moved into itself")
    if not path and verb in ("remove", "move"):
        raise PatchRefused(where, f"the whole document cannot be the path of {verb}")
    return Operation(verb, path, source, said.get("value"))


def _pointer(where: str, said: object) -> Pointer:
    if not isinstance(said, str) or (said and not said.startswith("/")):
        raise PatchRefused(where, "a pointer is empty, or begins with /")
    names = said.split("/")[1:]
    if any("~" in name.replace("~0", "").replace("~1", "") for name in names):
        raise PatchRefused(where, "in a pointer ~ is written ~0, and / is written ~1")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in names)


def _found(root: dict[str, Any], pointer: Pointer) -> tuple[Any, str]:
    """Return what holds the place, and its name there; raise PatchRefused where nothing leads to it.

    Everything on the way there is copied: it may be changed, and belongs to nobody else.
    """
    holder: Any = root
    for depth, name in enumerate(("", *pointer[:-1])) if pointer else ():
        inner = _member(holder, name, pointer[:depth])
        if isinstance(inner, dict | list):
            holder[name if isinstance(holder, dict) else int(name)] = inner = inner.copy()
        holder = inner
    return holder, (pointer[-1] if pointer else "")


def _member(holder: object, name: str, pointer: Pointer) -> Any:  # noqa: ANN401 - any JSON
    match holder:
        case dict() if name in holder:
            return holder[name]
        case list():
            return holder[_index(holder, name, pointer, len(holder) - 1)]
        case _:
            raise _refused(pointer, "is not there")


def _index(holder: list[Any], name: str, pointer: Pointer, last: int) -> int:
    if not (name.isascii() and name.isdigit()) or (name[0] == "0" and name != "0"):
        raise _refused(pointer, "a place in a list is a number without a leading 0")
    if len(name) > 9 or (at := int(name)) > last:
        raise _refused(pointer, f"the list has {len(holder)} items")
    return at


def _add(root: dict[str, Any], operation: Operation) -> None:
    _insert(root, operation.path, operation.value)


def _insert(root: dict[str, Any], path: Pointer, value: object) -> None:
    holder, name = _found(root, path)
    match holder:
        case dict():
            holder[name] = value
        case list() if name == "-":
            holder.append(value)
        case list():
            holder.insert(_index(holder, name, path, len(holder)), value)
        case _:
            raise _refused(path, "is in something that is neither object nor list")


def _take(root: dict[str, Any], path: Pointer) -> Any:  # noqa: ANN401 - any JSON
    holder, name = _found(root, path)
    value = _member(holder, name, path)
    del holder[name if isinstance(holder, dict) else int(name)]
    return value


def _look(root: dict[str, Any], path: Pointer) -> Any:  # noqa: ANN401 - any JSON
    holder, name = _found(root, path)
    return _member(holder, name, path)


def _replace(root: dict[str, Any], operation: Operation) -> None:
    holder, name = _found(root, operation.path)
    _member(holder, name, operation.path)
    holder[name if isinstance(holder, dict) else int(name)] = operation.value


def _remove(root: dict[str, Any], operation: Operation) -> None:
    _take(root, operation.path)


def _move(root: dict[str, Any], operation: Operation) -> None:
    _insert(root, operation.path, _take(root, operation.source or ()))


def _copy(root: dict[str, Any], operation: Operation) -> None:
    _insert(root, operation.path, _look(root, operation.source or ()))


def _test(root: dict[str, Any], operation: Operation) -> None:
    if not same(_look(root, operation.path), operation.value):
        raise _refused(operation.path, "holds another value than the patch tests for")


_DOING: Final[Mapping[str, Callable[[dict[str, Any], Operation], None]]] = MappingProxyType(
    {"add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test}
)
