"""A made-up past: how `recorded` was called and said by two releases before the first, and the way to today."""

from collections.abc import Mapping
from typing import Any, Final

from schemas.upcasting import Said, Step


def _to_v0(data: Said) -> Said:
    renamed = {"try_number": "number", "kecamatan": "place"}
    return {renamed.get(name, name): value for name, value in data.items()}


def _to_v1(data: Said) -> Said:
    rest = {name: value for name, value in data.items() if name not in ("number", "place")}
    return {**rest, "attempt": int(data["number"]), "office": data["place"]}


#: `taken.v1` was called `recorded.v0` later, whose attempt was a text; both are `recorded.v1` today.
OLDER: Final[Mapping[str, Step]] = {
    "id.ektp.taken.v1": Step("id.ektp.recorded.v0", _to_v0),
    "id.ektp.recorded.v0": Step("id.ektp.recorded.v1", _to_v1),
}


def as_in_v0(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `recorded` says, as it was said in the middle release."""
    rest = {name: value for name, value in data.items() if name not in ("attempt", "office")}
    return {**rest, "number": str(data["attempt"]), "place": data["office"]}


def as_in_v00(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `recorded` says, as it was said in the oldest release."""
    rest = {name: value for name, value in data.items() if name not in ("attempt", "office")}
    return {**rest, "try_number": str(data["attempt"]), "kecamatan": data["office"]}
