"""What older releases wrote down, read as it is said today: one step of a version to the next, as often as it takes.

A message that changes gets a new type (`id.ektp.<event>.v2`); what was stored under the old one stays as it was, and
is translated whenever it is read. Its id and its digest are those of what was said then.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schemas.errors import Refused
from schemas.wire_json import read_object

Said = Mapping[str, Any]
_PREFIX: Final = "id.ektp."


class Step(NamedTuple):
    """One step: to which type, and how its data are made of those of the older one."""

    to: str
    data: Callable[[Said], Said]


#: From the older type to the next; every event is still in its first version, so there is none.
UPCASTERS: Final[Mapping[str, Step]] = MappingProxyType({})


def upcast(type_: str, data: Said, upcasters: Mapping[str, Step] = UPCASTERS) -> tuple[str, Said]:
    """Return type and data as they are today. Raises what a step raises for data that never were of its type."""
    while (step := upcasters.get(type_)) is not None:
        type_, data = step.to, step.data(data)
    return type_, data


def types_of(*names: str, upcasters: Mapping[str, Step] = UPCASTERS) -> list[str]:
    """Return every type that events with these names of today are stored under, in this release or an older one."""
    known = {*(f"{_PREFIX}{name}.v1" for name in names), *upcasters, *(step.to for step in upcasters.values())}
    return sorted(type_ for type_ in known if name_today(type_, upcasters) in names)


def name_today(type_: str, upcasters: Mapping[str, Step] = UPCASTERS) -> str:
    """Return the name that an event of this type has today, however it was called when it was stored."""
    while (step := upcasters.get(type_)) is not None:
        type_ = step.to
    return name_of(type_)


def name_of(type_: str) -> str:
    """Return the name in an event's type, `recorded` of `id.ektp.recorded.v1`."""
    return type_.removeprefix(_PREFIX).rpartition(".")[0]


def upcast_message(body: bytes, upcasters: Mapping[str, Step] = UPCASTERS) -> bytes:
    """Return a whole message as it is said today; one that is of today, or cannot be read, as it is."""
    if not upcasters:
        return body
    try:
        wire = read_object(body)
        type_, data = upcast(wire["type"], wire["data"], upcasters)
    except (Refused, LookupError, TypeError, ValueError, AttributeError):
        return body
    return body if type_ == wire["type"] else json.dumps({**wire, "type": type_, "data": data}).encode()
