"""The clocks of an application as JSON: how they lie in its row."""

from datetime import datetime
from typing import Any, Final

from pydantic_core import to_json

from workflows.timers import Timers

_DEFAULTS: Final = Timers._field_defaults
_MOMENTS: Final = ("since", "moment", "postponed", "letter")
_COUNTS: Final = ("waited", "stopped")


def write_timers(timers: Timers) -> str:
    """Return the JSON text of *timers*; what is as at the beginning is left out."""
    known: dict[str, Any] = {
        name: value
        for name, value in zip(Timers._fields, timers, strict=True)
        if name not in _DEFAULTS or value != _DEFAULTS[name]
    }
    for name in _MOMENTS:
        if name in known:
            known[name] = known[name].isoformat()
    for name in _COUNTS:
        if name in known:
            known[name] = dict(known[name])
    return to_json(known).decode()


def read_timers(known: dict[str, Any]) -> Timers:
    """Return the clocks whose JSON object is *known*."""
    fields = dict(known)
    for name in _MOMENTS:
        if name in fields:
            fields[name] = datetime.fromisoformat(fields[name])
    for name in _COUNTS:
        if name in fields:
            fields[name] = tuple(sorted(fields[name].items()))
    return Timers(**fields)
