"""A strict reader of JSON: what two parsers could understand differently, it refuses."""

import json
import math
import re
from typing import Any, Final, NoReturn

from schemas.errors import Refused
from schemas.reasons import Reason

#: How deep objects and lists may be nested; our own events need four.
DEEPEST: Final = 16
_LONGEST_NUMBER: Final = 20
_INT64: Final = 2**63
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_WIDE_STARTS: Final = (b"\xff\xfe", b"\xfe\xff")


def read_object(body: bytes) -> dict[str, Any]:
    """Read one JSON object; raise Refused with the rule that is broken, never with what stood there."""
    text = _decode(body)
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Refused(Reason.NOT_JSON, f"{error.msg.lower().removesuffix(' at')} at character {error.pos}") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(found, dict):
        raise Refused(Reason.NOT_AN_OBJECT, "an event is a JSON object")
    # Fewer brackets than the limit cannot nest deeper, and a text without \u escapes hides nothing: most need no walk.
    if body.count(b"{") + body.count(b"[") > DEEPEST or b"\\u" in body:
        _walk(found, DEEPEST)
    return found


def _decode(body: bytes) -> str:
    """Decode UTF-8 without a byte order mark; recognise its wide cousins for a better answer."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise Refused(Reason.NOT_UTF_8, "begins with a byte order mark; send UTF-8 without one")
    if body.startswith(_WIDE_STARTS) or b"\x00" in body[:2]:
        raise Refused(Reason.NOT_UTF_8, "looks like UTF-16 or UTF-32; send UTF-8")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF_8, f"is not UTF-8 at byte {error.start}") from None


def _walk(value: object, levels: int) -> None:
    """Look at every text and every level."""
    match value:
        case str():
            if _UNSTORABLE.search(value):
                raise Refused(Reason.NUL_OR_SURROGATE, "a text holds a NUL or half of a surrogate pair")
        case dict() | list():
            if not levels:
                raise _too_deep()
            for item in value:
                _walk(item, levels - 1)
            if isinstance(value, dict):
                for item in value.values():
                    _walk(item, levels - 1)
        case _:
            pass


def _too_deep() -> Refused:
    return Refused(Reason.TOO_DEEP, f"objects and lists may be nested {DEEPEST} deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(Reason.DUPLICATE_KEY, "a name appears twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Refused(Reason.NUMBER_OUT_OF_RANGE, f"{name} is not a number in JSON")


def _int(digits: str) -> int:
    # The length first: turning thousands of digits into a number costs quadratic time.
    if len(digits) > _LONGEST_NUMBER or not -_INT64 <= (number := int(digits)) < _INT64:
        raise Refused(Reason.NUMBER_OUT_OF_RANGE, "an integer does not fit into 64 bits")
    return number


def _float(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise Refused(Reason.NUMBER_OUT_OF_RANGE, "a number is too large")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_int, parse_float=_float
)
