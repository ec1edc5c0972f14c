"""What a broker counts of our queues, on both: came in, settled, delivered again; two looks make a rate."""

import pytest

from ektp.broker.counters import counters_told
from ektp.broker.management import Management
from ektp.broker.opening import open_publisher, open_source, queue_counters
from ektp.broker.topology import EVENTS, INTAKE_QUEUE
from tests.brokers import IN_PROCESS, RABBITMQ, broker_of
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import fetched, letters


@pytest.mark.parametrize("kind", [RABBITMQ, IN_PROCESS])
def test_what_goes_through_a_queue_is_counted(kind: str, rabbit: PrivateRabbit, eventually: Eventually) -> None:
    """Of three that came two are settled, and the third is delivered again."""
    with broker_of(kind, rabbit) as broker:
        source, publisher = open_source(broker.url, INTAKE_QUEUE), open_publisher(broker.url)
        publisher.publish(letters(3, "recorded.st337401", EVENTS))
        source.settle(fetched(source, 3)[1])
        source.close()
        again = open_source(broker.url, INTAKE_QUEUE)
        fetched(again, 1)
        eventually(lambda: queue_counters(broker.url, rabbit.management_url).get(INTAKE_QUEUE) == (3, 2, 1), 20)
        for one in (again, publisher):
            one.close()


def test_a_broker_that_cannot_be_asked_has_counted_nothing_that_is_known() -> None:
    """No answer is not 0."""
    assert counters_told(Management("amqp://guest:guest@127.0.0.1:1/x", "http://127.0.0.1:1", timeout=0.2)) == {}
