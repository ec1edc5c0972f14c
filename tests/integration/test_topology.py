"""The topology as the broker has it."""

from collections.abc import Iterator

import pytest

from consumers.errors import LinkLost
from ektp.broker import topology
from ektp.broker.connection import new_connection
from ektp.broker.console import listen, queue_depths
from ektp.broker.errors import TopologyMismatch
from ektp.broker.source import KombuSource
from tests.amqp_client import Client, client, declare
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit


@pytest.fixture
def station(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as sender:
        yield sender


def test_the_broker_has_exactly_what_the_data_say(amqp_url: str, rabbit: PrivateRabbit) -> None:
    """Exchanges, queues and bindings with all their arguments, all durable."""
    declare(amqp_url)
    found = rabbit.definitions(amqp_url)
    assert {(one["name"], one["type"], tuple(one["arguments"].items())) for one in found["exchanges"]} == {
        (one.name, one.kind, tuple(one.arguments.items())) for one in topology.EXCHANGES
    }
    assert {one["name"]: one["arguments"] for one in found["queues"]} == {
        one.name: dict(one.arguments) for one in topology.QUEUES
    }
    assert {(one["source"], one["destination"], one["routing_key"]) for one in found["bindings"]} == {
        (one.exchange, one.queue, one.key) for one in topology.BINDINGS
    }
    assert all(one["durable"] for one in found["exchanges"] + found["queues"])


def test_declaring_again_changes_nothing(amqp_url: str, station: Client) -> None:
    """Messages stay where they are."""
    station.send("recorded.st337401", b"x")
    declare(amqp_url)
    assert station.take(topology.INTAKE_QUEUE) is not None


@pytest.mark.parametrize(
    ("key", "queue"),
    [
        ("recorded.st337401", topology.INTAKE_QUEUE),
        ("recorded.st337401.late", topology.LATE_QUEUE),
        ("recorded", topology.STRANGE_QUEUE),
        ("recorded.st337401.later", topology.STRANGE_QUEUE),
        ("recorded.st337401.late.late", topology.STRANGE_QUEUE),
        ("", topology.STRANGE_QUEUE),
        ("k" * 255, topology.STRANGE_QUEUE),
    ],
)
def test_every_key_reaches_one_queue(station: Client, key: str, queue: str, eventually: Eventually) -> None:
    """No event can be published into the void."""
    station.send(key, b"x")
    method, _, _ = eventually(lambda: station.take(queue)) or pytest.fail("it is not there")
    assert method.routing_key == key
    assert not any(station.take(one.name) for one in topology.QUEUES)


def test_a_queue_with_other_arguments_is_named(amqp_url: str, rabbit: PrivateRabbit) -> None:
    """The broker's own words say what differs."""
    declare(amqp_url)
    with rabbit.vhost() as other:
        definitions = rabbit.definitions(amqp_url)
        late = next(queue for queue in definitions["queues"] if queue["name"] == topology.LATE_QUEUE)
        late["arguments"]["x-delivery-limit"] = 5
        rabbit.load_definitions(other, definitions)
        with pytest.raises(TopologyMismatch, match="x-delivery-limit") as mismatch:
            declare(other)
    assert mismatch.value.name == topology.LATE_QUEUE


def test_an_exchange_with_other_arguments_is_named(amqp_url: str, rabbit: PrivateRabbit) -> None:
    """So is an exchange of another kind."""
    declare(amqp_url)
    with rabbit.vhost() as other:
        definitions = rabbit.definitions(amqp_url)
        requests = next(one for one in definitions["exchanges"] if one["name"] == topology.REQUESTS)
        requests["arguments"] = {}
        rabbit.load_definitions(other, definitions)
        with pytest.raises(TopologyMismatch, match=r"ektp\.requests .*alternate-exchange"):
            declare(other)


def test_a_message_delivered_too_often_becomes_a_dead_letter(
    amqp_url: str, station: Client, eventually: Eventually
) -> None:
    """After 200 deliveries without an answer, and with its key: the last net."""
    station.send("recorded.st337401", b"x")
    connection = new_connection(amqp_url)
    channel = connection.channel()
    rounds = 0
    while message := channel.basic_get(topology.INTAKE_QUEUE):
        channel.basic_reject(message.delivery_tag, requeue=True)
        rounds += 1
    connection.release()
    assert rounds == 201
    method, properties, _ = eventually(lambda: station.take(topology.DEAD_QUEUE)) or pytest.fail("it is not there")
    assert method.routing_key == "recorded.st337401"
    assert properties.headers["x-death"][0]["reason"] == "delivery_limit"


def test_a_source_declares_what_is_missing(amqp_url: str) -> None:
    """A consumer may be the first to arrive at an empty broker."""
    KombuSource(amqp_url, topology.INTAKE_QUEUE).close()
    assert set(queue_depths(amqp_url)) == {queue.name for queue in topology.QUEUES}


def test_depths_and_consumers_are_told(amqp_url: str, station: Client, eventually: Eventually) -> None:
    """Of every queue that is there; the others are left out."""
    station.send("recorded.st337401.late", b"1", b"2")
    station.delete_queue(topology.DEAD_QUEUE)
    source = KombuSource(amqp_url, topology.INTAKE_QUEUE)
    expected = {
        topology.INTAKE_QUEUE: (0, 1),
        topology.LATE_QUEUE: (2, 0),
        topology.STRANGE_QUEUE: (0, 0),
        topology.UNCLAIMED_QUEUE: (0, 0),
        topology.STEPS_QUEUE: (0, 0),
    }
    eventually(lambda: queue_depths(amqp_url) == expected)
    source.close()


def test_the_depths_of_a_broker_that_is_not_there_are_an_error() -> None:
    """Without its password."""
    with pytest.raises(LinkLost) as lost:
        queue_depths("amqp://guest:pa55word@127.0.0.1:1/%2F")
    assert "pa55word" not in str(lost.value)


def test_a_listener_hears_what_matches_from_then_on(amqp_url: str, station: Client, rabbit: PrivateRabbit) -> None:
    """Its queue is its own, and is gone with it."""
    notices = listen(amqp_url, "*.33.#")
    listener = Client(amqp_url)
    listener.queue("all", topology.NOTICES)
    listener.send("application-printed.12.01", b"elsewhere", exchange=topology.NOTICES)
    listener.send("application-printed.33.74.10", b"here", exchange=topology.NOTICES)
    listener.send("application-collected.33.74", b"there", exchange=topology.NOTICES)
    heard = [next(notices), next(notices)]
    assert [(notice.routing_key, notice.body) for notice in heard] == [
        ("application-printed.33.74.10", b"here"),
        ("application-collected.33.74", b"there"),
    ]
    notices.close()  # type: ignore[attr-defined]
    listener.close()
    assert set(rabbit.queues(amqp_url)) == {"all", *(queue.name for queue in topology.QUEUES)}
