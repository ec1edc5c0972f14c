"""A store and a broker with one subscriber, the watch over it, and what somebody changes by hand."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine, text

from ektp.broker import topology
from ektp.broker.management import Management
from ektp.broker.opening import queue_depths
from ektp.broker.subscriber_accounts import SubscriberAccounts
from ektp.reading.alerts import Wanted, alerts
from ektp.reading.snapshot import snapshot
from ektp.reading.subscribers import subscribers
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.subscribers.replays import PostgresReplays
from ektp.storage.subscribers.subscribers import PostgresSubscribers
from ektp.subscribers.following import Following
from ektp.subscribers.subscribers import SubscriberAccount, Subscribers
from tests.amqp_client import Client, declare
from tests.plain_time import PLAIN
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import told
from workflows.following import FollowingLimits
from workflows.subscriptions import Subscription
from workflows.watch import Limits

PRINTED: Final = "application-printed"
OFFICE: Final = "33.74.10"
LIMITS: Final = Limits(following=FollowingLimits(lag=5, age=timedelta(minutes=10)))
PATIENT: Final = "update alert_suspicions set since = since - interval '10 minutes'"


class Hall:
    """A store and a broker with one subscriber, and the watch over it."""

    def __init__(self, engine: Engine, url: str, rabbit: PrivateRabbit, name: str) -> None:
        declare(url)
        self.engine, self.url, self.rabbit, self.name = engine, url, rabbit, name
        rights = SubscriberAccounts(Management(url, rabbit.management_url))
        self.desk = Subscribers(PostgresSubscribers(engine), PostgresReplays(engine), rights, url)
        self.account: SubscriberAccount = self.desk.add(Subscription(name, (PRINTED,), ("33.74",)), "budi")
        look = Following(engine, url, rabbit.management_url).look
        depths = partial(queue_depths, url)
        self.watch = PostgresAlertWatch(engine, PLAIN, LIMITS, lambda _year: True, depths, followers=look)
        self.client = Client(url)

    @property
    def queue(self) -> str:
        """The subscriber's queue."""
        return str(self.account.told()["queue"])

    def put(self, count: int, *, minutes: int = 0) -> list[str]:
        """Let so many notices come, sent so long ago; return their ids."""
        ids = told(self.engine, PRINTED, OFFICE, range(1, count + 1), minutes=minutes)
        for identity in ids:
            self.client.send(f"{PRINTED}.{OFFICE}", b'{"id":"%b"}' % identity.encode(), exchange=topology.NOTICES)
        return ids

    def raised(self) -> dict[str, dict[str, Any]]:
        """Look twice, a while apart, and return the open alerts about subscribers by rule."""
        self.watch.watch()
        with self.engine.begin() as connection:
            connection.execute(text(PATIENT))
        self.watch.watch()
        with snapshot(self.engine) as connection:
            found = alerts(connection, Wanted())
        return {one["rule"]: one["detail"] for one in found if one["about"] == self.name}

    def seen(self) -> dict[str, Any]:
        """Look, and return how the subscriber is shown."""
        self.watch.watch()
        with snapshot(self.engine) as connection:
            (one,) = subscribers(connection)
        return one

    def bindings(self) -> list[str]:
        """Return the keys by which its queue is bound to the notices."""
        found = self.rabbit.ask("GET", f"queues/{vhost_of(self.url)}/{self.queue}/bindings")
        return [one["routing_key"] for one in found if one["source"] == topology.NOTICES]

    def unbind(self, key: str) -> None:
        """Take a binding away, as somebody does by hand."""
        place = f"bindings/{vhost_of(self.url)}/e/{topology.NOTICES}/q/{self.queue}"
        (one,) = (one for one in self.rabbit.ask("GET", place) if one["routing_key"] == key)
        self.rabbit.ask("DELETE", f"{place}/{one['properties_key'].replace('#', '%23')}")
