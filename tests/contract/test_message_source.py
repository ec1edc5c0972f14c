"""What every MessageSource promises, against a real RabbitMQ."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC
from threading import Timer

import pytest

from consumers.errors import SourceLost
from consumers.ports import Message, MessageSource
from ektp.broker.console import PikaSource
from ektp.broker.errors import BrokerUrlInvalid
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE
from tests.amqp_client import Client, Milliseconds, client
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit

Open = Callable[..., MessageSource]

KEY = "recorded.st337401"


@pytest.fixture
def station(amqp_url: str) -> Iterator[Client]:
    """Give a sender; everything is declared."""
    with client(amqp_url) as sender:
        yield sender


@pytest.fixture(params=[KombuSource, PikaSource])
def open_source(request: pytest.FixtureRequest, amqp_url: str, station: Client) -> Iterator[Open]:
    """Give what opens a source of one kind or the other on the intake's queue."""
    opened: list[MessageSource] = []

    def open_it(prefetch: int = 500, linger: float = 0.05) -> MessageSource:
        opened.append(request.param(amqp_url, INTAKE_QUEUE, prefetch=prefetch, linger=linger))
        return opened[-1]

    yield open_it
    for source in opened:
        source.close()


def fetched(source: MessageSource, count: int, seconds: float = 10) -> list[Message]:
    """Fetch until so many messages are there."""
    messages: list[Message] = []
    last = time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < last:
        messages += source.fetch(count - len(messages), 1)
    assert len(messages) == count
    return messages


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
    assert 0.25 < time.monotonic() - began < 2


def test_settling_the_last_settles_everything_before_it(open_source: Open, station: Client) -> None:
    """One acknowledgement for the batch; nothing comes again."""
    station.send(KEY, *(b"%d" % number for number in range(10)))
    source = open_source()
    messages = fetched(source, 10)
    assert [message.body for message in messages] == [b"%d" % number for number in range(10)]
    source.settle(messages[-1])
    source.close()
    assert list(open_source().fetch(10, 0.5)) == []


def test_what_is_not_settled_is_delivered_again_and_counted(open_source: Open, station: Client) -> None:
    """Also what was only prefetched; the settled part stays away."""
    station.send(KEY, b"1", b"2", b"3")
    first = open_source()
    one, two = fetched(first, 2)
    assert (one.deliveries, one.redelivered) == (0, False)
    first.settle(one)
    first.close()
    again = fetched(open_source(), 2)
    assert [(message.body, message.deliveries, message.redelivered) for message in again] == [
        (two.body, 1, True),
        (b"3", 1, True),
    ]


def test_a_refused_message_goes_to_the_dead_letters_alone(
    open_source: Open, station: Client, eventually: Eventually
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


def test_a_fetch_gives_no_more_than_asked_for(open_source: Open, station: Client) -> None:
    """The rest stays in order for the next."""
    station.send(KEY, *(b"%d" % number for number in range(5)))
    source = open_source()
    bodies = [[message.body for message in fetched(source, most)] for most in (2, 2, 1)]
    assert bodies == [[b"0", b"1"], [b"2", b"3"], [b"4"]]


def test_no_more_than_the_prefetch_is_under_way(open_source: Open, station: Client) -> None:
    """With a prefetch of one, the second comes after the first is settled."""
    station.send(KEY, b"1", b"2")
    source = open_source(prefetch=1)
    (first,) = fetched(source, 1)
    assert list(source.fetch(2, 0.3)) == []
    source.settle(first)
    assert [message.body for message in fetched(source, 1)] == [b"2"]


def test_a_batch_waits_the_linger_for_more(open_source: Open, amqp_url: str, station: Client) -> None:
    """A message that comes a moment later is in the same batch."""
    second = Client(amqp_url)
    timer = Timer(0.3, second.send, (KEY, b"2"))
    station.send(KEY, b"1")
    source = open_source(linger=8)
    timer.start()
    assert [message.body for message in source.fetch(2, 5)] == [b"1", b"2"]
    timer.join()
    second.close()


def test_a_batch_waits_no_longer_than_the_linger(open_source: Open, station: Client) -> None:
    """A single message is not kept back for company that does not come."""
    station.send(KEY, b"1")
    source = open_source(linger=0.1)
    began = time.monotonic()
    assert len(source.fetch(500, 10)) == 1
    assert time.monotonic() - began < 3


def test_a_message_comes_with_its_properties_and_its_raw_body(open_source: Open, station: Client) -> None:
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


def test_a_message_without_properties_has_none(open_source: Open, station: Client) -> None:
    """Absent is None, not an empty text."""
    station.send(KEY, b"x")
    (message,) = fetched(open_source(), 1)
    assert (message.content_type, message.content_encoding, message.user_id) == (None, None, None)
    assert dict(message.headers) == {}


@pytest.mark.parametrize("size", [0, 64 * 1024, 300_000], ids=["empty", "largest allowed", "several frames"])
def test_a_body_of_any_size_comes_whole(open_source: Open, station: Client, size: int) -> None:
    """Whether it is too large is for the reader to say."""
    station.send(KEY, b"z" * size, b"next")
    first, second = fetched(open_source(), 2)
    assert first.body == b"z" * size
    assert second.body == b"next"


def test_a_count_that_the_sender_made_up_is_not_believed(open_source: Open, station: Client) -> None:
    """On the first delivery only a sender can have set the header."""
    station.send(KEY, b"x", headers={"x-delivery-count": 99})
    (message,) = fetched(open_source(), 1)
    assert message.deliveries == 0


def test_a_fetch_of_none_keeps_the_messages(open_source: Open, station: Client) -> None:
    """It is how to wait without losing the link."""
    station.send(KEY, b"x")
    source = open_source()
    began = time.monotonic()
    assert list(source.fetch(0, 0.4)) == []
    assert time.monotonic() - began > 0.3
    assert len(source.fetch(1, 5)) == 1


def test_a_lost_link_stays_lost(
    open_source: Open, amqp_url: str, rabbit: PrivateRabbit, station: Client, eventually: Eventually
) -> None:
    """Every verb says so; what was fetched is delivered again to the next source."""
    station.send(KEY, b"1", b"2")
    source = open_source()
    message = fetched(source, 1)[0]
    eventually(lambda: len(rabbit.connections(amqp_url)) == 2)
    rabbit.close_connections(amqp_url)
    assert lost(source)
    with pytest.raises(SourceLost):
        source.settle(message)
    with pytest.raises(SourceLost):
        source.refuse(message)
    source.close()
    assert [message.body for message in fetched(open_source(), 2)] == [b"1", b"2"]


def test_a_deleted_queue_is_a_lost_link(open_source: Open, station: Client) -> None:
    """A source does not wait for ever on a queue that is gone."""
    source = open_source()
    station.delete_queue(INTAKE_QUEUE)
    assert lost(source)


@pytest.mark.parametrize("kind", [KombuSource, PikaSource])
@pytest.mark.parametrize("login", ["guest:wr0ng-pa55", "guest:wr0ng-pa55@127.0.0.1:1/x#"])
def test_a_password_is_never_told(rabbit: PrivateRabbit, kind: type[KombuSource | PikaSource], login: str) -> None:
    """Neither when it is refused nor when nobody is there."""
    host = rabbit.url.rpartition("@")[2]
    with pytest.raises(SourceLost) as refused:
        kind(f"amqp://{login}@{host}/", INTAKE_QUEUE)
    assert "pa55" not in str(refused.value) + repr(refused.value)


@pytest.mark.parametrize("kind", [KombuSource, PikaSource])
def test_a_broken_url_is_not_quoted(kind: type[KombuSource | PikaSource]) -> None:
    """A slash in the password makes a port of it, and Python's own complaint would print it."""
    with pytest.raises(BrokerUrlInvalid) as invalid:
        kind("amqp://guest:pa55/word@127.0.0.1:5672/", INTAKE_QUEUE)
    assert "pa55" not in str(invalid.value)
    assert invalid.value.__suppress_context__


def test_headers_that_no_library_can_read_hurt_nobody(amqp_url: str, station: Client) -> None:
    """A timestamp in milliseconds is a message without headers for us, and its neighbours are untouched."""
    station.send(KEY, b"before")
    station.send(KEY, b"strange", content_type="text/plain", headers={"sent": Milliseconds.now(UTC)})
    station.send(KEY, b"after")
    source = KombuSource(amqp_url, INTAKE_QUEUE)
    messages = fetched(source, 3)
    assert [message.body for message in messages] == [b"before", b"strange", b"after"]
    assert (messages[1].content_type, dict(messages[1].headers)) == ("text/plain", {})
    source.settle(messages[-1])
    source.close()


def test_a_key_that_is_no_text_hurts_nobody(amqp_url: str, station: Client) -> None:
    """The bytes that cannot be read are replaced."""
    station.send(b"recorded.st\xff", b"x")
    source = KombuSource(amqp_url, INTAKE_QUEUE)
    assert [message.routing_key for message in fetched(source, 1)] == ["recorded.st\ufffd"]
    source.close()


@pytest.mark.slow
def test_the_link_survives_silence_and_a_busy_journal(amqp_url: str, station: Client) -> None:
    """Three heartbeats without a message, then one heartbeat without a call, and it still settles."""
    station.send(KEY, b"x", b"y")
    source = KombuSource(amqp_url, INTAKE_QUEUE, heartbeat=2)
    messages = fetched(source, 2)
    assert list(source.fetch(1, 6)) == []
    busy_until = time.monotonic() + 2
    while time.monotonic() < busy_until:
        pass
    source.settle(messages[0])
    assert list(source.fetch(0, 0.5)) == []
    source.settle(messages[1])
    source.close()
    with closing(KombuSource(amqp_url, INTAKE_QUEUE)) as next_one:
        assert list(next_one.fetch(1, 0.5)) == []
