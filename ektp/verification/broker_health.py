"""Is the broker as the topology has it, and does it take messages? Asked without changing anything there."""

from collections.abc import Callable
from contextlib import closing
from typing import Any, Final
from uuid import uuid4

import pika
import pika.exceptions

from consumers.errors import LinkLost
from ektp.broker import topology
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Fate, read_url
from ektp.broker.errors import because

_TIMEOUT: Final = 5.0  # seconds
_NOT_FOUND: Final = 404


def differences(url: str) -> tuple[list[str], list[str]]:
    """Return the names of exchanges and queues that are missing, and of those that have other arguments.

    Bindings cannot be asked for over AMQP. Raises LinkLost and BrokerUrlInvalid.
    """
    missing, different = [], []
    try:
        with closing(pika.BlockingConnection(read_url(url, _TIMEOUT))) as connection:
            for name, ask, declare in (*map(_exchange, topology.EXCHANGES), *map(_queue, topology.QUEUES)):
                if _refused(connection, ask) == _NOT_FOUND:
                    missing.append(name)
                elif _refused(connection, declare) == topology.PRECONDITION_FAILED:
                    different.append(name)
    except (pika.exceptions.AMQPError, OSError) as error:
        raise LinkLost("broker", because(error)) from error
    return missing, different


def takes_messages(url: str) -> bool:
    """Tell whether the broker answers to a message; it goes to no queue. False during a memory or disk alarm."""
    letter = Dispatch(str(uuid4()), "ektp-doctor-asks", b"{}", content_type="application/json")
    fates = BatchPublisher(url, exchange="", deadline=_TIMEOUT).publish([letter])
    return fates[letter.id] is not Fate.UNKNOWN


Declaration = Callable[[Any], None]


def _exchange(spec: topology.ExchangeSpec) -> tuple[str, Declaration, Declaration]:
    settings = {"exchange_type": spec.kind, "durable": True, "arguments": dict(spec.arguments)}
    return (
        f"exchange {spec.name}",
        lambda channel: channel.exchange_declare(spec.name, passive=True),
        lambda channel: channel.exchange_declare(spec.name, **settings),
    )


def _queue(spec: topology.QueueSpec) -> tuple[str, Declaration, Declaration]:
    return (
        f"queue {spec.name}",
        lambda channel: channel.queue_declare(spec.name, passive=True),
        lambda channel: channel.queue_declare(spec.name, durable=True, arguments=dict(spec.arguments)),
    )


def _refused(connection: Any, declaration: Declaration) -> int:  # noqa: ANN401 - pika has no types
    """Make a declaration on a channel of its own; return the code with which the broker refused it, or 0."""
    channel = connection.channel()
    try:
        declaration(channel)
    except pika.exceptions.ChannelClosedByBroker as error:
        return int(error.reply_code)
    channel.close()
    return 0
