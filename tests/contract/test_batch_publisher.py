"""What the edge's publisher promises, stations and the operator's `publish`, against a real RabbitMQ and its faults."""

import time
from collections.abc import Iterator

import pytest

from consumers.errors import PublisherLost
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Fate
from ektp.broker.errors import BrokerUrlInvalid
from ektp.broker.topology import INTAKE_QUEUE, NOTICES
from tests.amqp_client import Client, client, through
from tests.conftest import BUSY
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import FULL, dispatches

DEADLINE = 2.0  # seconds


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
            assert time.monotonic() - began < DEADLINE + BUSY
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
    assert time.monotonic() - began < DEADLINE + BUSY
    assert len(fates) == 2_000
    assert fates[batch[-1].id] is Fate.UNKNOWN
