"""How the broker's two ends are opened, whether it is a RabbitMQ (`amqp://`) or this process (`in-process://NAME`)."""

from collections.abc import Mapping
from typing import Final

from consumers.ports import MessageSource, Publisher
from ektp.broker.console import queue_depths as depths_on_server
from ektp.broker.counters import Counters, counters_told
from ektp.broker.in_process import broker_at, is_in_process
from ektp.broker.in_process_publisher import InProcessPublisher
from ektp.broker.management import Management
from ektp.broker.publisher import KombuPublisher
from ektp.broker.source import KombuSource

_LINGER: Final = 0.05  # seconds; the way over a network is worth waiting for company
_SHORT_LINGER: Final = 0.002
_PATIENCE: Final = 2.0  # seconds for each question about what was counted


def open_source(url: str, queue: str, prefetch: int = 500) -> MessageSource:
    """Open a queue; what it needs is declared where it is missing. Raises SourceLost and BrokerUrlInvalid."""
    return KombuSource(url, queue, prefetch, _SHORT_LINGER if is_in_process(url) else _LINGER)


def open_publisher(url: str) -> Publisher:
    """Return a publisher, connected when it is first used. Raises BrokerUrlInvalid."""
    return InProcessPublisher(url) if is_in_process(url) else KombuPublisher(url)


def queue_counters(url: str, management: str | None) -> Mapping[str, Counters]:
    """Return what the broker has counted of the queues of ours; nothing where it does not say. Raises BrokerUrlInvalid.

    `management` is the URL of its management interface, None for the usual one.
    """
    if is_in_process(url):
        return broker_at(url).counters()
    return counters_told(Management(url, management, timeout=_PATIENCE))


def queue_depths(url: str) -> Mapping[str, tuple[int, int]]:
    """Return queue -> (messages ready, consumers) of the queues that are declared. Raises LinkLost."""
    return broker_at(url).depths() if is_in_process(url) else depths_on_server(url)
