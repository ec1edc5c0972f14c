"""The relay's way out: letters published through kombu, many in flight, each confirmed by the broker."""
# mypy: allow-untyped-calls

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final
from uuid import UUID

from consumers.errors import PublisherLost
from consumers.ports import Letter
from ektp.broker import topology
from ektp.broker.connection import Link, is_missing, new_connection
from ektp.broker.frames import read_in_bulk
from ektp.broker.letter_frames import Confirms, LetterWriter

_AT_ONCE: Final = 100  # letters in one write; between two of them the broker's answers are looked at


class KombuPublisher:
    """A Publisher over one kombu connection, opened by the first call and again after a loss.

    At most `window` letters are unconfirmed at a time, and a call ends within `deadline` seconds: what the broker has
    not confirmed by then is absent from the answer and to be sent again with the same id. It may have arrived.
    While the broker says that it is blocked (memory, disk) nothing more is sent and the link is kept: what was sent
    before is taken in when the alarm is over.
    """

    def __init__(self, url: str, window: int = 500, deadline: float = 10.0) -> None:
        self._connection = new_connection(
            url,
            connect_timeout=deadline / 3,
            io_timeout=deadline / 3,
            on_blocked=self._on_blocked,
            on_unblocked=self._on_unblocked,
        )
        self._window = window
        self._deadline = deadline
        self._link: Link | None = None
        self._blocked = False
        self._something_is_missing = False

    def publish(self, letters: Sequence[Letter]) -> Mapping[UUID, bool]:
        """Return id -> routed of the letters that were confirmed; raises PublisherLost if the link broke before any."""
        end = monotonic() + self._deadline
        confirms = None
        try:
            link = self._ready_link()
            confirms = self._confirms
            confirms.begin()
            with link.watched():
                self._send(link, letters, end)
                while confirms.unconfirmed and (left := end - monotonic()) > 0:
                    link.drain(left)
        except PublisherLost as lost:
            self._let_go(lost)
            if confirms is None or not confirms.routed:
                raise
        if confirms.unconfirmed and not self._blocked:
            # Silence without the broker having said that it is blocked: a half-open link.
            self._let_go()
        return confirms.routed

    def close(self) -> None:
        """Close the link."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _send(self, link: Link, letters: Sequence[Letter], end: float) -> None:
        unconfirmed = self._confirms.unconfirmed
        at = 0
        while at < len(letters):
            while self._blocked or len(unconfirmed) >= self._window:
                if (left := end - monotonic()) <= 0:
                    return
                link.drain(left)
            if (left := end - monotonic()) <= 0:
                return
            some = letters[at : at + min(_AT_ONCE, self._window - len(unconfirmed))]
            at += len(some)
            for letter in some:
                self._confirms.expect(letter.id)
            link.write(b"".join(piece for letter in some for piece in self._writer.frames(letter)), left)
            link.look()

    def _ready_link(self) -> Link:
        if self._link is not None:
            try:
                with self._link.watched():
                    # A link that was idle may be long gone; find out before anything is written into the void.
                    self._link.beat()
            except PublisherLost:
                self._let_go()
            else:
                return self._link
        self._link = self._open()
        return self._link

    def _open(self) -> Link:
        self._blocked = False
        link = Link(self._connection, PublisherLost, "publisher")
        with link.watched():
            if self._something_is_missing:
                topology.declare(link.connection)
                self._something_is_missing = False
            channel = link.channel()
            channel.confirm_select()
            self._writer = LetterWriter(channel.channel_id, link.raw.frame_max)
            self._confirms = Confirms(channel.channel_id)
            read_in_bulk(link.raw, self._confirms.take)
        return link

    def _let_go(self, lost: PublisherLost | None = None) -> None:
        if lost is not None and lost.__cause__ is not None and is_missing(lost.__cause__):
            self._something_is_missing = True
        link, self._link = self._link, None
        if link is not None:
            link.abandon()

    def _on_blocked(self, _reason: str) -> None:
        self._blocked = True

    def _on_unblocked(self) -> None:
        self._blocked = False
