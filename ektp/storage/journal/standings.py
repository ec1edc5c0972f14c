"""A standing as JSON: how one application's ladders lie in its row."""

from datetime import date
from typing import Any, Final

from pydantic_core import to_json

from workflows.facts import Rung
from workflows.standing import Standing, Turn

_DEFAULTS: Final = Standing()


def write_standing(standing: Standing) -> str:
    """Return the JSON text of *standing*; what is as at the beginning is left out."""
    columns = zip(Standing._fields, standing, _DEFAULTS, strict=True)
    known: dict[str, Any] = {name: value for name, value, default in columns if value != default}
    if "rung" in known:
        known["rung"] = int(known["rung"])
    if standing.turns:
        known["turns"] = [
            {name: value for name, value in zip(Turn._fields, turn, strict=True) if value is not False}
            for turn in standing.turns
        ]
    return to_json(known).decode()


def read_standing(known: dict[str, Any]) -> Standing:
    """Return the standing whose JSON object is *known*."""
    fields = dict(known)
    if "rung" in fields:
        fields["rung"] = Rung(fields["rung"])
    if fields.pop("invited", False):
        fields["invited_for"] = fields["attempt"]  # as it was written before invitations were kept by attempt
    if "not_before" in fields:
        fields["not_before"] = date.fromisoformat(fields["not_before"])
    if "turns" in fields:
        fields["turns"] = tuple(Turn(**turn) for turn in fields["turns"])
    return Standing(**fields)
