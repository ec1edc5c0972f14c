"""What the relay's publisher does when a real RabbitMQ is full, starved, silent or gone.

The broker in this process has no bound and no link, so none of this can happen to it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from threading import Event, Thread
from uuid import UUID

import pytest

from consumers.errors import PublisherLost
from ektp.broker.publisher import KombuPublisher
from ektp.broker.topology import NOTICES
from tests.amqp_client import Client, client, through
from tests.conftest import BUSY, Eventually
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import FULL, letters, until_confirmed

DEADLINE = 2.0  # seconds


@pytest.fixture
def listener(amqp_url: str) -> Iterator[Client]:
    """Give a client with a queue `printed` for some of the notices."""
    with client(amqp_url) as subscriber:
        subscriber.queue("printed", NOTICES, "application-printed.33.#")
        yield subscriber


@pytest.fixture
def publisher(amqp_url: str, listener: Client) -> Iterator[KombuPublisher]:
    """Give the relay's publisher, with a short deadline."""
    with closing(KombuPublisher(amqp_url, window=100, deadline=DEADLINE)) as relay:
        yield relay


def test_what_a_full_queue_refuses_is_not_confirmed(publisher: KombuPublisher, listener: Client) -> None:
    """It is absent from the answer, and goes through once there is room."""
    listener.queue("full", NOTICES, "stock-low.#", **FULL)
    sent = letters(20, "stock-low.33.74")
    answer = publisher.publish(sent)
    assert set(answer.values()) == {True}
    assert 0 < len(answer) < 20
    assert {body.decode() for body in listener.take_all("full")} == {str(one) for one in answer}


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
            assert time.monotonic() - began < DEADLINE + BUSY
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
        assert time.monotonic() - began < DEADLINE + BUSY
        proxy.mode = Mode.PASS
        until_confirmed(publisher, sent)


def test_a_broker_that_is_not_there_is_told_without_a_password() -> None:
    """At the call, not before: nothing connects when it is made."""
    publisher = KombuPublisher("amqp://relay:pa55word@127.0.0.1:1//", deadline=DEADLINE)
    with pytest.raises(PublisherLost) as lost:
        publisher.publish(letters(1))
    assert "pa55word" not in str(lost.value)
    publisher.close()
