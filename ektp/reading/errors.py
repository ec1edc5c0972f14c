"""Why a question has no answer.

EktpError
├── ServiceMissing
│   └── NotMigrated     (exit 3)
└── Unknown             (exit 1)
"""

from ektp.errors import EktpError, ServiceMissing


class NotMigrated(ServiceMissing):
    """The database has no tables yet, or those of another release."""

    def __init__(self, found: str | None = None, needed: str | None = None) -> None:
        super().__init__(found, needed)
        self.found, self.needed = found, needed

    def __str__(self) -> str:
        if self.found is None or self.needed is None:
            return "the database has not the tables of this release: run `ektp migrate`"
        if self.found > self.needed:
            return f"the database is at revision {self.found}, newer than this release ({self.needed}): upgrade `ektp`"
        return f"the database is at revision {self.found}, this release needs {self.needed}: run `ektp migrate`"


class Unknown(EktpError):
    """There is no such thing in the store."""

    def __init__(self, what: str, name: str, more: str = "") -> None:
        super().__init__(what, name, more)
        self.what, self.name, self.more = what, name, more

    def __str__(self) -> str:
        return f"there is no {self.what} {self.name}{f': {self.more}' if self.more else ''}"
