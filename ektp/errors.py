"""What can go wrong when the parts are put together and run.

EktpError
├── WrongUse            (exit 2)
└── ServiceMissing      (exit 3)
"""


class EktpError(Exception):
    """Something the person at the keyboard can do something about; `exit_code` is the command's."""

    exit_code = 1


class WrongUse(EktpError):
    """The command or its settings cannot be meant."""

    exit_code = 2


class ServiceMissing(EktpError):
    """A service that is needed is not there; the text says which and what to type."""

    exit_code = 3
