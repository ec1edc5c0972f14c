"""Why a backup could not be made, or is not restored.

EktpError
└── BackupError             (exit 1)
    ├── BackupDamaged
    ├── PassphraseWrong
    ├── NotEmpty
    ├── MadeByNewer
    ├── OtherKey
    ├── ProgramFailed
    ├── NotWhole
    └── ProgramMissing      (exit 3)
"""

from pathlib import Path

from ektp.errors import EktpError


class BackupError(EktpError):
    """A backup could not be made or restored."""


class BackupDamaged(BackupError):
    """The file is cut off, was changed, or is no backup."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(file, what)
        self.file, self.what = file, what

    def __str__(self) -> str:
        return f"{self.file} cannot be restored, and nothing was written: {self.what}; take another copy of it"


class PassphraseWrong(BackupError):
    """The passphrase does not open the keys of the backup."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.file = file

    def __str__(self) -> str:
        return f"the passphrase is not the one with which {self.file} was made; nothing was written"


class NotEmpty(BackupError):
    """Something is already where the backup should go."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        return (
            f"{self.where} is not empty, and nothing was written: set EKTP_HOME to a new folder, and EKTP_DATABASE_URL"
            " to an empty database or to nothing"
        )


class MadeByNewer(BackupError):
    """The backup was made by a newer release, or on a newer PostgreSQL, than is here."""

    def __init__(self, found: str, here: str) -> None:
        super().__init__(found, here)
        self.found, self.here = found, here

    def __str__(self) -> str:
        return f"the backup was made with {self.found}, here is {self.here}: restore it with that or a newer one"


class OtherKey(BackupError):
    """The environment gives a key that is not the one of the backup."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        variable = f"EKTP_{self.name.upper().replace('-', '_')}"
        return f"the {self.name} that is given here is not the backup's: unset {variable} and {variable}_FILE"


class ProgramFailed(BackupError):
    """A program of PostgreSQL gave up; what it did is undone."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__(program, said)
        self.program, self.said = program, said

    def __str__(self) -> str:
        return f"{self.program} gave up ({self.said or 'no message'}): mend that, and try again"


class NotWhole(BackupError):
    """After it was restored the database does not hold what the backup says."""

    def __init__(self, table: str, told: int, found: int) -> None:
        super().__init__(table, told, found)
        self.table, self.told, self.found = table, told, found

    def __str__(self) -> str:
        return f"restored are {self.found} rows of {self.table}, the backup had {self.told}: use another backup"


class ProgramMissing(BackupError):
    """No pg_dump or pg_restore that fits the server is installed."""

    exit_code = 3

    def __init__(self, program: str, server: int) -> None:
        super().__init__(program, server)
        self.program, self.server = program, server

    def __str__(self) -> str:
        return (
            f"no {self.program} here fits a PostgreSQL {self.server}: install the client programs of that version"
            f" (on Debian: apt-get install postgresql-client-{self.server})"
        )
