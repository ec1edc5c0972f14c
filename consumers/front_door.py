"""How messages are read where every account is trusted, and who watches the stations where nobody does."""

from collections.abc import Sequence

from consumers.ports import Message
from schemas.errors import Refused
from schemas.routing import read_key
from schemas.submission import Door, Submission, read_message


class Trusting:
    """A FrontDoor that takes the routing key's word for who sent a message."""

    def read(self, messages: Sequence[Message]) -> Sequence[Submission]:
        """Return one submission for each message."""
        return [submission_of(message) for message in messages]

    def sender_of(self, message: Message) -> str:
        """Return the station of the key."""
        return station_of(message.routing_key)


class Unwatched:
    """A Watch that remembers nothing."""

    def note(self, messages: Sequence[Message], submissions: Sequence[Submission]) -> None:
        """Do nothing."""


def submission_of(message: Message) -> Submission:
    """Read a message of the broker; the sender is the station of the routing key."""
    return submission_from(message, station_of(message.routing_key))


def submission_from(message: Message, sender: str) -> Submission:
    """Read a message of the broker that this account sent, "" where that is not known."""
    return read_message(
        message.body,
        door=Door.AMQP,
        sender=sender,
        content_type=message.content_type,
        headers=message.headers,
        content_encoding=message.content_encoding,
        routing_key=message.routing_key,
    )


def station_of(routing_key: str) -> str:
    """Return the station that a key names, "" where none can be read."""
    try:
        return read_key(routing_key).station
    except Refused:
        return ""
