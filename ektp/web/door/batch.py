"""A CloudEvents batch cut into its items, so that one that cannot be read spoils none beside it."""

import re
from typing import Final

from starlette.datastructures import Headers

from schemas.errors import Refused
from schemas.reasons import Reason

BATCH_TYPE: Final = "application/cloudevents-batch+json"
#: The largest batch, in bytes and in events.
LARGEST_BATCH: Final = 1024 * 1024
MOST_EVENTS: Final = 1000
# Texts are skipped as a whole; possessive, so that a text without end costs one look and not one for each quote in it.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|[\[\]{},]', re.DOTALL)
_SPACE: Final = b" \t\r\n"


def is_batch(headers: Headers) -> bool:
    """Tell whether a request says that it brings a batch."""
    return content_type(headers).partition(";")[0].strip().lower() == BATCH_TYPE


def content_type(headers: Headers) -> str:
    """Return the content type; where it was sent twice both, which is none of ours."""
    return ", ".join(headers.getlist("content-type"))


def cut(body: bytes) -> list[bytes]:
    """Return the bytes of each item of a JSON list; raise Refused where it cannot be told where one ends."""
    text = body.strip(_SPACE)
    if not text.startswith(b"["):
        raise Refused(Reason.NOT_JSON, "a batch is a JSON list of events")
    items, depth, start = list[bytes](), 0, 1
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign[:1] == b'"':
            if len(sign) == 1 or sign[-1:] != b'"':
                raise Refused(Reason.NOT_JSON, "a text does not end")
        elif sign in b"[{":
            depth += 1
        elif sign == b",":
            if depth == 1:
                items.append(text[start : token.start()].strip(_SPACE))
                start = token.end()
        else:
            depth -= 1
            if depth == 0:
                return _whole(text, token.start(), token.end(), start, items)
    raise Refused(Reason.NOT_JSON, "the list does not end")


def _whole(text: bytes, close: int, end: int, start: int, items: list[bytes]) -> list[bytes]:
    """Add the last item, and see that the list's own bracket was the end of the body."""
    if text[close:end] != b"]" or end != len(text):
        raise Refused(Reason.NOT_JSON, "something stands after the list")
    last = text[start:close].strip(_SPACE)
    found = [*items, last] if items or last else []
    if len(found) > MOST_EVENTS:
        raise Refused(Reason.TOO_LARGE, f"a batch may have {MOST_EVENTS} events")
    return found
