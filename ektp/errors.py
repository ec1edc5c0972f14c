"""What can go wrong when the parts are put together and run.

EktpError
├── AccountTaken        (exit 1)
├── NameTaken           (exit 1)
├── NoSuchAccount       (exit 1)
├── NoSuchStation       (exit 1)
├── NoSuchSubscriber    (exit 1)
├── OwnAdministration   (exit 1)
├── StillWaiting        (exit 1)
├── SubscriberTaken     (exit 1)
├── WrongUse            (exit 2)
└── ServiceMissing      (exit 3)
"""


class EktpError(Exception):
    """Something the person at the keyboard can do something about; `exit_code` is the command's."""

    exit_code = 1


class AccountTaken(EktpError):
    """There is a person or a token of this name, or there was one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is an account {self.name}: choose another name, or see `ektp accounts list`"


class NameTaken(EktpError):
    """There is a station of this name, or there was one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is a station {self.name}: choose another name, or give it new credentials with --renew"


class NoSuchAccount(EktpError):
    """No person and no token of this name was ever added."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no account {self.name}: see `ektp accounts list`"


class NoSuchStation(EktpError):
    """No station of this name was ever added."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no station {self.name}: see `ektp stations list`"


class NoSuchSubscriber(EktpError):
    """There is no subscriber of this name, or it was removed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no subscriber {self.name}: see `ektp subscribers list`"


class OwnAdministration(EktpError):
    """Somebody would take from themselves what lets them look after accounts."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return "nobody takes the role admin from their own account, or disables it: another admin does"


class StillWaiting(EktpError):
    """Notices wait for a subscriber that somebody wants to remove."""

    def __init__(self, name: str, waiting: int) -> None:
        super().__init__(name, waiting)
        self.name, self.waiting = name, waiting

    def __str__(self) -> str:
        return f"{self.waiting} notices wait for {self.name}: let it read them first, or remove it by --force"


class SubscriberTaken(EktpError):
    """There is a subscriber or a station of this name, or there was one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is or was a subscriber or a station {self.name}: choose another name, or see `subscribers renew`"


class WrongUse(EktpError):
    """The command or its settings cannot be meant."""

    exit_code = 2


class ServiceMissing(EktpError):
    """A service that is needed is not there; the text says which and what to type."""

    exit_code = 3
