"""The broker in this process: what only it can be asked, without a server."""

import gc
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from queue import SimpleQueue
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from amqp.exceptions import ChannelError, PreconditionFailed  # type: ignore[import-untyped]
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from consumers.errors import PublisherLost, SourceLost
from consumers.ports import Letter
from ektp.broker.connection import new_connection
from ektp.broker.in_process import broker_at, forget
from ektp.broker.in_process_publisher import InProcessPublisher
from ektp.broker.opening import open_publisher, open_source, queue_depths
from ektp.broker.topology import DEAD_QUEUE, EVENTS, INTAKE_QUEUE, NOTICES, QUEUES
from tests.brokers import in_process
from tests.in_process_client import InProcessClient
from tests.traffic import fetched, letters

KEY = "recorded.st337401"


@pytest.fixture
def url() -> Iterator[str]:
    """Give a broker with everything declared."""
    with in_process() as name:
        open_source(name, INTAKE_QUEUE).close()
        yield name


@pytest.fixture
def station(url: str) -> Iterator[InProcessClient]:
    """Give a sender."""
    with closing(InProcessClient(url)) as sender:
        yield sender


@pytest.fixture
def channel(url: str) -> Iterator[Any]:
    """Give a bare channel."""
    with new_connection(url) as connection:
        yield connection.channel()


def test_who_waits_is_woken_at_once(url: str) -> None:
    """From another thread, within milliseconds, and without looking again and again."""
    source = open_source(url, INTAKE_QUEUE)
    publisher = open_publisher(url)
    delays: SimpleQueue[float] = SimpleQueue()

    def read() -> None:
        for _ in range(20):
            (message,) = fetched(source, 1)
            delays.put(time.perf_counter() - float(message.body))
            source.settle(message)

    reader = Thread(target=read)
    reader.start()
    told = []
    for _ in range(20):
        publisher.publish([Letter(uuid4(), EVENTS, KEY, str(time.perf_counter()).encode())])
        told.append(delays.get(timeout=10))
    reader.join(10)
    source.close()
    assert sorted(told)[10] < 0.005


def test_an_idle_reader_costs_no_processor(url: str) -> None:
    """It sleeps."""
    with closing(open_source(url, INTAKE_QUEUE)) as source:
        before = time.thread_time()
        assert list(source.fetch(1, 0.5)) == []
        assert time.thread_time() - before < 0.02


def test_many_threads_lose_and_double_nothing(url: str) -> None:
    """Four publishers and four consumers, one of which gives everything back now and then."""
    sent = [letters(500, KEY, EVENTS) for _ in range(4)]
    settled: list[bytes] = []

    def read(gives_back: bool) -> None:
        source = open_source(url, INTAKE_QUEUE, 20)
        rounds = 0
        while messages := source.fetch(10, 1):
            rounds += 1
            if gives_back and rounds % 3 == 0:
                source.close()
                source = open_source(url, INTAKE_QUEUE, 20)
                continue
            settled.extend(message.body for message in messages)
            source.settle(messages[-1])
        source.close()

    threads = [Thread(target=InProcessPublisher(url).publish, args=(batch,)) for batch in sent]
    threads += [Thread(target=read, args=(number == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(settled) == sorted(letter.body for batch in sent for letter in batch)
    assert all(ready == 0 for ready, _ in queue_depths(url).values())


def test_two_names_are_two_brokers(url: str, station: InProcessClient) -> None:
    """And a name that was forgotten begins anew, with nothing in it."""
    station.send(KEY, b"x")
    with in_process() as other:
        assert queue_depths(other) == {}
    assert queue_depths(url)[INTAKE_QUEUE] == (1, 0)
    forget(url)
    assert queue_depths(url) == {}


def test_who_reads_from_a_broker_that_ends_is_told(url: str) -> None:
    """Also in the middle of a wait."""
    source = open_source(url, INTAKE_QUEUE)
    Thread(target=forget, args=(url,)).start()
    with pytest.raises(SourceLost):
        fetched(source, 1)


def test_nothing_is_left_of_a_broker_that_ended() -> None:
    """Neither messages nor connections."""
    with in_process() as url:
        kept = weakref.ref(broker_at(url))
        source = open_source(url, INTAKE_QUEUE)
        open_publisher(url).publish(letters(10, KEY, EVENTS))
        source.close()
    del source
    gc.collect()
    assert kept() is None


def test_what_is_given_back_comes_first_and_in_its_order(url: str, station: InProcessClient) -> None:
    """Before what came meanwhile."""
    station.send(KEY, b"1", b"2", b"3")
    source = open_source(url, INTAKE_QUEUE)
    fetched(source, 2)
    station.send(KEY, b"4")
    source.close()
    assert station.take_all(INTAKE_QUEUE) == [b"1", b"2", b"3", b"4"]


def test_what_was_not_looked_at_goes_back_when_a_consumer_is_cancelled(station: InProcessClient, channel: Any) -> None:
    """What was looked at stays, to be settled."""
    seen: list[Any] = []
    station.send(KEY, b"1", b"2")
    channel.basic_consume(INTAKE_QUEUE, no_ack=False, callback=seen.append, consumer_tag="a")
    channel.connection.client.drain_events(timeout=1)
    channel.basic_cancel("a")
    assert station.take_all(INTAKE_QUEUE) == [b"2"]
    channel.basic_ack(seen[0].tag)
    channel.close()
    assert station.take(INTAKE_QUEUE) is None


def test_a_tag_is_settled_once(station: InProcessClient, channel: Any) -> None:
    """As in RabbitMQ, the second time is an error."""
    station.send(KEY, b"1")
    message = channel.basic_get(INTAKE_QUEUE)
    channel.basic_ack(message.delivery_tag)
    with pytest.raises(PreconditionFailed, match="unknown delivery tag"):
        channel.basic_ack(message.delivery_tag, multiple=True)


def test_a_reader_cannot_change_what_another_queue_holds(station: InProcessClient, channel: Any) -> None:
    """Headers are handed out as copies."""
    station.queue("one", NOTICES)
    station.queue("two", NOTICES)
    station.send("a", b"x", exchange=NOTICES, headers={"of": ["1"]})
    channel.basic_get("one").headers["of"][0] = "2"
    assert channel.basic_get("two").headers == {"of": ["1"]}


def test_a_dead_letter_that_dies_again_is_counted(station: InProcessClient, channel: Any) -> None:
    """The same reason in the same queue is one entry."""
    channel.queue_declare("loop", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "loop"})
    channel.queue_bind("loop", NOTICES, "#")
    station.send("a", b"x", exchange=NOTICES)
    for _ in range(3):
        channel.basic_reject(channel.basic_get("loop").delivery_tag, requeue=False)
    (death,) = channel.basic_get("loop").headers["x-death"]
    assert (death["count"], death["reason"], death["queue"]) == (3, "rejected", "loop")


@pytest.mark.parametrize("argument", ["x-message-ttl", "x-max-length", "x-max-priority", "x-expires"])
def test_an_argument_that_would_have_no_effect_is_refused(channel: Any, argument: str) -> None:
    """Not ignored."""
    with pytest.raises(PreconditionFailed, match=argument):
        channel.queue_declare("q", arguments={argument: 1})


def test_a_mandatory_message_that_nobody_wants_is_an_error(channel: Any) -> None:
    """With the broker's own code; others vanish, as they would there."""
    message = channel.prepare_message(b"x")
    with pytest.raises(ChannelError, match="NO_ROUTE"):
        channel.basic_publish(message, NOTICES, "nobody", mandatory=True)
    channel.basic_publish(message, NOTICES, "nobody")


def test_a_publisher_declares_what_it_missed() -> None:
    """It may be the first to arrive."""
    with in_process() as url:
        publisher = open_publisher(url)
        with pytest.raises(PublisherLost, match="NOT_FOUND"):
            publisher.publish(letters(1))
        assert list(publisher.publish(letters(1)).values()) == [False]
        assert set(queue_depths(url)) == {queue.name for queue in QUEUES}


def test_a_temporary_queue_goes_with_its_last_reader(channel: Any) -> None:
    """A listener leaves nothing behind."""
    name = channel.queue_declare("", exclusive=True, auto_delete=True).queue
    channel.basic_consume(name, no_ack=True, callback=print, consumer_tag="a")
    channel.queue_bind(name, NOTICES, "#")
    channel.basic_cancel("a")
    with pytest.raises(ChannelError, match="NOT_FOUND"):
        channel.queue_declare(name, passive=True)


def test_what_kombu_itself_sends_and_reads_is_what_was_sent(url: str) -> None:
    """With its own producers and consumers, serialised and compressed, over a direct exchange."""
    queue = Queue("work", Exchange("work", "direct", durable=True), "work", durable=True)
    read: list[object] = []

    def take(body: object, message: Any) -> None:
        read.append(body)
        message.ack()

    with Connection(url) as connection:
        connection.Producer().publish(
            {"id": 7}, exchange=queue.exchange, routing_key="work", declare=[queue], compression="gzip"
        )
        with connection.Consumer([queue], callbacks=[take]):
            connection.drain_events(timeout=1)
            with pytest.raises(TimeoutError):
                connection.drain_events(timeout=0.01)
    assert read == [{"id": 7}]
    assert queue_depths(url)["work"] == (0, 0)
    assert queue_depths(url)[DEAD_QUEUE] == (0, 0)
