"""Why nobody could be told.

EktpError
└── AddressMissing      (exit 2)
"""

from ektp.errors import WrongUse


class AddressMissing(WrongUse):
    """An address cannot be read, or is of no known kind; the address itself is a secret and never said."""

    def __init__(self, place: str, because: str) -> None:
        super().__init__(place, because)
        self.place, self.because = place, because

    def __str__(self) -> str:
        return f"{self.place}: {self.because}"
