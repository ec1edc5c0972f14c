"""A message's body for the eye: its shape and every field that cannot tell who somebody is."""

import json
from typing import Any, Final

from schemas.event import PERSONAL, Event
from schemas.events import EVENTS
from schemas.nik import mask_niks

MASK: Final = "***"
_ENVELOPE: Final = frozenset(Event.model_fields)


def _data_names() -> frozenset[str]:
    """Return the names of all fields of all events' data, but those of a person."""
    names = set[str]()
    for event in EVENTS.values():
        data: Any = event.model_fields["data"].annotation
        names |= {field.alias or name for name, field in data.model_fields.items()}
    return frozenset(names - PERSONAL)


_SAFE: Final = _ENVELOPE | _data_names()


def masked_body(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON it holds
    """Return the JSON of *body* with what may be personal masked; of what is no JSON, text with its shape only."""
    try:
        return _masked(json.loads(body))
    except (ValueError, RecursionError):
        return shape(body.decode(errors="replace"))


def shape(text: str) -> str:
    """Return *text* with each letter as x and each digit as 0: enough to see where it breaks."""
    return "".join("0" if sign.isdigit() else "x" if sign.isalpha() else sign for sign in text[:2000])


def _masked(value: Any, *, safe: bool = False) -> Any:  # noqa: ANN401
    match value:
        case dict():
            return {mask_niks(name): _masked(item, safe=name in _SAFE) for name, item in value.items()}
        case list():
            return [_masked(item, safe=safe) for item in value]
        case str() if safe:
            return mask_niks(value)
        case bool() | None:
            return value
        case int() | float() if safe:
            return json.loads(mask_niks(json.dumps(value))) if len(str(value)) < 16 else MASK
        case _:
            return MASK
