"""A replay at work: batch after batch straight into the subscriber's queue, its position kept behind each."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Engine

from consumers.errors import PublisherLost
from consumers.failpoints import failpoint
from ektp.broker.console import BatchPublisher, Dispatch, Fate, queue_depth
from ektp.broker.subscriber_rights import subscriber_queue
from ektp.errors import ServiceMissing
from ektp.storage.subscribers.replays import DONE, GONE, PostgresReplays, Replay, Sent

log = structlog.get_logger()
AT_ONCE: Final = 1000  # notices in a batch
MOST_READY: Final = 10_000  # so many may wait for the subscriber: what it has not read yet lies with us as well
STRETCH: Final = 20.0  # seconds after which other steps get their turn
HEADER: Final = "ektp-replay"
_AT_ONCE_AGAIN: Final = timedelta()
FULL: Final = timedelta(seconds=2)


class Replayer:
    """Runs replays, as a step does; it may be used from many threads."""

    def __init__(
        self,
        engine: Engine,
        broker_url: str | None,
        *,
        most_ready: int = MOST_READY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._replays = PostgresReplays(engine)
        self._broker_url = broker_url
        self._most_ready = most_ready
        self._clock = clock

    def go_on(self, replay: UUID) -> timedelta | None:
        """Work for a stretch of time; return after how long to go on, None when it is over.

        What was published and not kept as published, by a crash, is published again with the same ids. Raises
        StoreAway, LinkLost, PublisherLost and ServiceMissing: then it goes on where it was.
        """
        until = self._clock() + STRETCH
        while self._clock() < until:
            found = self._replays.replay(replay)
            if found is None or found[0].ended is not None:
                return None
            one, wanted = found
            if wanted is None:
                self._replays.end(one, GONE)
                return None
            if one.position >= one.upto:
                self._replays.end(one, DONE)
                log.info("replay-done", replay=str(one.id), subscriber=one.subscriber, sent=one.sent)
                return None
            batch = self._replays.batch(one, wanted, AT_ONCE)
            if batch.notices:
                if self._is_full(one):
                    return FULL
                self._publish(one, batch.notices)
            failpoint("replay-after-publish")
            self._replays.move(one, batch)
        return _AT_ONCE_AGAIN

    def _is_full(self, one: Replay) -> bool:
        depth = queue_depth(self._url(), subscriber_queue(one.subscriber))
        if depth is None:
            raise PublisherLost(subscriber_queue(one.subscriber), "the queue is missing")
        return depth[0] >= self._most_ready

    def _publish(self, one: Replay, batch: list[Sent]) -> None:
        """Publish them in their order, all of them or again. Raises PublisherLost."""
        queue, headers = subscriber_queue(one.subscriber), {HEADER: str(one.id)}
        letters = [Dispatch(str(sent.id), queue, sent.body.encode(), headers=headers) for sent in batch]
        fates = BatchPublisher(self._url(), exchange="").publish(letters)
        if any(fate is not Fate.CONFIRMED for fate in fates.values()):
            raise PublisherLost(queue, "not every notice was confirmed")

    def _url(self) -> str:
        if self._broker_url is None:
            raise ServiceMissing("a replay needs a RabbitMQ: set EKTP_BROKER_URL")
        return self._broker_url
