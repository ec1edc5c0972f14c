"""The two brokers that keep the same promises: a real RabbitMQ, and the one in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

from ektp.broker.in_process import broker_at, forget
from tests.amqp_client import Client, declare
from tests.in_process_client import InProcessClient
from tests.servers.rabbit import PrivateRabbit

RABBITMQ: Final = "rabbitmq"
IN_PROCESS: Final = "in-process"

AnyClient = Client | InProcessClient


class Broker(Protocol):
    """A broker that is one test's alone."""

    @property
    def url(self) -> str:
        """Where it is."""

    def client(self) -> AnyClient:
        """Open a client that is not ours."""

    def connections(self) -> int:
        """Return how many there are; may be a moment old."""

    def close_connections(self) -> None:
        """End them all from the broker's side."""


@dataclass(frozen=True)
class OnRabbitMQ:
    """A virtual host."""

    url: str
    server: PrivateRabbit

    def client(self) -> Client:
        """Open a client."""
        return Client(self.url)

    def connections(self) -> int:
        """Return how many there are."""
        return len(self.server.connections(self.url))

    def close_connections(self) -> None:
        """End them all."""
        self.server.close_connections(self.url)


@dataclass(frozen=True)
class InProcess:
    """A name in this process."""

    url: str

    def client(self) -> InProcessClient:
        """Open a client."""
        return InProcessClient(self.url)

    def connections(self) -> int:
        """Return how many there are."""
        return len(broker_at(self.url).connections)

    def close_connections(self) -> None:
        """End them all."""
        broker_at(self.url).disconnect()


@contextmanager
def broker_of(kind: str, rabbit: PrivateRabbit) -> Iterator[Broker]:
    """Give a broker of a kind with nothing in it, and leave nothing behind."""
    if kind == RABBITMQ:
        with rabbit.vhost() as url:
            yield OnRabbitMQ(url, rabbit)
    else:
        with in_process() as url:
            yield InProcess(url)


@contextmanager
def in_process() -> Iterator[str]:
    """Give the URL of a broker in this process, with nothing in it, that ends with the block."""
    url = f"in-process://test-{uuid4().hex}"
    try:
        yield url
    finally:
        forget(url)


def declared(broker: Broker) -> AnyClient:
    """Declare the whole topology and open a client."""
    declare(broker.url)
    return broker.client()
