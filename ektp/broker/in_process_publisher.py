"""The relay's way out when the broker is this process: what is answered is in its queues."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from amqp.exceptions import ChannelError  # type: ignore[import-untyped]

from consumers.errors import PublisherLost
from consumers.ports import Letter
from ektp.broker import topology
from ektp.broker.connection import is_missing, new_connection
from ektp.broker.errors import because
from ektp.broker.in_memory.queues import Parcel
from ektp.broker.in_process import broker_at
from ektp.broker.letter_frames import CONTENT_TYPE, PERSISTENT

_WAYS: Final = {"content_type": CONTENT_TYPE, "delivery_mode": PERSISTENT}


class InProcessPublisher:
    """A Publisher to a broker of this process; an answer never waits, and nothing is ever left unconfirmed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._something_is_missing = False

    def publish(self, letters: Sequence[Letter]) -> Mapping[UUID, bool]:
        """Return id -> routed; raises PublisherLost if there is no such exchange, which the next call declares."""
        if self._something_is_missing:
            with new_connection(self._url) as connection:
                topology.declare(connection)
            self._something_is_missing = False
        broker = broker_at(self._url)
        routed: dict[UUID, bool] = {}
        try:
            for letter in letters:
                properties = {**_WAYS, "message_id": str(letter.id)}
                routed[letter.id] = broker.publish(Parcel(letter.exchange, letter.routing_key, letter.body, properties))
        except ChannelError as error:
            self._something_is_missing = is_missing(error)
            if not routed:
                raise PublisherLost("publisher", because(error)) from error
        return routed

    def close(self) -> None:
        """Do nothing: there is no link."""
