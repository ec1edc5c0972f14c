"""What every MessageSource promises, on a real RabbitMQ and on the broker in this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Timer

import pytest

from consumers.errors import SourceLost
from consumers.ports import MessageSource
from ektp.broker.console import PikaSource
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE
from tests.brokers import IN_PROCESS, RABBITMQ, AnyClient, Broker, broker_of, declared
from tests.conftest import BUSY, Eventually
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import fetched

Open = Callable[..., MessageSource]

KEY = "recorded.st337401"


@dataclass(frozen=True)
class Kind:
    """A kind of source, and the broker it reads from."""

    source: type[KombuSource | PikaSource]
    broker: str


KINDS = {
    "kombu": Kind(KombuSource, RABBITMQ),
    "pika": Kind(PikaSource, RABBITMQ),
    "in-process": Kind(KombuSource, IN_PROCESS),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Give a kind of source."""
    return KINDS[request.param]


@pytest.fixture
def broker(kind: Kind, rabbit: PrivateRabbit) -> Iterator[Broker]:
    """Give a broker that is this test's alone."""
    with broker_of(kind.broker, rabbit) as given:
        yield given


@pytest.fixture
def station(broker: Broker) -> Iterator[AnyClient]:
    """Give a sender; everything is declared."""
    with closing(declared(broker)) as sender:
        yield sender


@pytest.fixture
def open_source(kind: Kind, broker: Broker, station: AnyClient) -> Iterator[Open]:
    """Give what opens a source of the kind on the intake's queue."""
    opened: list[MessageSource] = []

    def open_it(prefetch: int = 500, linger: float = 0.05) -> MessageSource:
        opened.append(kind.source(broker.url, INTAKE_QUEUE, prefetch=prefetch, linger=linger))
        return opened[-1]

    yield open_it
    for source in opened:
        source.close()


def lost(source: MessageSource, seconds: float = 15) -> bool:
    """Fetch until the source is lost."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        try:
            source.fetch(1, 0.2)
        except SourceLost:
            return True
    return False


def test_an_empty_queue_gives_nothing_after_the_wait(open_source: Open) -> None:
    """And the wait is about as long as asked."""
    source = open_source()
    began = time.monotonic()
    assert list(source.fetch(10, 0.3)) == []
    assert 0.25 < time.monotonic() - began < 0.3 + BUSY


def test_settling_the_last_settles_everything_before_it(open_source: Open, station: AnyClient) -> None:
    """One acknowledgement for the batch; nothing comes again."""
    station.send(KEY, *(b"%d" % number for number in range(10)))
    source = open_source()
    messages = fetched(source, 10)
    assert [message.body for message in messages] == [b"%d" % number for number in range(10)]
    source.settle(messages[-1])
    source.close()
    assert list(open_source().fetch(10, 0.5)) == []


def test_what_is_not_settled_is_delivered_again_and_counted(open_source: Open, station: AnyClient) -> None:
    """Also what was only prefetched; the settled part stays away. A broker gives back in any order."""
    station.send(KEY, b"1", b"2", b"3")
    first = open_source()
    one, two = fetched(first, 2)
    assert (one.deliveries, one.redelivered) == (0, False)
    first.settle(one)
    first.close()
    again = fetched(open_source(), 2)
    assert {(message.body, message.deliveries, message.redelivered) for message in again} == {
        (two.body, 1, True),
        (b"3", 1, True),
    }


def test_a_refused_message_goes_to_the_dead_letters_alone(
    open_source: Open, station: AnyClient, eventually: Eventually
) -> None:
    """Its neighbours are settled as usual, before and after it."""
    station.send(KEY, b"good", b"bad", b"good too", content_type="text/plain")
    source = open_source()
    messages = fetched(source, 3)
    source.refuse(messages[1])
    source.settle(messages[2])
    method, properties, body = eventually(lambda: station.take(DEAD_QUEUE)) or pytest.fail("no dead letter")
    assert (body, properties.content_type, method.routing_key) == (b"bad", "text/plain", KEY)
    source.close()
    assert list(open_source().fetch(10, 0.5)) == []
    assert station.take(DEAD_QUEUE) is None


def test_a_fetch_gives_no_more_than_asked_for(open_source: Open, station: AnyClient) -> None:
    """The rest stays in order for the next."""
    station.send(KEY, *(b"%d" % number for number in range(5)))
    source = open_source()
    bodies = [[message.body for message in fetched(source, most)] for most in (2, 2, 1)]
    assert bodies == [[b"0", b"1"], [b"2", b"3"], [b"4"]]


def test_no_more_than_the_prefetch_is_under_way(open_source: Open, station: AnyClient) -> None:
    """With a prefetch of one, the second comes after the first is settled."""
    station.send(KEY, b"1", b"2")
    source = open_source(prefetch=1)
    (first,) = fetched(source, 1)
    assert list(source.fetch(2, 0.3)) == []
    source.settle(first)
    assert [message.body for message in fetched(source, 1)] == [b"2"]


def test_a_batch_waits_the_linger_for_more(open_source: Open, broker: Broker, station: AnyClient) -> None:
    """A message that comes a moment later is in the same batch."""
    second = broker.client()
    timer = Timer(0.3, second.send, (KEY, b"2"))
    station.send(KEY, b"1")
    source = open_source(linger=8)
    timer.start()
    assert [message.body for message in source.fetch(2, 5)] == [b"1", b"2"]
    timer.join()
    second.close()


def test_a_batch_waits_no_longer_than_the_linger(open_source: Open, station: AnyClient) -> None:
    """A single message is not kept back for company that does not come."""
    station.send(KEY, b"1")
    source = open_source(linger=0.1)
    began = time.monotonic()
    assert len(source.fetch(500, 10)) == 1
    assert time.monotonic() - began < 0.1 + BUSY


def test_a_message_comes_with_its_properties_and_its_raw_body(open_source: Open, station: AnyClient) -> None:
    """Nothing is decoded, not even what says that it is text or compressed or pickled."""
    station.send(
        KEY,
        b"\xff\x00 not text",
        content_type="application/x-python-serialize",
        content_encoding="utf-8",
        headers={"ce-id": "7", "compression": "application/x-gzip", "nested": {"a": [1, True]}},
        user_id="guest",
    )
    (message,) = fetched(open_source(), 1)
    assert message.body == b"\xff\x00 not text"
    assert (message.content_type, message.content_encoding) == ("application/x-python-serialize", "utf-8")
    assert {name: message.headers[name] for name in ("ce-id", "compression", "nested")} == {
        "ce-id": "7",
        "compression": "application/x-gzip",
        "nested": {"a": [1, True]},
    }
    assert (message.routing_key, message.user_id) == (KEY, "guest")


def test_a_message_without_properties_has_none(open_source: Open, station: AnyClient) -> None:
    """Absent is None, not an empty text."""
    station.send(KEY, b"x")
    (message,) = fetched(open_source(), 1)
    assert (message.content_type, message.content_encoding, message.user_id) == (None, None, None)
    assert dict(message.headers) == {}


@pytest.mark.parametrize("size", [0, 64 * 1024, 300_000], ids=["empty", "largest allowed", "several frames"])
def test_a_body_of_any_size_comes_whole(open_source: Open, station: AnyClient, size: int) -> None:
    """Whether it is too large is for the reader to say."""
    station.send(KEY, b"z" * size, b"next")
    first, second = fetched(open_source(), 2)
    assert first.body == b"z" * size
    assert second.body == b"next"


def test_a_count_that_the_sender_made_up_is_not_believed(open_source: Open, station: AnyClient) -> None:
    """On the first delivery only a sender can have set the header."""
    station.send(KEY, b"x", headers={"x-delivery-count": 99})
    (message,) = fetched(open_source(), 1)
    assert message.deliveries == 0


def test_a_fetch_of_none_keeps_the_messages(open_source: Open, station: AnyClient) -> None:
    """It is how to wait without losing the link."""
    station.send(KEY, b"x")
    source = open_source()
    began = time.monotonic()
    assert list(source.fetch(0, 0.4)) == []
    assert time.monotonic() - began > 0.3
    assert len(source.fetch(1, 5)) == 1


def test_a_lost_link_stays_lost(open_source: Open, broker: Broker, station: AnyClient, eventually: Eventually) -> None:
    """Every verb says so; what was fetched is delivered again to the next source."""
    station.send(KEY, b"1", b"2")
    source = open_source()
    message = fetched(source, 1)[0]
    eventually(lambda: broker.connections() == 2)
    broker.close_connections()
    assert lost(source)
    with pytest.raises(SourceLost):
        source.settle(message)
    with pytest.raises(SourceLost):
        source.refuse(message)
    source.close()
    assert [message.body for message in fetched(open_source(), 2)] == [b"1", b"2"]


def test_a_deleted_queue_is_a_lost_link(open_source: Open, station: AnyClient) -> None:
    """A source does not wait for ever on a queue that is gone."""
    source = open_source()
    station.delete_queue(INTAKE_QUEUE)
    assert lost(source)
