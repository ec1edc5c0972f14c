"""The subscribers under the watch, on a real broker: who is behind, what was changed by hand, and how it closes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from ektp.broker import topology
from ektp.broker.errors import NotOurs
from ektp.subscribers.following import Following
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import named, own_url, read
from tests.subscriber_hall import Hall
from workflows.following import BEHIND, UNBOUND


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
