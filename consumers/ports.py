"""The ports the loops of this floor speak to: where messages come from, where letters go, who applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from consumers.acts import Act
    from consumers.outcome import Outcome
    from schemas.submission import Submission


class Message(NamedTuple):
    """One message as the broker delivered it: the body as raw bytes, nothing decoded."""

    body: bytes
    content_type: str | None
    content_encoding: str | None
    headers: Mapping[str, object]
    routing_key: str
    user_id: str | None
    deliveries: int  #: The broker's x-delivery-count; 0 when it sends none (the first delivery).
    redelivered: bool
    tag: int


class MessageSource(Protocol):
    """One channel on one queue, in four verbs."""

    def fetch(self, most: int, seconds: float) -> Sequence[Message]:
        """Return up to `most` messages; wait up to `seconds` for the first, then at most the linger; [] when none.

        A fetch of zero messages only keeps the link alive for `seconds`. Raises SourceLost when the link is gone.
        """

    def settle(self, message: Message) -> None:
        """Acknowledge this message and everything before it. Raises SourceLost."""

    def refuse(self, message: Message) -> None:
        """Send this one message to the dead letters. Raises SourceLost."""

    def close(self) -> None:
        """Give everything unsettled back to the queue; never raises."""


class Letter(NamedTuple):
    """One message to send; `id` becomes the message id and is the same on every retry."""

    id: UUID
    exchange: str
    routing_key: str
    body: bytes


class Publisher(Protocol):
    """A way out with confirms."""

    def publish(self, letters: Sequence[Letter]) -> Mapping[UUID, bool]:
        """Return id -> routed for every letter the broker confirmed; ids not confirmed in time are absent.

        Raises PublisherLost when the broker cannot be reached at all.
        """

    def close(self) -> None:
        """Close the link; never raises."""


class Journal(Protocol):
    """The one door through which every event goes."""

    def apply(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Apply the batch in one transaction; return one outcome per submission, in order, after the commit.

        Raises JournalUnavailable when the store is away (offer the same again) and IntakeHalted on a bad deploy.
        """


class FrontDoor(Protocol):
    """Who reads what came in from the broker, in the name of whoever sent it."""

    def read(self, messages: Sequence[Message]) -> Sequence[Submission]:
        """Return one submission for each message, understood or refused. Raises StoreAway."""

    def sender_of(self, message: Message) -> str:
        """Return the station that a message certainly came from, "" where nobody knows."""


class Watch(Protocol):
    """Who remembers what was seen of the stations; told of each message at least once."""

    def note(self, messages: Sequence[Message], submissions: Sequence[Submission]) -> None:
        """Take note of messages that are settled only after this, and of no others. Raises StoreAway."""


class Vault(Protocol):
    """Keys that never leave the composition root."""

    def key_of(self, nik: str) -> bytes:
        """Return the keyed HMAC under which a NIK is looked up (32 bytes)."""

    def digest(self, body: bytes) -> bytes:
        """Return a keyed digest of a body (32 bytes): equal bodies, equal digests, no guessing of what is inside."""

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt *plain*, bound to *about*."""


class Audit(Protocol):
    """Who remembers what people did, so that nobody can change it afterwards."""

    def note(self, act: Act) -> None:
        """Keep the act. Raises StoreAway; what was not noted was not done."""
