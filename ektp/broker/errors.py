"""What can be wrong with the broker itself.

BrokerError
├── BrokerUrlInvalid
└── TopologyMismatch
"""


class BrokerError(Exception):
    """The broker is not what this system needs."""


class BrokerUrlInvalid(BrokerError):
    """The broker's URL cannot be read; it is never echoed, because it holds a password."""

    def __str__(self) -> str:
        return "the broker URL cannot be read; it should look like amqp://user:password@host:5672/vhost"


class TopologyMismatch(BrokerError):
    """An exchange or queue of this name exists with other arguments, which RabbitMQ never changes in place."""

    def __init__(self, name: str, told: str) -> None:
        super().__init__(name, told)
        self.name = name
        self.told = told

    def __str__(self) -> str:
        return f"{self.name} exists with other arguments; drain and delete it, then declare again ({self.told})"


def because(error: BaseException) -> str:
    """Say what happened in one short line; the libraries' own texts hold no password."""
    return f"{type(error).__name__}: {error}"[:200]
