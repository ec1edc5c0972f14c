"""What can go wrong while messages are taken in, applied and sent out.

ConsumerError
├── LinkLost
│   ├── SourceLost
│   └── PublisherLost
├── JournalUnavailable
├── IntakeHalted
├── StoreAway
└── StoreRefused
"""


class ConsumerError(Exception):
    """Something on the way between the broker and the journal failed."""


class LinkLost(ConsumerError):
    """The link to the broker is gone; `because` names the cause and never a password or a person."""

    def __init__(self, where: str, because: str) -> None:
        super().__init__(where, because)
        self.where = where
        self.because = because

    def __str__(self) -> str:
        return f"{self.where}: {self.because}"


class SourceLost(LinkLost):
    """The source's connection or channel is gone; everything unsettled will be delivered again."""


class PublisherLost(LinkLost):
    """The publisher cannot reach the broker; nothing was sent in this call, or its fate is unknown."""


class JournalUnavailable(ConsumerError):
    """The store cannot be reached or asks for a retry: nothing was applied, everything is to be offered again."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because

    def __str__(self) -> str:
        return f"the store is not available: {self.because}"


class IntakeHalted(ConsumerError):
    """Different applications in a row failed with the same error: a bad deploy, not bad data."""

    def __init__(self, error: str, applications: int) -> None:
        super().__init__(error, applications)
        self.error = error
        self.applications = applications

    def __str__(self) -> str:
        return f"{self.applications} different applications in a row failed with {self.error}"


class StoreAway(ConsumerError):
    """The store cannot be reached, is overloaded or chose this transaction to fail: the same again may succeed."""


class StoreRefused(ConsumerError):
    """The store refuses the data themselves (SQLSTATE classes 22 and 23): the same again fails again."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate

    def __str__(self) -> str:
        return f"the store refused the data (SQLSTATE {self.sqlstate})"
