"""What can be wrong with the broker itself.

BrokerError
├── BrokerUrlInvalid
├── ManagementAway
├── ManagementRefused
├── NotOurs
└── TopologyMismatch
"""


class BrokerError(Exception):
    """The broker is not what this system needs."""


class BrokerUrlInvalid(BrokerError):
    """The broker's URL cannot be read; it is never echoed, because it holds a password."""

    def __str__(self) -> str:
        return "the broker URL cannot be read; it should look like amqp://user:password@host:5672/vhost"


class ManagementAway(BrokerError):
    """The broker's management interface does not answer; without it no account can be made or looked at."""

    def __init__(self, address: str, told: str) -> None:
        super().__init__(address, told)
        self.address = address
        self.told = told

    def __str__(self) -> str:
        return (
            f"RabbitMQ's management interface at {self.address} does not answer ({self.told}): "
            "run `rabbitmq-plugins enable rabbitmq_management`, or set EKTP_BROKER_MANAGEMENT_URL"
        )


class ManagementRefused(BrokerError):
    """The management interface says no; `code` is that of HTTP."""

    def __init__(self, asked: str, code: int, told: str) -> None:
        super().__init__(asked, code, told)
        self.asked, self.code, self.told = asked, code, told

    def __str__(self) -> str:
        if self.code in (401, 403):
            return (
                f"RabbitMQ's management interface refuses this account ({self.code}): give it the tag administrator, "
                "or set EKTP_BROKER_MANAGEMENT_URL with one that has it"
            )
        return f"RabbitMQ's management interface answers {self.code} to {self.asked}: {self.told or 'no reason'}"


class NotOurs(BrokerError):
    """The broker has a user of this name that is no station's and no subscriber's."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why

    def __str__(self) -> str:
        return f"RabbitMQ has a user {self.name} already, {self.why}: choose another name"


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
