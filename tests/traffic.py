"""Messages as the contract tests make, publish and fetch them."""

import time
from collections import Counter
from typing import Final
from uuid import UUID, uuid4

from consumers.errors import PublisherLost
from consumers.ports import Letter, Message, MessageSource, Publisher
from ektp.broker.batch_publisher import Dispatch
from ektp.broker.topology import NOTICES

NOTICE_KEY: Final = "application-printed.33.74.10"
# A quorum queue is in no hurry to be full.
FULL: Final = {"x-queue-type": "classic", "x-max-length": 2, "x-overflow": "reject-publish"}


def letters(count: int, key: str = NOTICE_KEY, exchange: str = NOTICES) -> list[Letter]:
    """Return letters whose body is their id."""
    return [Letter(one, exchange, key, str(one).encode()) for one in (uuid4() for _ in range(count))]


def dispatches(count: int, key: str = "recorded.st337401") -> list[Dispatch]:
    """Return messages whose body is their id."""
    return [Dispatch(str(one), key, str(one).encode()) for one in (uuid4() for _ in range(count))]


def until_confirmed(publisher: Publisher, waiting: list[Letter], seconds: float = 30) -> Counter[UUID]:
    """Publish again and again what is not confirmed, as the relay does; return how often each was confirmed."""
    confirmed: Counter[UUID] = Counter()
    last = time.monotonic() + seconds
    while waiting and time.monotonic() < last:
        try:
            confirmed.update(publisher.publish(waiting[:500]).keys())
        except PublisherLost:
            continue
        waiting = [letter for letter in waiting if letter.id not in confirmed]
    assert not waiting
    return confirmed


def fetched(source: MessageSource, count: int, seconds: float = 10) -> list[Message]:
    """Fetch until so many messages are there."""
    messages: list[Message] = []
    last = time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < last:
        messages += source.fetch(count - len(messages), 1)
    assert len(messages) == count
    return messages
