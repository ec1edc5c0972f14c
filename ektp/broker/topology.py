"""Which exchanges, queues and bindings there are: the one truth, as data, and how to declare it."""
# mypy: allow-untyped-calls

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from ektp.broker.errors import TopologyMismatch

PRECONDITION_FAILED: Final = 406


@dataclass(frozen=True, slots=True)
class ExchangeSpec:
    """A durable exchange; `kind` is topic or fanout."""

    name: str
    kind: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A durable queue."""

    name: str
    arguments: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class BindingSpec:
    """A queue bound to an exchange; `key` is empty on a fanout."""

    exchange: str
    queue: str
    key: str = ""


EVENTS: Final = "ektp.events"
NOTICES: Final = "ektp.notices"
REQUESTS: Final = "ektp.requests"
FEEDBACK: Final = "ektp.feedback"
STRANGE: Final = "ektp.events.strange"
UNCLAIMED: Final = "ektp.requests.unclaimed"
DEAD: Final = "ektp.dead"
STEPS: Final = "ektp.steps"

INTAKE_QUEUE: Final = "ektp.intake"
LATE_QUEUE: Final = "ektp.intake.late"
STRANGE_QUEUE: Final = "ektp.intake.strange"
DEAD_QUEUE: Final = "ektp.intake.dead"
UNCLAIMED_QUEUE: Final = "ektp.requests.unclaimed"
STEPS_QUEUE: Final = "ektp.steps"
STEPS_KEY: Final = "run"

INTAKE: Final[Mapping[str, str | int]] = MappingProxyType(
    {
        "x-queue-type": "quorum",
        "x-delivery-limit": 200,
        "x-dead-letter-exchange": DEAD,
        # At-least-once holds only together with reject-publish; otherwise RabbitMQ falls back to at-most-once silently.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
)
# RabbitMQ 4 drops a message after 20 deliveries when nothing says otherwise, and 3.10 does not know -1 for "never".
TERMINAL: Final[Mapping[str, str | int]] = MappingProxyType(
    {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000_000}
)
# No dead letters: a message of this queue is a wake-up with an id in it. Its step is a row, and is sent again for as
# long as it is due; so one that nobody could take, or that ended a worker too often, may go.
WAKE_UPS: Final[Mapping[str, str | int]] = MappingProxyType({"x-queue-type": "quorum", "x-delivery-limit": 20})

EXCHANGES: Final = (
    ExchangeSpec(STRANGE, "fanout"),
    ExchangeSpec(UNCLAIMED, "fanout"),
    ExchangeSpec(DEAD, "fanout"),
    ExchangeSpec(EVENTS, "topic", MappingProxyType({"alternate-exchange": STRANGE})),
    ExchangeSpec(NOTICES, "topic"),
    ExchangeSpec(REQUESTS, "topic", MappingProxyType({"alternate-exchange": UNCLAIMED})),
    ExchangeSpec(FEEDBACK, "topic"),
    ExchangeSpec(STEPS, "topic"),
)
QUEUES: Final = (
    QueueSpec(DEAD_QUEUE, TERMINAL),
    QueueSpec(INTAKE_QUEUE, INTAKE),
    QueueSpec(LATE_QUEUE, INTAKE),
    QueueSpec(STRANGE_QUEUE, INTAKE),
    QueueSpec(UNCLAIMED_QUEUE, TERMINAL),
    QueueSpec(STEPS_QUEUE, WAKE_UPS),
)
BINDINGS: Final = (
    BindingSpec(DEAD, DEAD_QUEUE),
    BindingSpec(EVENTS, INTAKE_QUEUE, "*.*"),
    BindingSpec(EVENTS, LATE_QUEUE, "*.*.late"),
    BindingSpec(STRANGE, STRANGE_QUEUE),
    BindingSpec(UNCLAIMED, UNCLAIMED_QUEUE),
    BindingSpec(STEPS, STEPS_QUEUE, STEPS_KEY),
)


def declare(connection: Connection) -> None:
    """Declare everything; what is already there and equal stays as it is.

    Needs the broker's configure permission. Raises TopologyMismatch when something exists with other arguments.
    """
    with connection.channel() as channel:
        for exchange in EXCHANGES:
            entity = Exchange(exchange.name, exchange.kind, durable=True, arguments=dict(exchange.arguments))
            _declare(connection, exchange.name, entity(channel))
        for queue in QUEUES:
            _declare(
                connection, queue.name, Queue(queue.name, durable=True, queue_arguments=dict(queue.arguments))(channel)
            )
        for binding in BINDINGS:
            Queue(binding.queue)(channel).bind_to(binding.exchange, routing_key=binding.key)


def _declare(connection: Connection, name: str, entity: Exchange | Queue) -> None:
    try:
        entity.declare()
    except connection.channel_errors as error:
        if getattr(error, "reply_code", None) != PRECONDITION_FAILED:
            raise
        raise TopologyMismatch(name, str(getattr(error, "reply_text", error))) from error
