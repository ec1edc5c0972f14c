"""The rules of routing and redelivery that both brokers keep: a real RabbitMQ, and the one in this process."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from kombu.entity import Queue

from consumers.ports import Message
from ektp.broker import topology
from ektp.broker.connection import new_connection
from ektp.broker.errors import TopologyMismatch
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE, INTAKE_QUEUE, LATE_QUEUE, NOTICES, STRANGE_QUEUE
from tests.amqp_client import declare
from tests.brokers import IN_PROCESS, RABBITMQ, AnyClient, Broker, broker_of, declared
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import fetched

KEY = "recorded.st337401"
BOUND = {
    "#": {"", ".", "a", "a.b", "a.b.c", "a.x.b", "x.a.y.b", "ab", "b.a", "a.", "A.b"},
    "": {""},
    "*": {"a", "ab"},
    "*.*": {".", "a.b", "b.a", "a.", "A.b"},
    "a.#": {"a", "a.b", "a.b.c", "a.x.b", "a."},
    "#.b": {"a.b", "a.x.b", "x.a.y.b", "A.b"},
    "a.*.b": {"a.x.b"},
    "#.a.#.b": {"a.b", "a.x.b", "x.a.y.b"},
    "*.#": {".", "a", "a.b", "a.b.c", "a.x.b", "x.a.y.b", "ab", "b.a", "a.", "A.b"},
    "a.b": {"a.b"},
    "a*": set(),
}


@pytest.fixture(params=[RABBITMQ, IN_PROCESS])
def broker(request: pytest.FixtureRequest, rabbit: PrivateRabbit) -> Iterator[Broker]:
    """Give a broker that is this test's alone."""
    with broker_of(request.param, rabbit) as given:
        yield given


@pytest.fixture
def station(broker: Broker) -> Iterator[AnyClient]:
    """Give a sender; everything is declared."""
    with closing(declared(broker)) as sender:
        yield sender


def test_a_topic_is_matched_word_by_word(station: AnyClient) -> None:
    """A star is one word, a hash any number of them, also none; an empty word is a word."""
    for pattern in BOUND:
        station.queue(f"bound {pattern}", NOTICES, pattern)
    keys = set().union(*BOUND.values())
    for key in sorted(keys):
        station.send(key, key.encode(), exchange=NOTICES)
    heard = {pattern: {body.decode() for body in station.take_all(f"bound {pattern}")} for pattern in BOUND}
    assert heard == BOUND


@pytest.mark.parametrize(
    ("key", "queue"),
    [
        (KEY, INTAKE_QUEUE),
        (f"{KEY}.late", LATE_QUEUE),
        ("recorded", STRANGE_QUEUE),
        (f"{KEY}.later", STRANGE_QUEUE),
        ("", STRANGE_QUEUE),
    ],
)
def test_every_key_reaches_one_queue(station: AnyClient, key: str, queue: str, eventually: Eventually) -> None:
    """What the topic exchange has no queue for goes to the alternate exchange, with its key."""
    station.send(key, b"x")
    method, _, _ = eventually(lambda: station.take(queue)) or pytest.fail("it is not there")
    assert method.routing_key == key
    assert not any(station.take(one.name) for one in topology.QUEUES)


def test_a_queue_bound_twice_gets_a_message_once(station: AnyClient) -> None:
    """And every other queue its own copy, headers and all."""
    station.queue("one", NOTICES, "a.*")
    station.queue("one", NOTICES, "#")
    station.queue("two", NOTICES, "#")
    station.send("a.b", b"x", exchange=NOTICES, headers={"of": {"whom": ["1"]}})
    assert len(station.take_all("one")) == 1
    _, properties, _ = station.take("two") or pytest.fail("it is not there")
    assert properties.headers["of"] == {"whom": ["1"]}


def test_what_is_requeued_goes_back_to_its_own_queue(broker: Broker, station: AnyClient) -> None:
    """Not to the others that got it too."""
    station.queue("one", NOTICES)
    station.queue("two", NOTICES)
    station.send("a", b"x", exchange=NOTICES)
    with new_connection(broker.url) as connection, connection.channel() as channel:
        message = channel.basic_get("one")
        channel.basic_reject(message.delivery_tag, requeue=True)
        again = channel.basic_get("one")
        assert again.delivery_info["redelivered"]
        assert again.headers["x-delivery-count"] == 1
        channel.basic_ack(again.delivery_tag)
    assert station.take_all("two") == [b"x"]
    assert station.take_all("one") == []


def test_a_message_delivered_too_often_becomes_a_dead_letter(
    broker: Broker, station: AnyClient, eventually: Eventually
) -> None:
    """After 200 deliveries without an answer, with its key and the reason: the last net."""
    station.send(KEY, b"x")
    rounds = 0
    with new_connection(broker.url) as connection, connection.channel() as channel:
        while message := channel.basic_get(INTAKE_QUEUE):
            channel.basic_reject(message.delivery_tag, requeue=True)
            rounds += 1
    assert rounds == 201
    method, properties, _ = eventually(lambda: station.take(DEAD_QUEUE)) or pytest.fail("it is not there")
    assert method.routing_key == KEY
    (death,) = properties.headers["x-death"]
    told = {name: death[name] for name in ("reason", "queue", "exchange", "count", "routing-keys")}
    assert told == {
        "reason": "delivery_limit",
        "queue": INTAKE_QUEUE,
        "exchange": topology.EVENTS,
        "count": 1,
        "routing-keys": [KEY],
    }


def test_competing_consumers_share_and_get_nothing_twice(broker: Broker, station: AnyClient) -> None:
    """In turn, each as much as its prefetch; what one gives back, the other gets."""
    station.send(KEY, *(b"%d" % number for number in range(20)))
    first = KombuSource(broker.url, INTAKE_QUEUE, prefetch=5)
    second = KombuSource(broker.url, INTAKE_QUEUE, prefetch=5)
    mine, yours = fetched(first, 5), fetched(second, 5)
    assert {message.body for message in mine}.isdisjoint(message.body for message in yours)
    second.settle(yours[-1])
    first.close()
    rest: list[Message] = []
    while len(rest) < 15:
        rest += fetched(second, min(5, 15 - len(rest)))
        second.settle(rest[-1])
    assert {message.body for message in rest} >= {message.body for message in mine}
    second.close()
    assert station.take(INTAKE_QUEUE) is None


def test_declaring_again_changes_nothing(broker: Broker, station: AnyClient) -> None:
    """Messages stay where they are."""
    station.send(KEY, b"x")
    declare(broker.url)
    assert station.take(INTAKE_QUEUE) is not None


def test_a_queue_with_other_arguments_is_named(broker: Broker) -> None:
    """The broker's own words say what differs."""
    with new_connection(broker.url) as connection, connection.channel() as channel:
        topology.declare(connection)
        channel.queue_delete(LATE_QUEUE)
        Queue(LATE_QUEUE, durable=True, queue_arguments={**INTAKE, "x-delivery-limit": 5})(channel).declare()
    with pytest.raises(TopologyMismatch, match="x-delivery-limit") as mismatch:
        declare(broker.url)
    assert mismatch.value.name == LATE_QUEUE


def test_a_source_declares_what_is_missing(broker: Broker) -> None:
    """A consumer may be the first to arrive at an empty broker."""
    KombuSource(broker.url, INTAKE_QUEUE).close()
    with closing(broker.client()) as reader:
        assert [reader.depth(queue.name) for queue in topology.QUEUES] == [0] * len(topology.QUEUES)
