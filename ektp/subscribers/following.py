"""How the subscribers are seen: at the broker by its management interface, in our records by what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from consumers.errors import LinkLost
from ektp.broker.console import queue_depth
from ektp.broker.errors import BrokerUrlInvalid, ManagementAway, ManagementRefused
from ektp.broker.management import Management
from ektp.broker.subscriber_accounts import SubscriberAccounts
from ektp.broker.subscriber_rights import subscriber_queue
from ektp.storage.subscribers.subscribers import PostgresSubscribers, Subscriber
from ektp.storage.subscribers.waiting_notices import oldest_age
from workflows.following import Follower

_PATIENCE: Final = 2.0  # seconds for each question


@dataclass(frozen=True, slots=True)
class Following:
    """Looks at every subscriber, and keeps how each was seen."""

    engine: Engine
    broker_url: str
    management_url: str | None = None

    def look(self) -> Sequence[Follower] | None:
        """Return how each is; None where the broker cannot be asked at all. Raises StoreAway."""
        store = PostgresSubscribers(self.engine)
        known = store.subscribers()
        try:
            found = [self._with_age(one, seen) for one, seen in zip(known, self._seen(known), strict=True)]
        except (LinkLost, BrokerUrlInvalid):
            return None
        store.saw(found)
        return found

    def _seen(self, known: Sequence[Subscriber]) -> list[Follower]:
        """Ask the management interface; where there is none, the broker itself for what it says of a queue."""
        accounts = SubscriberAccounts(Management(self.broker_url, self.management_url, timeout=_PATIENCE))
        try:
            return [accounts.look(one.subscription, paused=one.paused is not None) for one in known]
        except (ManagementAway, ManagementRefused):
            return [self._queue_of(one) for one in known]

    def _queue_of(self, one: Subscriber) -> Follower:
        queue, paused = subscriber_queue(one.name), one.paused is not None
        depth = queue_depth(self.broker_url, queue)
        if depth is None:
            return Follower(one.name, paused, faults=(f"queue {queue} is missing",))
        return Follower(one.name, paused, lag=depth[0], readers=depth[1])

    def _with_age(self, one: Subscriber, seen: Follower) -> Follower:
        if seen.lag is None:
            return seen
        age, bounded = oldest_age(self.engine, one, seen.lag)
        return seen._replace(age=age, bounded=bounded)
