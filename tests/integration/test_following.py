"""The subscribers under the watch, on a real broker: who is behind, what was changed by hand, and how it closes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ektp.broker import topology
from ektp.broker.errors import NotOurs
from ektp.broker.management import Management
from ektp.broker.opening import queue_depths
from ektp.broker.subscriber_accounts import SubscriberAccounts
from ektp.following import Following
from ektp.reading.alerts import Wanted, alerts
from ektp.reading.snapshot import snapshot
from ektp.reading.subscribers import subscribers
from ektp.storage.alert_watch import PostgresAlertWatch
from ektp.storage.replays import PostgresReplays
from ektp.storage.subscribers import PostgresSubscribers
from ektp.subscribers import SubscriberAccount, Subscribers
from tests.amqp_client import Client, declare
from tests.conftest import Eventually
from tests.plain_time import PLAIN
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import named, own_url, read, told
from workflows.following import BEHIND, UNBOUND, FollowingLimits
from workflows.subscriptions import Subscription
from workflows.watch import Limits

PRINTED, OFFICE = "application-printed", "33.74.10"
LIMITS = Limits(following=FollowingLimits(lag=5, age=timedelta(minutes=10)))
PATIENT = "update alert_suspicions set since = since - interval '10 minutes'"


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


@pytest.fixture
def hall(engine: Engine, amqp_url: str, rabbit: PrivateRabbit) -> Iterator[Hall]:
    """Give the hall."""
    with named(rabbit, "sms") as (name,):
        made = Hall(engine, amqp_url, rabbit, name)
        yield made
        made.client.close()


@pytest.mark.slow
def test_lag_and_age_are_those_of_what_waits(hall: Hall, eventually: Eventually) -> None:
    """Delivered or not: the oldest of three that wait is the third that was sent from the end."""
    with hall.engine.begin() as connection:
        connection.execute(text("update subscribers set added = now() - interval '1 hour'"))
    hall.put(2, minutes=50)
    read(own_url(hall.account.told()), hall.queue, 2)
    hall.put(1, minutes=5)
    hall.put(2, minutes=2)
    eventually(lambda: hall.seen()["lag"] == 3, 20)
    seen = hall.seen()
    assert (round(seen["oldest_age"] / 60), seen["or_older"]) == (5, False)
    assert hall.raised() == {}
    hall.put(3)
    eventually(lambda: hall.seen()["lag"] == 6, 20)
    assert hall.raised()[BEHIND]["waiting"] == 6
    read(own_url(hall.account.told()), hall.queue, 6)
    eventually(lambda: hall.seen()["lag"] == 0, 20)
    assert (hall.raised(), hall.seen()["oldest_age"]) == ({}, 0.0)
    hall.put(1, minutes=11)
    eventually(lambda: hall.seen()["lag"] == 1, 20)
    assert hall.raised()[BEHIND]["minutes"] == 11


def test_a_binding_that_is_removed_by_hand_is_an_alert_until_it_is_mended(hall: Hall) -> None:
    """So is one that nobody registered; mending makes it as it was, and the alert closes by itself."""
    assert hall.raised() == {}
    (key,) = hall.bindings()
    hall.unbind(key)
    assert hall.raised()[UNBOUND] == {"wrong": [f"binding {key} is missing"]}
    hall.desk.mend(hall.name, "budi")
    assert (hall.bindings(), hall.raised()) == ([key], {})
    place = f"bindings/{vhost_of(hall.url)}/e/%s/q/{hall.queue}"
    for exchange, strange in ((topology.NOTICES, "#"), (topology.REQUESTS, "delete-central-record.#")):
        hall.rabbit.ask("POST", place % exchange, {"routing_key": strange, "arguments": {}})
    assert len(hall.raised()[UNBOUND]["wrong"]) == 2
    hall.desk.mend(hall.name, "budi")
    assert (hall.bindings(), hall.raised()) == ([key], {})


@pytest.mark.parametrize("gone", ["queue", "account", "rights", "tags"])
def test_what_else_is_changed_by_hand_is_an_alert(hall: Hall, gone: str) -> None:
    """A queue that was deleted, an account that was, one that may more."""
    vhost = vhost_of(hall.url)
    if gone == "queue":
        hall.rabbit.ask("DELETE", f"queues/{vhost}/{hall.queue}")
    elif gone == "account":
        hall.rabbit.ask("DELETE", f"users/{hall.name}")
    elif gone == "rights":
        every = {"configure": "", "write": "", "read": ".*"}
        hall.rabbit.ask("PUT", f"permissions/{vhost}/{hall.name}", every)
    else:
        hall.rabbit.ask("PUT", f"users/{hall.name}", {"password": "p", "tags": "impersonator"})
    (fault,) = hall.raised()[UNBOUND]["wrong"]
    assert {"queue": "missing", "account": "missing", "rights": "other rights", "tags": "has tags"}[gone] in fault
    if gone == "tags":  # somebody's account for something else would lose it: a person takes it away
        with pytest.raises(NotOurs):
            hall.desk.renew(hall.name, "budi")
        hall.rabbit.ask("PUT", f"users/{hall.name}", {"password": "p", "tags": ""})
    if gone in {"account", "tags"}:
        hall.desk.renew(hall.name, "budi")
    else:
        hall.desk.mend(hall.name, "budi")
    assert hall.raised() == {}


def test_where_nobody_can_tell_nothing_is_said_and_nothing_closes(hall: Hall) -> None:
    """The broker is asked over AMQP where its management interface is away: that tells no bindings."""
    hall.unbind(hall.bindings()[0])
    assert UNBOUND in hall.raised()
    away = Following(hall.engine, hall.url, "http://127.0.0.1:9").look
    hall.watch._followers = away
    assert UNBOUND in hall.raised()
    assert hall.seen()["lag"] == 0
    hall.watch._followers = Following(hall.engine, "amqp://127.0.0.1:9", "http://127.0.0.1:9").look
    assert UNBOUND in hall.raised()
