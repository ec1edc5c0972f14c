"""Which rules about who may say what there are, and the sentence for whoever breaks one."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Violation(StrEnum):
    """What was tried: each is a security event, parked as `sender-not-allowed` and counted by this code."""

    USER_ID_MISSING = "user-id-missing"
    UNKNOWN_ACCOUNT = "unknown-account"
    REVOKED = "revoked"
    KEY_OF_ANOTHER = "key-of-another"
    COPIED = "copied"
    SOURCE_OF_ANOTHER = "source-of-another"
    EVENT_NOT_OF_ROLE = "event-not-of-role"
    OFFICE_OF_ANOTHER = "office-of-another"
    STATION_OF_ANOTHER = "station-of-another"
    APPLICATION_OF_ANOTHER = "application-of-another"


DETAILS: Final[Mapping[Violation, str]] = MappingProxyType(
    {
        Violation.USER_ID_MISSING: "the message does not say by user_id which account sent it",
        Violation.UNKNOWN_ACCOUNT: "the account that sent it is no station's",
        Violation.REVOKED: "the account that sent it was revoked",
        Violation.KEY_OF_ANOTHER: "the routing key does not end in the account that sent it",
        Violation.COPIED: "the message has a CC or BCC header, which no station needs",
        Violation.SOURCE_OF_ANOTHER: "source must be /stations/ and the account that sent it",
        Violation.EVENT_NOT_OF_ROLE: "the role of the account that sent it does not say such events",
        Violation.OFFICE_OF_ANOTHER: "the office named does not belong to the account that sent it",
        Violation.STATION_OF_ANOTHER: "a station closes its own day and no other's: subject must be its name",
        Violation.APPLICATION_OF_ANOTHER: "the application's office does not belong to the account that sent it",
    }
)
