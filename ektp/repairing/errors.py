"""Why a repair is not planned, or not set going.

EktpError
└── RepairError
    ├── CorrectionRefused       (exit 2, 422)
    ├── SecondPersonNeeded      (exit 1, 403)
    ├── NothingSelected         (exit 1, 409)
    └── NotInThisState          (exit 1, 409)
"""

from typing import ClassVar

from ektp.errors import EktpError


class RepairError(EktpError):
    """A repair cannot be what was asked; `status` and `code` are those of the problem that the API answers."""

    status: ClassVar = 409
    code: ClassVar = "not-repairable"


class CorrectionRefused(RepairError):
    """The correction may not be made, whatever it is made to; its text repeats no value."""

    exit_code = 2
    status = 422
    code = "correction-refused"

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because

    def __str__(self) -> str:
        return f"this correction may not be made: {self.because}"


class SecondPersonNeeded(RepairError):
    """Somebody else than whoever planned it has to approve it."""

    status = 403
    code = "second-person-needed"

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because

    def __str__(self) -> str:
        return f"a second person has to approve it ({self.because}): `ektp parked plan`, `ektp parked approve`"


class NothingSelected(RepairError):
    """No open item is among what was selected, or more than one repair may have."""

    code = "nothing-selected"

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because

    def __str__(self) -> str:
        return f"{self.because}: see `ektp parked groups`"


class NotInThisState(RepairError):
    """What was asked cannot be done to a repair that stands as this one does."""

    code = "not-in-this-state"

    def __init__(self, what: str, state: str) -> None:
        super().__init__(what, state)
        self.what, self.state = what, state

    def __str__(self) -> str:
        return f"a repair that is {self.state} cannot be {self.what}"
