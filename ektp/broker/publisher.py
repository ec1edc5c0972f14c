"""The relay's way out: letters published through kombu, many in flight, each confirmed by the broker."""
# mypy: allow-untyped-calls

from collections.abc import Mapping, Sequence
from itertools import takewhile
from time import monotonic
from typing import Any, Final
from uuid import UUID

from consumers.errors import PublisherLost
from consumers.ports import Letter
from ektp.broker import topology
from ektp.broker.connection import Link, is_missing, new_connection
from ektp.broker.frames import read_in_bulk

CONTENT_TYPE: Final = "application/cloudevents+json"
PERSISTENT: Final = 2
_LOOK_EVERY: Final = 50  # letters


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
        self._channel: Any = None
        self._sent = 0
        self._blocked = False
        self._something_is_missing = False

    def publish(self, letters: Sequence[Letter]) -> Mapping[UUID, bool]:
        """Return id -> routed of the letters that were confirmed; raises PublisherLost if the link broke before any."""
        end = monotonic() + self._deadline
        confirms = _Confirms()
        try:
            link = self._ready_link()
            with link.watched():
                self._send(link, letters, confirms, end)
                while confirms.unconfirmed and (left := end - monotonic()) > 0:
                    link.drain(left)
        except PublisherLost as lost:
            self._let_go(lost)
            if not confirms.routed:
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

    def _send(self, link: Link, letters: Sequence[Letter], confirms: "_Confirms", end: float) -> None:
        self._channel.events["basic_ack"] = {confirms.acked}
        self._channel.events["basic_nack"] = {confirms.nacked}
        self._channel.events["basic_return"] = {confirms.returned}
        for letter in letters:
            while self._blocked or len(confirms.unconfirmed) >= self._window:
                if (left := end - monotonic()) <= 0:
                    return
                link.drain(left)
            if (left := end - monotonic()) <= 0:
                return
            if self._sent % _LOOK_EVERY == 0:
                link.drain(0)
            self._sent += 1
            confirms.unconfirmed[self._sent] = letter.id
            self._channel.basic_publish(
                self._channel.prepare_message(
                    letter.body,
                    content_type=CONTENT_TYPE,
                    properties={"delivery_mode": PERSISTENT, "message_id": str(letter.id)},
                ),
                exchange=letter.exchange,
                routing_key=letter.routing_key,
                mandatory=True,
                timeout=left,
            )

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
        self._sent, self._blocked = 0, False
        link = Link(self._connection, PublisherLost, "publisher")
        with link.watched():
            read_in_bulk(link.raw)
            # py-amqp would look for "blocked" before every letter, a third of its time; _send looks now and then.
            link.raw.client_properties["capabilities"]["connection.blocked"] = False
            if self._something_is_missing:
                topology.declare(link.connection)
                self._something_is_missing = False
            self._channel = link.channel()
            self._channel.confirm_select()
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


class _Confirms:
    """What the broker says about the letters of one call; tags are the channel's running numbers."""

    def __init__(self) -> None:
        self.unconfirmed: dict[int, UUID] = {}
        self.routed: dict[UUID, bool] = {}
        self._returned: set[str] = set()

    def acked(self, tag: int, multiple: bool) -> None:
        """Note what the broker has taken over."""
        for letter_id in self._take(tag, multiple):
            self.routed[letter_id] = str(letter_id) not in self._returned

    def nacked(self, tag: int, multiple: bool) -> None:
        """Forget what the broker refused: it stays absent from the answer."""
        self._take(tag, multiple)

    def returned(self, _error: Exception, _exchange: str, _routing_key: str, message: Any) -> None:  # noqa: ANN401
        """Note a letter that no queue wanted; its acknowledgement follows."""
        self._returned.add(message.properties.get("message_id", ""))

    def _take(self, tag: int, multiple: bool) -> list[UUID]:
        tags = list(takewhile(lambda known: known <= tag, self.unconfirmed)) if multiple else [tag]
        # A tag we do not know is of an earlier call that did not wait for it.
        return [self.unconfirmed.pop(known) for known in tags if known in self.unconfirmed]
