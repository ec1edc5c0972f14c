"""How a delivery is read from its frames: nothing in it, however malformed, can hurt the link or another message.

py-amqp and pika decode every header of every message and raise in the middle of reading when one does not decode: a
timestamp in milliseconds (the year 50,000), a property that is not UTF-8. One such message would stop a queue for ever.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any, Final

from amqp.serialization import loads  # type: ignore[import-untyped]

from consumers.ports import Message
from ektp.broker.frames import HEADER, METHOD, OnFrame

_DELIVER: Final = b"\x00\x3c\x00\x3c"  # class basic, method deliver
_TEXT, _TABLE = "text", "table"
_OCTET, _LONG_LONG = 1, 8  # bytes
_PROPERTIES: Final[tuple[tuple[str, str | int], ...]] = (
    ("content_type", _TEXT),
    ("content_encoding", _TEXT),
    ("headers", _TABLE),
    ("delivery_mode", _OCTET),
    ("priority", _OCTET),
    ("correlation_id", _TEXT),
    ("reply_to", _TEXT),
    ("expiration", _TEXT),
    ("message_id", _TEXT),
    ("timestamp", _LONG_LONG),
    ("type", _TEXT),
    ("user_id", _TEXT),
)  # in the order of their flags, as far as we read
_TAG: Final = Struct(">QB")
_CONTENT: Final = Struct(">QH")  # size of the body, flags of the properties; after class and weight
_LENGTH: Final = Struct(">I")


def delivered(receivers: Mapping[int, Callable[[Message], None]]) -> OnFrame:
    """Return what hands each delivery over as a `Message`; `receivers` are by the number of the channel."""
    unfinished: dict[int, _Delivery] = {}

    def on_frame(kind: int, channel: int, payload: bytes) -> bool | None:
        if kind == METHOD:
            if payload[:4] != _DELIVER:
                return None
            unfinished[channel] = _Delivery(payload)
            return False
        delivery = unfinished.get(channel)
        if delivery is None:
            return None
        if not delivery.complete(kind, payload):
            return False
        del unfinished[channel]
        receivers[channel](delivery.message())
        return True

    return on_frame


class _Delivery:
    """One delivery while its frames arrive."""

    __slots__ = ("_body", "_header", "_method", "_missing")

    def __init__(self, method: bytes) -> None:
        self._method = method
        self._header = self._body = b""
        self._missing = 0

    def complete(self, kind: int, payload: bytes) -> bool:
        """Take one more frame; True when it was the last."""
        if kind == HEADER:
            self._header = payload
            self._missing, _ = _CONTENT.unpack_from(payload, 4)
        else:
            self._body = self._body + payload if self._body else payload
            self._missing -= len(payload)
        return self._missing <= 0

    def message(self) -> Message:
        """Return what arrived."""
        method = self._method
        at = 5 + method[4]  # after the consumer's tag
        tag, bits = _TAG.unpack_from(method, at)
        redelivered = bool(bits & 1)
        at += 10 + method[at + 9]  # after the exchange
        properties = read_properties(self._header)
        headers = properties.get("headers") or {}
        return Message(
            self._body,
            properties.get("content_type"),
            properties.get("content_encoding"),
            headers,
            method[at + 1 : at + 1 + method[at]].decode(errors="replace"),
            properties.get("user_id"),
            deliveries(headers, redelivered=redelivered),
            redelivered,
            tag,
        )


def deliveries(headers: Mapping[str, object], *, redelivered: bool) -> int:
    """Return the broker's count of earlier deliveries; 0 on the first, where only a sender can have set the header."""
    count = headers.get("x-delivery-count") if redelivered else None
    return count if isinstance(count, int) else 0


def read_properties(header: bytes) -> dict[str, Any]:
    """Read the payload of a content header; what cannot be read counts as replaced or as not there."""
    _, flags = _CONTENT.unpack_from(header, 4)
    at = 14
    properties: dict[str, Any] = {}
    for name, kind in _layout(flags):
        if kind == _TEXT:
            properties[name] = header[at + 1 : at + 1 + header[at]].decode(errors="replace")
            at += 1 + header[at]
        elif isinstance(kind, int):
            at += kind
        else:
            (length,) = _LENGTH.unpack_from(header, at)
            properties[name] = _table(header, at)
            at += 4 + length
    return properties


@lru_cache(maxsize=1024)
def _layout(flags: int) -> tuple[tuple[str, str | int], ...]:
    return tuple(known for place, known in enumerate(_PROPERTIES) if flags & (0x8000 >> place))


def _table(header: bytes, at: int) -> dict[str, object]:
    try:
        values, _ = loads("F", header, at)
    except Exception:  # noqa: BLE001 - whatever a sender put there: the message counts as one without headers
        return {}
    return {name: value for name, value in values[0].items() if isinstance(name, str)}
