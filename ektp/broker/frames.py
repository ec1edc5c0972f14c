"""How frames are read from an open link: whatever the socket holds at once, and the frequent kinds by our own code.

py-amqp reads each frame with three calls and turns each into an object; at thousands of messages a second that is most
of a process's time.
"""

from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from amqp.exceptions import UnexpectedFrame  # type: ignore[import-untyped]

METHOD, HEADER, BODY = 1, 2, 3
END: Final = 0xCE
_CHUNK: Final = 64 * 1024  # bytes
_FRAME: Final = Struct(">BHI")  # kind, channel, size of the payload

#: (kind, channel, payload) -> whether something was finished by it; None if py-amqp shall have the frame.
OnFrame = Callable[[int, int, bytes], bool | None]


def read_in_bulk(connection: Any, on_frame: OnFrame) -> None:  # noqa: ANN401 - py-amqp has no types
    """Let an open py-amqp connection take what the socket holds in one read, and offer each frame to `on_frame` first.

    Without effect on a connection that has no frames. What is not yet a whole frame stays where py-amqp keeps it.
    """
    if hasattr(connection, "transport"):
        connection.blocking_read = _Reader(connection, on_frame).read


class _Reader:
    def __init__(self, connection: Any, on_frame: OnFrame) -> None:  # noqa: ANN401
        self._connection = connection
        self._on_frame = on_frame

    def read(self, timeout: float | None = None) -> bool:
        """Handle the frames that are there, after waiting `timeout` seconds for the first; TimeoutError without one."""
        transport = self._connection.transport
        buffer: bytes = transport._read_buffer  # noqa: SLF001 - shared with py-amqp's own reading
        if not _is_whole(buffer):
            buffer += self._receive(timeout)
        self._connection.bytes_recv += 1  # py-amqp's heartbeat check looks whether this number grows
        at, finished = 0, False
        try:
            while len(buffer) >= at + 8:
                kind, channel, size = _FRAME.unpack_from(buffer, at)
                end = at + 7 + size
                if len(buffer) <= end:
                    break
                if buffer[end] != END:
                    raise UnexpectedFrame(f"frame_end {buffer[end]:#04x}")
                payload = buffer[at + 7 : end]
                at = end + 1
                done = self._on_frame(kind, channel, payload)
                if done is None:
                    # py-amqp may want to read more while it handles this one.
                    transport._read_buffer = buffer[at:]  # noqa: SLF001
                    buffer, at = b"", 0
                    try:
                        done = self._connection.on_inbound_frame((kind, channel, payload))
                    finally:
                        buffer = transport._read_buffer  # noqa: SLF001
                finished = done or finished
        finally:
            transport._read_buffer = buffer[at:]  # noqa: SLF001
        return finished

    def _receive(self, timeout: float | None) -> bytes:
        transport = self._connection.transport
        try:
            with transport.having_timeout(timeout):
                chunk: bytes = transport._quick_recv(_CHUNK)  # noqa: SLF001
        except TimeoutError:
            raise
        except OSError:
            transport.connected = False
            raise
        if not chunk:
            transport.connected = False
            raise ConnectionResetError("the broker closed the connection")
        return chunk


def _is_whole(buffer: bytes) -> bool:
    """Tell whether the buffer begins with a whole frame."""
    return len(buffer) >= 8 and len(buffer) >= _FRAME.unpack_from(buffer)[2] + 8
