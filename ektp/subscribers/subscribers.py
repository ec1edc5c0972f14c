"""What is done with subscribers, in the registry and at the broker as one; each change is noted in the audit."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine

from ektp.accounts import without_credentials
from ektp.broker.console import queue_depth
from ektp.broker.management import Management
from ektp.broker.subscriber_accounts import SubscriberAccounts
from ektp.broker.subscriber_rights import subscriber_queue
from ektp.errors import StillWaiting
from ektp.reading.subscribers import heard
from ektp.storage.people.audit import Chain
from ektp.storage.subscribers.replays import NewReplay, PostgresReplays, Replay
from ektp.storage.subscribers.subscribers import PostgresSubscribers, Subscriber
from workflows.subscriptions import Subscription

ByHand = Callable[[Subscription, str, bool], None]  #: Given the subscription, its password, and whether it is paused.
_PASSWORD_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SubscriberAccount:
    """A subscriber with its password, shown once."""

    subscription: Subscription
    password: str = field(repr=False)
    broker: str

    def told(self) -> dict[str, Any]:
        """Return what whoever runs it needs, for scripts."""
        return {
            "subscriber": self.subscription.name,
            **heard(self.subscription),
            "user": self.subscription.name,
            "password": self.password,
            "queue": subscriber_queue(self.subscription.name),
            "broker": self.broker,
        }


@dataclass(frozen=True, slots=True)
class Subscribers:
    """Adds, pauses, mends, renews and removes subscribers, and asks for replays."""

    store: PostgresSubscribers
    replays: PostgresReplays
    rights: SubscriberAccounts
    broker_url: str

    def add(self, wanted: Subscription, by: str, by_hand: ByHand | None = None) -> SubscriberAccount:
        """Add one. Raises SubscriberTaken, StoreAway and what the broker raises: then there is none.

        Where the account is made by hand, `by_hand` is given the subscription and its password.
        """
        with self.store.adding(wanted, by):
            return self._at_the_broker(wanted, by_hand, known=False, paused=False)

    def renew(self, name: str, by: str, by_hand: ByHand | None = None) -> SubscriberAccount:
        """Give one a new password; the one before is void, and its connections end. Raises as `add`."""
        with self.store.renewing(name, by) as found:
            return self._at_the_broker(found.subscription, by_hand, known=True, paused=found.paused is not None)

    def pause(self, name: str, by: str, because: str) -> None:
        """Let one read nothing for now; its queue goes on filling. Raises NoSuchSubscriber and StoreAway.

        What the broker raises comes after it was written down: this may be done again.
        """
        self.store.pause(name, by, because)
        self.rights.pause(name)

    def resume(self, name: str, by: str) -> None:
        """Let one read again. Raises NoSuchSubscriber, StoreAway and what the broker raises: it stays paused then."""
        with self.store.resuming(name, by):
            self.rights.resume(name)

    def mend(self, name: str, by: str) -> None:
        """Make queue, bindings and rights as they were registered. Raises as `resume`."""
        found = self.store.subscriber(name)
        with self.store.mending(name, by):
            self.rights.mend(found.subscription, paused=found.paused is not None)

    def remove(self, name: str, by: str, because: str, *, force: bool = False) -> None:
        """End account and queue; with `force` also where notices wait in it. Raises StillWaiting and as `resume`."""
        found = self.store.subscriber(name)
        waiting = self._waiting(found)
        if waiting and not force:
            raise StillWaiting(name, waiting)
        with self.store.removing(name, by, because, waiting):
            self.rights.remove(name)

    def replay(self, new: NewReplay) -> Replay:
        """Have it sent once more what it should have heard. Raises NoSuchSubscriber and StoreAway."""
        return self.replays.ask(new)

    def _waiting(self, one: Subscriber) -> int:
        """Return how many notices wait for one, delivered or not; what the broker counts is some seconds old."""
        seen = self.rights.look(one.subscription, paused=one.paused is not None)
        ready, _ = queue_depth(self.broker_url, subscriber_queue(one.name)) or (0, 0)
        return max(seen.lag or 0, ready)

    def _at_the_broker(
        self, wanted: Subscription, by_hand: ByHand | None, *, known: bool, paused: bool
    ) -> SubscriberAccount:
        if by_hand is not None:
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            by_hand(wanted, password, paused)
        else:
            password = self.rights.add(wanted, known=known, paused=paused)
        return SubscriberAccount(wanted, password, without_credentials(self.broker_url))


def subscribers_on(engine: Engine, chain: Chain, broker_url: str, management_url: str | None) -> Subscribers:
    """Make it on a pool of connections and a broker. Raises BrokerUrlInvalid."""
    rights = SubscriberAccounts(Management(broker_url, management_url))
    return Subscribers(PostgresSubscribers(engine, chain), PostgresReplays(engine, chain), rights, broker_url)
