"""CloudEvents 1.0 in JSON as they travel over RabbitMQ and HTTP: structured, or binary with ce- headers."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote

from schemas.errors import Refused
from schemas.moments import write_moment
from schemas.reasons import Reason
from schemas.wire_json import read_object

STRUCTURED_TYPE: Final = "application/cloudevents+json"
BINARY_TYPE: Final = "application/json"
#: The largest message, in bytes: body and ce- headers together.
LARGEST: Final = 64 * 1024
PREFIX: Final = "ce-"
#: What clients write into content_encoding when they mean none.
_PLAIN_ENCODINGS: Final = frozenset({"", "identity", "binary", "utf-8", "utf8", "us-ascii", "ascii"})
_CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_ACCEPTED: Final = f"send {STRUCTURED_TYPE}, or {BINARY_TYPE} with ce- headers"


class Mode(StrEnum):
    """How an event travels."""

    STRUCTURED = "structured"
    BINARY = "binary"


def mode_of(content_type: str | None, content_encoding: str | None, headers: Mapping[str, object]) -> Mode:
    """Tell how a message is to be read; raise Refused (content-type-not-allowed, encoding-not-allowed)."""
    if content_encoding is not None and str(content_encoding).lower() not in _PLAIN_ENCODINGS:
        raise Refused(Reason.ENCODING_NOT_ALLOWED, "the body must be plain, without content_encoding")
    if content_type == STRUCTURED_TYPE:
        return Mode.STRUCTURED
    if not isinstance(content_type, str):
        raise Refused(Reason.CONTENT_TYPE_NOT_ALLOWED, f"there is no content type; {_ACCEPTED}")
    kind = content_type.partition(";")[0].strip().lower()
    charset = _CHARSET.search(content_type)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        raise Refused(Reason.CONTENT_TYPE_NOT_ALLOWED, f"the charset must be utf-8; {_ACCEPTED}")
    if kind == STRUCTURED_TYPE:
        return Mode.STRUCTURED
    if kind == BINARY_TYPE and any(map(_is_attribute, headers)):
        return Mode.BINARY
    raise Refused(Reason.CONTENT_TYPE_NOT_ALLOWED, _ACCEPTED)


def check_size(body: bytes, headers: Mapping[str, object]) -> None:
    """Refuse what is too large, before anything is read."""
    size = len(body)
    if headers:
        size += sum(len(name) + len(str(value)) for name, value in headers.items() if _is_attribute(name))
    if size > LARGEST:
        raise Refused(Reason.TOO_LARGE, f"a message may have {LARGEST // 1024} KiB")


def read_headers(headers: Mapping[str, object], *, percent_encoded: bool) -> tuple[dict[str, str], Refused | None]:
    """Read every ce- header as text, and the first fault found on the way (what is readable is still wanted)."""
    attributes: dict[str, str] = {}
    fault: Refused | None = None
    for header, value in headers.items():
        name = header.lower().removeprefix(PREFIX)
        if not _is_attribute(header) or value is None or name == "datacontenttype":
            continue
        try:
            text = _spelled(value)
            if name in attributes:
                raise Refused(Reason.DUPLICATE_KEY, "a ce- header appears twice")  # noqa: TRY301
            attributes[name] = unquote(text, errors="strict") if percent_encoded else text
        except UnicodeError:
            fault = fault or Refused(Reason.NOT_UTF_8, "a ce- header is not UTF-8")
        except Refused as refused:
            fault = fault or refused
    return attributes, fault


def _is_attribute(header: str) -> bool:
    return header[:3].lower() == PREFIX


def _spelled(value: object) -> str:
    """Spell a header as CloudEvents spells attributes in text."""
    match value:
        case str():
            return value
        case bytes():
            return value.decode("utf-8")
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case datetime():
            # AMQP timestamps count seconds in UTC, and the clients hand them over without saying so.
            return write_moment(value if value.tzinfo else value.replace(tzinfo=UTC))
        case _:
            raise Refused(Reason.BAD_ATTRIBUTE, "a ce- header is neither text, number, boolean nor time")


def as_structured(attributes: Mapping[str, str], body: bytes, *, readable: bool) -> bytes:
    """Write a binary event as the structured one it equals; a body that is no JSON is kept in base64."""
    envelope = json.dumps({**attributes, "datacontenttype": BINARY_TYPE})[:-1].encode()
    if readable:
        return envelope + b', "data": ' + body + b"}"
    return envelope + b', "data_base64": "' + base64.b64encode(body) + b'"}'


def read_binary(attributes: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Join the attributes of the headers and the data of the body."""
    return {**attributes, "data": read_object(body)}


def write_structured(attributes: Mapping[str, object], data: Mapping[str, object]) -> bytes:
    """Write a structured CloudEvent of JSON values; attributes that are None are left out."""
    envelope = {name: value for name, value in attributes.items() if value is not None}
    whole = {"specversion": "1.0", **envelope, "datacontenttype": BINARY_TYPE, "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def write_binary(attributes: Mapping[str, object], data: Mapping[str, object]) -> tuple[dict[str, str], str, bytes]:
    """Write a binary CloudEvent of JSON values: headers, content type, body."""
    envelope = {"specversion": "1.0", **attributes}
    headers = {
        f"{PREFIX}{name}": _spelled(value)
        for name, value in envelope.items()
        if value is not None and name != "datacontenttype"
    }
    return headers, BINARY_TYPE, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
