"""A kombu transport whose broker is this process: `in-process://NAME` is one broker for all of its threads.

By RabbitMQ's rules it acknowledges (also multiple), requeues to the head of the queue, delivers again what a closed
channel had not settled (redelivered, x-delivery-count), obeys prefetch and delivery limits, makes dead letters, routes
by topic and alternate exchange, and tells honestly what was not routed. Who waits is woken, nobody polls.

It does not promise:
- anything over the end of the process: "durable" and "persistent" are words to it, and a fork shares nothing;
- a bound: no memory alarm, no x-max-length (refused, as every argument that would have no effect), no TTL;
- priorities, headers exchanges, exchanges bound to exchanges, transactions;
- that a dead letter is kept while no queue takes dead letters: declare them first, as `topology.declare` does;
- accounts, heartbeats, or that `user_id` is true: whoever is in the process is trusted.
A prefetch counts for the whole channel. A connection whose queue is deleted under a consumer ends.
"""
# mypy: allow-untyped-calls

from urllib.parse import urlsplit

from kombu.transport import base

from ektp.broker.connection import IN_PROCESS
from ektp.broker.in_memory.broker import Broker, broker_named, forget_broker
from ektp.broker.in_memory.routing import KINDS
from ektp.broker.in_process_channel import Channel, Session


def is_in_process(url: str) -> bool:
    """Tell whether a URL names a broker of this process."""
    return urlsplit(url).scheme == IN_PROCESS


def broker_at(url: str) -> Broker:
    """Return the broker that a URL names; names know no upper case."""
    return broker_named(urlsplit(url).hostname or "")


def forget(url: str) -> None:
    """End the broker that a URL names, with all it holds."""
    forget_broker(urlsplit(url).hostname or "")


class Transport(base.Transport):
    """The transport, as kombu calls it."""

    driver_type = driver_name = IN_PROCESS
    implements = base.Transport.implements.extend(exchange_type=KINDS)

    def establish_connection(self) -> Session:
        """Open a connection to the broker of that name."""
        client = self.client
        assert client is not None
        return Session(broker_named(client.hostname or ""), client)

    def close_connection(self, connection: Session) -> None:
        """Close a connection; what is unsettled goes back."""
        connection.close()

    def verify_connection(self, connection: Session) -> bool:
        """Tell whether a connection is open."""
        return connection.is_open

    def create_channel(self, connection: Session) -> Channel:
        """Open a channel."""
        return Channel(connection)

    def close_channel(self, channel: Channel) -> None:
        """Close a channel."""
        channel.close()

    def drain_events(self, connection: Session, timeout: float | None = None, **_options: object) -> None:
        """Handle the next delivery; TimeoutError when none comes within `timeout` seconds."""
        delivery = connection.next(timeout)
        if delivery is None:
            raise TimeoutError
        if delivery.reader is not None:
            delivery.reader.callback(delivery)

    def driver_version(self) -> str:
        """Return nothing: it is a part of this program."""
        return ""
