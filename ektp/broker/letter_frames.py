"""How a letter is written as frames, and how the broker's answers are read: many of both at once.

py-amqp would turn each letter and each answer into objects of its own; that was nine tenths of the relay's time.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from struct import Struct
from typing import Final
from uuid import UUID

from consumers.ports import Letter
from ektp.broker.delivery_frames import read_properties
from ektp.broker.frames import BODY, END, HEADER, METHOD

CONTENT_TYPE: Final = "application/cloudevents+json"
PERSISTENT: Final = 2

_FRAME: Final = Struct(">BHI")
_CONTENT: Final = Struct(">HHQH")  # class, weight, size of the body, flags
_SIZE: Final = Struct(">Q")
_BASIC: Final = 60
_ANSWER: Final = Struct(">QB")  # delivery tag, multiple
_PUBLISH, _RETURN, _ACK, _NACK = (Struct(">HH").pack(_BASIC, method) for method in (40, 50, 80, 120))
_MANDATORY: Final = 1
_FLAGS: Final = 0x8000 | 0x1000 | 0x0080  # content type, delivery mode, message id
_ENDING: Final = bytes([END])
_ID: Final = 36  # characters


class LetterWriter:
    """Writes letters for one channel: mandatory, persistent, with the id as message id."""

    def __init__(self, channel: int, frame_max: int) -> None:
        self._channel = channel
        self._largest = frame_max - 8
        properties = _short(CONTENT_TYPE) + bytes([PERSISTENT, _ID])
        size = _CONTENT.size + len(properties) + _ID
        self._before = _FRAME.pack(HEADER, channel, size) + _CONTENT.pack(_BASIC, 0, 0, 0)[:4]
        self._after = _CONTENT.pack(0, 0, 0, _FLAGS)[-2:] + properties
        # The same few exchanges and keys all day.
        self._method = lru_cache(maxsize=4096)(self._method_frame)

    def frames(self, letter: Letter) -> Iterator[bytes]:
        """Yield the bytes of one letter, in pieces to be joined."""
        body = letter.body
        yield self._method(letter.exchange, letter.routing_key)
        yield self._before
        yield _SIZE.pack(len(body))
        yield self._after
        yield str(letter.id).encode()
        yield _ENDING
        for at in range(0, len(body), self._largest):
            part = body[at : at + self._largest]
            yield _FRAME.pack(BODY, self._channel, len(part))
            yield part
            yield _ENDING

    def _method_frame(self, exchange: str, routing_key: str) -> bytes:
        payload = _PUBLISH + b"\x00\x00" + _short(exchange) + _short(routing_key) + bytes([_MANDATORY])
        return _FRAME.pack(METHOD, self._channel, len(payload)) + payload + _ENDING


class Confirms:
    """What the broker says about the letters of one channel; tags are its running numbers."""

    def __init__(self, channel: int) -> None:
        self.unconfirmed: dict[int, UUID] = {}
        self.routed: dict[UUID, bool] = {}
        self._channel = channel
        self._sent = 0
        self._returned: set[str] = set()
        self._returning: int | None = None  # bytes still to come of what is being returned; None when nothing is

    def expect(self, letter: UUID) -> None:
        """Note the next letter that is sent."""
        self._sent += 1
        self.unconfirmed[self._sent] = letter

    def begin(self) -> None:
        """Forget earlier letters: whoever sent them did not wait for the answer."""
        self.unconfirmed, self.routed = {}, {}
        self._returned.clear()

    def take(self, kind: int, channel: int, payload: bytes) -> bool | None:
        """Take an answer (see frames.OnFrame)."""
        if channel != self._channel:
            return None
        if kind == METHOD:
            return self._take_method(payload)
        if self._returning is None:
            return None
        if kind == HEADER:
            (self._returning,) = _SIZE.unpack_from(payload, 4)
            self._returned.add(read_properties(payload).get("message_id", ""))
        else:
            self._returning -= len(payload)
        if self._returning <= 0:
            self._returning = None
        return False

    def _take_method(self, payload: bytes) -> bool | None:
        method = payload[:4]
        if method == _RETURN:
            self._returning = 0
            return False
        if method not in (_ACK, _NACK):
            return None
        tag, bits = _ANSWER.unpack_from(payload, 4)
        # A tag we do not know is of an earlier call that did not wait for it.
        tags = list(takewhile(tag.__ge__, self.unconfirmed)) if bits & 1 else [tag]
        for known in tags:
            letter = self.unconfirmed.pop(known, None)
            if letter is not None and method == _ACK:
                self.routed[letter] = not self._returned or str(letter) not in self._returned
        return True


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes([len(encoded)]) + encoded
