"""Every error the language itself can raise.

SchemaError
├── Refused          a message or a value that cannot be, with its reason code
├── NoSuchEvent      a name that is no event of the contract
└── PatchRefused     a correction that is no JSON Patch, or does not fit
"""

from schemas.reasons import Reason


class SchemaError(Exception):
    """Something said breaks the rules of the language."""


class Refused(SchemaError):
    """A message or a value that cannot be; `detail` says which rule, and never repeats the value."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class NoSuchEvent(SchemaError):
    """The contract has no event of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no event {self.name}"


class PatchRefused(SchemaError):
    """A JSON Patch that is none, or does not fit the document; no value is repeated, for it may be a person's."""

    def __init__(self, where: str, because: str) -> None:
        super().__init__(where, because)
        self.where = where
        self.because = because

    def __str__(self) -> str:
        return f"{self.where} {self.because}".strip()
