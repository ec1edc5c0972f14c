"""The roles of those who send events, and what each may say."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What an account is: stations are also the data centre, warehouses, printers and counters."""

    STATION = "station"
    CENTRE = "centre"
    WAREHOUSE = "warehouse"
    PRINTER = "printer"
    COUNTER = "counter"


#: The events of each role, by name; what operators and the pipeline itself say, no station may.
SAYS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.STATION: frozenset(
            {
                "recorded",
                "enrolment-progressed",
                "resident-invited",
                "application-cancelled",
                "station-day-closed",
                "visit-requested",
                "visit-held",
            }
        ),
        Role.CENTRE: frozenset(
            {"enrolment-progressed", "data-verified", "verification-failed", "central-record-deleted"}
        ),
        Role.WAREHOUSE: frozenset(
            {
                "blanko-received",
                "blanko-moved",
                "blanko-allocated",
                "supplies-received",
                "supplies-moved",
                "card-destroyed",
            }
        ),
        Role.PRINTER: frozenset({"printed", "print-failed", "print-voided", "card-destroyed", "supply-loaded"}),
        Role.COUNTER: frozenset(
            {
                "print-requested",
                "collected",
                "card-destroyed",
                "resident-invited",
                "application-cancelled",
                "visit-requested",
                "visit-held",
            }
        ),
    }
)


def covers(scope: str, office: str) -> bool:
    """Tell whether an office lies in a region: a regency covers its kecamatan, a province its regencies, "" all."""
    return not scope or office == scope or office.startswith(f"{scope}.")
