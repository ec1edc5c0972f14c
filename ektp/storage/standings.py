"""A standing as JSON: how one application's ladders lie in its row."""

import json
from typing import Any, Final

from workflows.facts import Rung
from workflows.standing import Standing, Turn

_DEFAULTS: Final = [(name, getattr(Standing(), name)) for name in Standing.__dataclass_fields__]
_write: Final = json.JSONEncoder(separators=(",", ":")).encode


def write_standing(standing: Standing) -> str:
    """Return the JSON text of *standing*; what is as at the beginning is left out."""
    known: dict[str, Any] = {
        name: value for name, default in _DEFAULTS if (value := getattr(standing, name)) != default
    }
    if standing.turns:
        known["turns"] = [
            {name: value for name in Turn.__dataclass_fields__ if (value := getattr(turn, name)) is not False}
            for turn in standing.turns
        ]
    return _write(known)


def read_standing(known: dict[str, Any]) -> Standing:
    """Return the standing whose JSON object is *known*."""
    fields = dict(known)
    if "rung" in fields:
        fields["rung"] = Rung(fields["rung"])
    if "turns" in fields:
        fields["turns"] = tuple(Turn(**turn) for turn in fields["turns"])
    return Standing(**fields)
