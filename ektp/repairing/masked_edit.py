"""A message edited with the person masked: what stayed masked is again what it was, and never left the store."""

import json
from typing import Any

from ektp.reading.masking import MASK, masked_body
from ektp.repairing.errors import CorrectionRefused
from schemas.errors import Refused
from schemas.json_patch import same
from schemas.nik import mask_niks
from schemas.wire_json import read_object


def shown_for_editing(body: bytes) -> str:
    """Return what somebody edits: the JSON with the person masked; "" for a body that cannot be read."""
    try:
        read_object(body)
    except Refused:
        return ""
    return json.dumps(masked_body(body), ensure_ascii=False, indent=2)


def unmasked(edited: str, body: bytes) -> bytes:
    """Return the event as edited, with every masked value that was left as it was put back from the *body*.

    Raises CorrectionRefused where it cannot be read, or a mask stands where none was.
    """
    try:
        after = read_object(edited.encode(errors="replace"))
    except Refused as refused:
        raise CorrectionRefused(f"the corrected event cannot be read, {refused.detail}") from None
    try:
        before = read_object(body)
    except Refused:
        before, masked = {}, {}
    else:
        masked = masked_body(body)
    return json.dumps(_restored("", after, masked, before), ensure_ascii=False).encode()


def _restored(place: str, edited: Any, masked: Any, before: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the edited value; whatever is equal to what was shown is what was there."""
    match edited, masked, before:
        case _ if same(edited, masked):
            return before
        case dict(), dict(), dict():
            names = {mask_niks(name): name for name in before}
            if len(names) != len(before):
                raise CorrectionRefused(f"two names at {place or '/'} look alike when masked: use a JSON Patch")
            return {
                names.get(name, name): _restored(
                    f"{place}/{name}", value, masked.get(name), before.get(names.get(name, name))
                )
                for name, value in edited.items()
            }
        case list(), list(), list() if len(edited) == len(masked):
            return [
                _restored(f"{place}/{at}", *values)
                for at, values in enumerate(zip(edited, masked, before, strict=True))
            ]
        case _:
            if MASK in json.dumps(edited, ensure_ascii=False):
                raise CorrectionRefused(
                    f"{MASK} stands at {mask_niks(place)} where nothing was masked: write the value"
                )
            return edited
