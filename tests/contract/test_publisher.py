"""What the two publishers promise, against a real RabbitMQ and its faults."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from threading import Event, Thread
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from consumers.errors import PublisherLost
from consumers.ports import Letter
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Fate
from ektp.broker.errors import BrokerUrlInvalid
from ektp.broker.publisher import KombuPublisher
from ektp.broker.topology import INTAKE_QUEUE, NOTICES, REQUESTS, UNCLAIMED_QUEUE
from tests.amqp_client import Client, client, through
from tests.conftest import Eventually
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit

DEADLINE = 2.0  # seconds
KEY = "application-printed.33.74.10"
FULL = {"x-queue-type": "classic", "x-max-length": 2, "x-overflow": "reject-publish"}  # a quorum queue is in no hurry


@pytest.fixture
def listener(amqp_url: str) -> Iterator[Client]:
    """Give a client with a queue `printed` for some of the notices."""
    with client(amqp_url) as subscriber:
        subscriber.queue("printed", NOTICES, "application-printed.33.#")
        yield subscriber


@pytest.fixture
def proxy(rabbit: PrivateRabbit) -> Iterator[FaultProxy]:
    """Give a proxy in front of the broker."""
    with FaultProxy(("127.0.0.1", urlsplit(rabbit.url).port or 0)) as between:
        yield between


@pytest.fixture
def publisher(amqp_url: str, listener: Client) -> Iterator[KombuPublisher]:
    """Give the relay's publisher, with a short deadline."""
    with closing(KombuPublisher(amqp_url, window=100, deadline=DEADLINE)) as relay:
        yield relay


def letters(count: int, key: str = KEY, exchange: str = NOTICES) -> list[Letter]:
    """Return letters whose body is their id."""
    return [Letter(one, exchange, key, str(one).encode()) for one in (uuid4() for _ in range(count))]


def dispatches(count: int, key: str = "recorded.st337401") -> list[Dispatch]:
    """Return messages whose body is their id."""
    return [Dispatch(str(one), key, str(one).encode()) for one in (uuid4() for _ in range(count))]


def until_confirmed(publisher: KombuPublisher, waiting: list[Letter], seconds: float = 30) -> Counter[UUID]:
    """Publish again and again what is not confirmed, as the relay does; return how often each was confirmed."""
    confirmed: Counter[UUID] = Counter()
    last = time.monotonic() + seconds
    while waiting and time.monotonic() < last:
        try:
            confirmed.update(publisher.publish(waiting[:500]).keys())
        except PublisherLost:
            continue
        waiting = [letter for letter in waiting if letter.id not in confirmed]
    assert not waiting
    return confirmed


def test_every_letter_is_confirmed_and_arrives_as_it_should(publisher: KombuPublisher, listener: Client) -> None:
    """Persistent, in order, with the id as message id; more than a window of them."""
    sent = letters(250)
    assert publisher.publish(sent) == {letter.id: True for letter in sent}
    method, properties, body = listener.take("printed") or pytest.fail("nothing arrived")
    assert method.routing_key == KEY
    assert (properties.content_type, properties.delivery_mode) == ("application/cloudevents+json", 2)
    assert properties.message_id == str(sent[0].id) == body.decode()
    assert listener.take_all("printed") == [letter.body for letter in sent[1:]]


def test_nothing_is_published_for_nothing(publisher: KombuPublisher) -> None:
    """An empty call answers emptily."""
    assert publisher.publish([]) == {}


def test_a_notice_that_nobody_listens_to_is_confirmed_as_not_routed(publisher: KombuPublisher) -> None:
    """It is told apart from its neighbours."""
    heard, unheard = letters(3), letters(3, "application-printed.12.01")
    mixed = [letter for pair in zip(heard, unheard, strict=True) for letter in pair]
    assert publisher.publish(mixed) == {letter.id: letter in heard for letter in mixed}


def test_a_request_that_nobody_takes_is_kept(publisher: KombuPublisher, listener: Client) -> None:
    """The alternate exchange takes it, so it counts as routed."""
    (request,) = sent = letters(1, "print-card.33.74", REQUESTS)
    assert publisher.publish(sent) == {request.id: True}
    assert listener.take_all(UNCLAIMED_QUEUE) == [request.body]


def test_what_a_full_queue_refuses_is_not_confirmed(publisher: KombuPublisher, listener: Client) -> None:
    """It is absent from the answer, and goes through once there is room."""
    listener.queue("full", NOTICES, "stock-low.#", **FULL)
    sent = letters(20, "stock-low.33.74")
    answer = publisher.publish(sent)
    assert set(answer.values()) == {True}
    assert 0 < len(answer) < 20
    assert {body.decode() for body in listener.take_all("full")} == {str(one) for one in answer}


def test_an_exchange_that_vanished_is_declared_again(publisher: KombuPublisher, listener: Client) -> None:
    """The call that finds it missing fails, the next succeeds."""
    publisher.publish(letters(1))
    listener.delete_exchange(NOTICES)
    with pytest.raises(PublisherLost, match="NOT_FOUND"):
        publisher.publish(letters(1))
    listener.delete_queue("printed")
    (letter,) = sent = letters(1)
    assert publisher.publish(sent) == {letter.id: False}


def test_a_link_that_was_closed_while_idle_is_opened_again(
    publisher: KombuPublisher, amqp_url: str, rabbit: PrivateRabbit, listener: Client, eventually: Eventually
) -> None:
    """The next call does not notice."""
    publisher.publish(letters(1))
    eventually(lambda: len(rabbit.connections(amqp_url)) == 2)
    rabbit.close_connections(amqp_url)
    assert list(publisher.publish(letters(5)).values()) == [True] * 5


@pytest.mark.slow
def test_connections_closed_in_the_middle_lose_nothing(
    publisher: KombuPublisher, amqp_url: str, rabbit: PrivateRabbit, listener: Client
) -> None:
    """Each id arrives at least once, when what was not confirmed is sent again."""
    done = Event()

    def close_again_and_again() -> None:
        while not done.wait(0.3):
            rabbit.close_connections(amqp_url)

    closer = Thread(target=close_again_and_again)
    closer.start()
    sent = letters(20_000)
    try:
        confirmed = until_confirmed(publisher, sent, 60)
    finally:
        done.set()
        closer.join()
    assert set(confirmed) == {letter.id for letter in sent}
    with client(amqp_url) as reader:
        assert {body.decode() for body in reader.take_all("printed")} == {str(letter.id) for letter in sent}


@pytest.mark.slow
@pytest.mark.owns_server
def test_a_memory_alarm_ends_in_time_and_makes_no_flood(
    publisher: KombuPublisher, rabbit: PrivateRabbit, listener: Client, eventually: Eventually
) -> None:
    """While it lasts nothing is confirmed and no call hangs; afterwards everything goes, with few duplicates."""
    publisher.publish(letters(1))
    rabbit.memory_alarm(on=True)
    try:
        sent = letters(50)
        for _ in range(3):
            began = time.monotonic()
            assert publisher.publish(sent) == {}
            assert time.monotonic() - began < DEADLINE + 1
            publisher.close()
    finally:
        rabbit.memory_alarm(on=False)
    until_confirmed(publisher, sent)
    arrived = Counter(listener.take_all("printed")[1:])
    assert set(arrived) == {letter.body for letter in sent}
    assert arrived.total() <= 2 * len(sent) + 3


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Mode.HALF_OPEN, Mode.BLACKHOLE])
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "first"])
def test_a_silent_link_ends_in_time(
    amqp_url: str, listener: Client, proxy: FaultProxy, fault: Mode, warm: bool
) -> None:
    """Whether it falls silent at the first call or later, and the next call after it opens a new one."""
    with closing(KombuPublisher(through(amqp_url, proxy), deadline=DEADLINE)) as publisher:
        if warm:
            publisher.publish(letters(1))
        proxy.mode = fault
        sent = letters(50)
        began = time.monotonic()
        answer: Mapping[UUID, bool] = {}
        try:
            answer = publisher.publish(sent)
        except PublisherLost:
            assert not warm
        assert answer == {}
        assert time.monotonic() - began < DEADLINE + 1
        proxy.mode = Mode.PASS
        until_confirmed(publisher, sent)


def test_a_broker_that_is_not_there_is_told_without_a_password() -> None:
    """At the call, not before: nothing connects when it is made."""
    publisher = KombuPublisher("amqp://relay:pa55word@127.0.0.1:1//", deadline=DEADLINE)
    with pytest.raises(PublisherLost) as lost:
        publisher.publish(letters(1))
    assert "pa55word" not in str(lost.value)
    publisher.close()


# The edge: stations, and the operator's `publish`.


@pytest.fixture
def intake(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as reader:
        yield reader


def test_a_batch_is_confirmed_and_arrives_as_it_should(amqp_url: str, intake: Client) -> None:
    """In order, persistent, under the sender's own name; more than a window of it."""
    batch = dispatches(120)
    fates = BatchPublisher(amqp_url, window=50).publish(iter(batch))
    assert fates == {one.id: Fate.CONFIRMED for one in batch}
    _, properties, body = intake.take(INTAKE_QUEUE) or pytest.fail("nothing arrived")
    assert (properties.user_id, properties.delivery_mode, properties.message_id) == ("guest", 2, body.decode())
    assert properties.content_type == "application/cloudevents+json"
    assert intake.take_all(INTAKE_QUEUE) == [one.body for one in batch[1:]]


def test_an_empty_batch_is_empty(amqp_url: str, intake: Client) -> None:
    """And ends at once."""
    assert BatchPublisher(amqp_url).publish([]) == {}


def test_headers_and_content_type_are_kept(amqp_url: str, intake: Client) -> None:
    """A binary event is one."""
    event = Dispatch("7", "recorded.st337401", b"{}", "application/json", {"ce-id": "7"})
    BatchPublisher(amqp_url).publish([event])
    _, properties, _ = intake.take(INTAKE_QUEUE) or pytest.fail("nothing arrived")
    assert properties.content_type == "application/json"
    assert properties.headers["ce-id"] == "7"


def test_what_no_queue_wants_is_returned_and_what_is_full_is_nacked(amqp_url: str, intake: Client) -> None:
    """Each fate is told by id."""
    intake.queue("full", NOTICES, "full", **FULL)
    batch = [Dispatch("unheard", "nobody", b"x"), *(Dispatch(f"full {number}", "full", b"x") for number in range(20))]
    fates = BatchPublisher(amqp_url, NOTICES).publish(batch)
    assert fates["unheard"] is Fate.RETURNED
    assert fates["full 0"] is Fate.CONFIRMED
    assert Fate.NACKED in fates.values()


def test_an_exchange_that_is_missing_leaves_everything_unknown(amqp_url: str) -> None:
    """Nothing was taken, and nothing hangs."""
    fates = BatchPublisher(amqp_url, "ektp.nowhere").publish(dispatches(3))
    assert set(fates.values()) == {Fate.UNKNOWN}
    assert len(fates) == 3


def test_a_broker_that_is_not_there_is_an_error_without_a_password() -> None:
    """So is a URL that cannot be read."""
    with pytest.raises(PublisherLost) as lost:
        BatchPublisher("amqp://st337401:pa55word@127.0.0.1:1/%2F").publish(dispatches(1))
    assert "pa55word" not in str(lost.value)
    with pytest.raises(BrokerUrlInvalid):
        BatchPublisher("amqp://st337401:pa55/word@127.0.0.1:1/%2F")


@pytest.mark.slow
def test_a_batch_cut_in_the_middle_is_whole_after_the_next_tries(
    amqp_url: str, intake: Client, proxy: FaultProxy
) -> None:
    """What is unknown is sent again; each id arrives at least once."""
    batch = waiting = dispatches(20_000)
    publisher = BatchPublisher(through(amqp_url, proxy), deadline=DEADLINE)

    def cut_on_the_way() -> Iterator[Dispatch]:
        for number, one in enumerate(waiting):
            if number == 5_000:
                proxy.cut()
            yield one

    tries = 0
    while waiting and tries < 10:
        fates = publisher.publish(cut_on_the_way())
        assert len(fates) == len(waiting)
        waiting = [one for one in waiting if fates[one.id] is not Fate.CONFIRMED]
        tries += 1
    assert not waiting
    assert tries > 1
    assert set(intake.take_all(INTAKE_QUEUE)) == {one.body for one in batch}


@pytest.mark.slow
@pytest.mark.owns_server
def test_a_batch_ends_in_time_under_a_memory_alarm(amqp_url: str, rabbit: PrivateRabbit, intake: Client) -> None:
    """Of what was written meanwhile, little arrives later."""
    rabbit.memory_alarm(on=True)
    try:
        batch = dispatches(50)
        for _ in range(2):
            began = time.monotonic()
            assert set(BatchPublisher(amqp_url, deadline=DEADLINE).publish(batch).values()) == {Fate.UNKNOWN}
            assert time.monotonic() - began < 2 * DEADLINE
    finally:
        rabbit.memory_alarm(on=False)
    fates = BatchPublisher(amqp_url).publish(batch)
    assert set(fates.values()) == {Fate.CONFIRMED}
    assert len(intake.take_all(INTAKE_QUEUE)) <= len(batch) + 2


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Mode.HALF_OPEN, Mode.BLACKHOLE])
def test_a_batch_ends_in_time_on_a_silent_link(amqp_url: str, intake: Client, proxy: FaultProxy, fault: Mode) -> None:
    """The rest of it is unknown."""
    batch = dispatches(2_000)

    def silence_on_the_way() -> Iterator[Dispatch]:
        for number, one in enumerate(batch):
            if number == 500:
                proxy.mode = fault
            yield one

    began = time.monotonic()
    fates = BatchPublisher(through(amqp_url, proxy), deadline=DEADLINE).publish(silence_on_the_way())
    assert time.monotonic() - began < DEADLINE + 3
    assert len(fates) == 2_000
    assert fates[batch[-1].id] is Fate.UNKNOWN
