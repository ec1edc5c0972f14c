"""Frames read in bulk from a connection on paper: split anywhere, handed on in order, answers told apart."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from struct import pack
from uuid import uuid4

import pytest
from amqp.exceptions import UnexpectedFrame  # type: ignore[import-untyped]

from consumers.ports import Letter
from ektp.broker.frames import BODY, HEADER, METHOD, read_in_bulk
from ektp.broker.letter_frames import Confirms, LetterWriter

Frame = tuple[int, int, bytes]
LARGEST = 4096  # bytes


class PaperTransport:
    """A socket on paper: `chunks` are what each read finds."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)
        self.connected = True
        self._read_buffer = b""

    @contextmanager
    def having_timeout(self, timeout: float | None) -> Iterator[None]:
        """Wait for nothing."""
        assert timeout is None or timeout >= 0
        yield

    def _quick_recv(self, most: int) -> bytes:
        if not self.chunks:
            raise TimeoutError
        assert len(self.chunks[0]) <= most
        return self.chunks.pop(0)


class PaperConnection:
    """What py-amqp would do with the frames that are left to it."""

    def __init__(self, *chunks: bytes) -> None:
        self.transport = PaperTransport(*chunks)
        self.bytes_recv = 0
        self.left: list[Frame] = []

    def on_inbound_frame(self, frame: Frame) -> bool:
        """Remember it; a method asks for more, as closing does."""
        self.left.append(frame)
        if frame[2] == b"read on":
            self.blocking_read(0)  # type: ignore[attr-defined]
        return True


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """Return one frame as it travels."""
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def read_all(connection: PaperConnection) -> None:
    """Read until nothing comes."""
    with suppress(TimeoutError):
        while True:
            connection.blocking_read(0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 50, 10_000])
def test_frames_may_be_cut_anywhere(size: int) -> None:
    """Whatever the socket gives at once, the same frames come out in the same order, ours and py-amqp's."""
    sent = [(METHOD, 1, b"a"), (BODY, 2, b""), (METHOD, 0, b"x" * 100), (HEADER, 2, b"yy")]
    whole = b"".join(frame(*one) for one in sent)
    connection = PaperConnection(*(whole[at : at + size] for at in range(0, len(whole), size)))
    ours: list[Frame] = []

    def take(kind: int, channel: int, payload: bytes) -> bool | None:
        if channel != 2:
            return None
        ours.append((kind, channel, payload))
        return False

    read_in_bulk(connection, take)
    read_all(connection)
    assert ours == [sent[1], sent[3]]
    assert connection.left == [sent[0], sent[2]]


def test_py_amqp_may_read_on_while_it_handles_a_frame() -> None:
    """What follows is read once, by whoever asks first."""
    connection = PaperConnection(frame(METHOD, 0, b"read on") + frame(METHOD, 0, b"next") + frame(METHOD, 0, b"last"))
    read_in_bulk(connection, lambda *_: None)
    read_all(connection)
    assert [payload for _, _, payload in connection.left] == [b"read on", b"next", b"last"]


def test_a_frame_without_its_end_is_an_error() -> None:
    """The stream is out of step; nothing after it can be believed."""
    connection = PaperConnection(frame(METHOD, 0, b"a")[:-1] + b"\x00")
    read_in_bulk(connection, lambda *_: True)
    with pytest.raises(UnexpectedFrame):
        connection.blocking_read(0)  # type: ignore[attr-defined]


def test_a_closed_socket_is_told_and_remembered() -> None:
    """An empty read means that the broker is gone."""
    connection = PaperConnection(b"")
    read_in_bulk(connection, lambda *_: True)
    with pytest.raises(ConnectionResetError):
        connection.blocking_read(0)  # type: ignore[attr-defined]
    assert not connection.transport.connected


def test_what_has_no_frames_is_left_alone() -> None:
    """The broker in this process."""
    thing = socket.gethostname
    read_in_bulk(thing, lambda *_: True)
    assert not hasattr(thing, "blocking_read")


@pytest.mark.parametrize(("size", "bodies"), [(0, 0), (1, 1), (LARGEST - 8, 1), (LARGEST - 7, 2), (3 * LARGEST, 4)])
def test_a_letter_is_cut_into_frames_that_the_broker_takes(size: int, bodies: int) -> None:
    """Method, header with the size, and as many bodies as needed."""
    letter = Letter(uuid4(), "ektp.notices", "application-printed.33.74", b"x" * size)
    connection = PaperConnection(b"".join(LetterWriter(3, LARGEST).frames(letter)))
    read_in_bulk(connection, lambda *_: None)
    read_all(connection)
    kinds = [kind for kind, channel, _ in connection.left if channel == 3]
    assert kinds == [METHOD, HEADER, *[BODY] * bodies]
    assert b"".join(payload for kind, _, payload in connection.left if kind == BODY) == letter.body
    assert int.from_bytes(connection.left[1][2][4:12], "big") == size
    assert str(letter.id).encode() in connection.left[1][2]
    assert max(len(payload) + 8 for _, _, payload in connection.left) <= LARGEST


def test_answers_are_told_apart() -> None:
    """Acknowledged alone and together, refused, returned, and of another channel."""
    confirms, ids = Confirms(1), [uuid4() for _ in range(5)]
    for one in ids:
        confirms.expect(one)
    (returned,) = [Letter(ids[1], "e", "k", b"body")]
    answers = b"".join(
        [
            frame(METHOD, 1, pack(">HHQB", 60, 80, 1, 0)),
            frame(METHOD, 1, pack(">HH", 60, 50)),
            b"".join(LetterWriter(1, LARGEST).frames(returned)).split(b"\xce", 1)[1],
            frame(METHOD, 1, pack(">HHQB", 60, 80, 3, 1)),
            frame(METHOD, 1, pack(">HHQB", 60, 120, 4, 0)),
            frame(METHOD, 1, pack(">HHQB", 60, 80, 99, 0)),
            frame(METHOD, 2, pack(">HHQB", 60, 80, 5, 0)),
            frame(METHOD, 1, pack(">HH", 20, 40)),
        ]
    )
    connection = PaperConnection(answers)
    read_in_bulk(connection, confirms.take)
    read_all(connection)
    assert confirms.routed == {ids[0]: True, ids[1]: False, ids[2]: True}
    assert list(confirms.unconfirmed.values()) == [ids[4]]
    assert [(channel, payload[:4]) for _, channel, payload in connection.left] == [
        (2, pack(">HH", 60, 80)),
        (1, pack(">HH", 20, 40)),
    ]
