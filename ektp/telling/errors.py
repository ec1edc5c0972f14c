"""Why nobody could be told.

EktpError
└── AddressMissing      (exit 2)
"""

from ektp.errors import WrongUse


class AddressMissing(WrongUse):
    """A receiver's address cannot be read, or is of no known kind; the address itself is a secret and never said."""

    def __init__(self, receiver: str, because: str) -> None:
        super().__init__(receiver, because)
        self.receiver, self.because = receiver, because

    def __str__(self) -> str:
        return f"alerts.receivers {self.receiver}: {self.because}"
