"""What every Publisher promises, on a real RabbitMQ and on the broker in this process."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from consumers.errors import PublisherLost
from consumers.ports import Letter, Publisher
from ektp.broker.in_process_publisher import InProcessPublisher
from ektp.broker.publisher import KombuPublisher
from ektp.broker.topology import NOTICES, REQUESTS, UNCLAIMED_QUEUE
from tests.brokers import IN_PROCESS, RABBITMQ, AnyClient, Broker, InProcess, broker_of, declared
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import NOTICE_KEY, letters

DEADLINE = 2.0  # seconds


@pytest.fixture(params=[RABBITMQ, IN_PROCESS])
def broker(request: pytest.FixtureRequest, rabbit: PrivateRabbit) -> Iterator[Broker]:
    """Give a broker that is this test's alone."""
    with broker_of(request.param, rabbit) as given:
        yield given


@pytest.fixture
def listener(broker: Broker) -> Iterator[AnyClient]:
    """Give a client with a queue `printed` for some of the notices."""
    with closing(declared(broker)) as subscriber:
        subscriber.queue("printed", NOTICES, "application-printed.33.#")
        yield subscriber


@pytest.fixture
def publisher(broker: Broker, listener: AnyClient) -> Iterator[Publisher]:
    """Give the relay's publisher to that broker."""
    own: Publisher = (
        InProcessPublisher(broker.url)
        if isinstance(broker, InProcess)
        else KombuPublisher(broker.url, window=100, deadline=DEADLINE)
    )
    with closing(own) as relay:
        yield relay


def test_every_letter_is_confirmed_and_arrives_as_it_should(publisher: Publisher, listener: AnyClient) -> None:
    """Persistent, in order, with the id as message id; more than a window of them."""
    sent = letters(250)
    assert publisher.publish(sent) == {letter.id: True for letter in sent}
    method, properties, body = listener.take("printed") or pytest.fail("nothing arrived")
    assert method.routing_key == NOTICE_KEY
    assert (properties.content_type, properties.delivery_mode) == ("application/cloudevents+json", 2)
    assert properties.message_id == str(sent[0].id) == body.decode()
    assert listener.take_all("printed") == [letter.body for letter in sent[1:]]


def test_letters_of_every_size_arrive_whole(publisher: Publisher, listener: AnyClient) -> None:
    """Empty, as large as a frame may be, and of several frames, with small ones between them."""
    sizes = (0, 1, 131_064, 131_065, 300_000)
    sent = [Letter(uuid4(), NOTICES, NOTICE_KEY, b"x" * size) for size in sizes for _ in range(2)]
    assert publisher.publish(sent) == {letter.id: True for letter in sent}
    assert listener.take_all("printed") == [letter.body for letter in sent]


def test_nothing_is_published_for_nothing(publisher: Publisher) -> None:
    """An empty call answers emptily."""
    assert publisher.publish([]) == {}


def test_a_notice_that_nobody_listens_to_is_confirmed_as_not_routed(publisher: Publisher) -> None:
    """It is told apart from its neighbours."""
    heard, unheard = letters(3), letters(3, "application-printed.12.01")
    mixed = [letter for pair in zip(heard, unheard, strict=True) for letter in pair]
    assert publisher.publish(mixed) == {letter.id: letter in heard for letter in mixed}


def test_a_request_that_nobody_takes_is_kept(publisher: Publisher, listener: AnyClient) -> None:
    """The alternate exchange takes it, so it counts as routed."""
    (request,) = sent = letters(1, "print-card.33.74", REQUESTS)
    assert publisher.publish(sent) == {request.id: True}
    assert listener.take_all(UNCLAIMED_QUEUE) == [request.body]


def test_an_exchange_that_vanished_is_declared_again(publisher: Publisher, listener: AnyClient) -> None:
    """The call that finds it missing fails, the next succeeds."""
    publisher.publish(letters(1))
    listener.delete_exchange(NOTICES)
    with pytest.raises(PublisherLost, match="NOT_FOUND"):
        publisher.publish(letters(1))
    listener.delete_queue("printed")
    (letter,) = sent = letters(1)
    assert publisher.publish(sent) == {letter.id: False}
