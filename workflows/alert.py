"""What a rule of the watch is: how bad, what it says and means, what to do, and who should know."""

from enum import StrEnum
from typing import Literal, NamedTuple

Language = Literal["id", "en"]


class Severity(StrEnum):
    """How bad it is, the mildest first."""

    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The place in the order; the worst is the highest."""
        return list(Severity).index(self)


class Audience(StrEnum):
    """Who should know first."""

    OFFICE = "office"  #: Who runs the office that the alert names.
    SYSTEM = "system"  #: Who runs the servers.
    SECURITY = "security"  #: Who answers for accounts and keys.


class Words(NamedTuple):
    """The same in Indonesian and English."""

    id: str
    en: str

    def in_(self, language: Language) -> str:
        """Return it in a language."""
        return self.id if language == "id" else self.en


class AlertRule(NamedTuple):
    """One rule, as data.

    `says` tells what was found, with names of the alert's detail in braces; `means` why it matters; `do` what to do.
    `patience` are seconds for which it has to be found at every look before it is an alert.
    """

    severity: Severity
    audience: Audience
    says: Words
    means: Words
    do: Words
    patience: int = 0
