"""Every event there is: the union to match on, and the table by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from schemas.event import Data, Event
from schemas.issuance import (
    ApplicationCancelled,
    BlankoAllocated,
    CardDestroyed,
    Collected,
    Printed,
    PrintFailed,
    PrintRequested,
    PrintVoided,
)
from schemas.letters import SuketIssued
from schemas.operations import (
    DeadlineMoved,
    DeadlinePassed,
    DeadlinePostponed,
    OutageDeclared,
    OutageEnded,
    RemedyOrdered,
)
from schemas.outreach import VisitCancelled, VisitHeld, VisitPlanned, VisitRequested
from schemas.recording import (
    CentralRecordDeleted,
    DataVerified,
    EnrolmentProgressed,
    Recorded,
    ResidentInvited,
    StationDayClosed,
    VerificationFailed,
)
from schemas.stock import BlankoMoved, BlankoReceived
from schemas.supplies import SuppliesMoved, SuppliesReceived, SupplyLoaded

__all__ = [
    "EVENTS",
    "OPERATOR_EVENTS",
    "SYSTEM_EVENTS",
    "AnyEvent",
    "ApplicationCancelled",
    "BlankoAllocated",
    "BlankoMoved",
    "BlankoReceived",
    "CardDestroyed",
    "CentralRecordDeleted",
    "Collected",
    "Data",
    "DataVerified",
    "DeadlineMoved",
    "DeadlinePassed",
    "DeadlinePostponed",
    "EnrolmentProgressed",
    "Event",
    "OutageDeclared",
    "OutageEnded",
    "PrintFailed",
    "PrintRequested",
    "PrintVoided",
    "Printed",
    "Recorded",
    "RemedyOrdered",
    "ResidentInvited",
    "StationDayClosed",
    "SuketIssued",
    "SuppliesMoved",
    "SuppliesReceived",
    "SupplyLoaded",
    "VerificationFailed",
    "VisitCancelled",
    "VisitHeld",
    "VisitPlanned",
    "VisitRequested",
]

AnyEvent = Annotated[
    Recorded
    | EnrolmentProgressed
    | DataVerified
    | VerificationFailed
    | CentralRecordDeleted
    | ResidentInvited
    | PrintRequested
    | BlankoReceived
    | BlankoMoved
    | SuppliesReceived
    | SuppliesMoved
    | SupplyLoaded
    | BlankoAllocated
    | Printed
    | PrintFailed
    | PrintVoided
    | CardDestroyed
    | Collected
    | ApplicationCancelled
    | StationDayClosed
    | RemedyOrdered
    | DeadlinePostponed
    | OutageDeclared
    | OutageEnded
    | DeadlinePassed
    | DeadlineMoved
    | SuketIssued
    | VisitRequested
    | VisitPlanned
    | VisitHeld
    | VisitCancelled,
    Field(discriminator="type"),
]

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {
        event.name: event
        for event in (
            Recorded,
            EnrolmentProgressed,
            DataVerified,
            VerificationFailed,
            CentralRecordDeleted,
            ResidentInvited,
            PrintRequested,
            BlankoReceived,
            BlankoMoved,
            SuppliesReceived,
            SuppliesMoved,
            SupplyLoaded,
            BlankoAllocated,
            Printed,
            PrintFailed,
            PrintVoided,
            CardDestroyed,
            Collected,
            ApplicationCancelled,
            StationDayClosed,
            RemedyOrdered,
            DeadlinePostponed,
            OutageDeclared,
            OutageEnded,
            DeadlinePassed,
            DeadlineMoved,
            SuketIssued,
            VisitRequested,
            VisitPlanned,
            VisitHeld,
            VisitCancelled,
        )
    }
)
#: What only the role operator may say.
OPERATOR_EVENTS: Final = frozenset(
    {
        "remedy-ordered",
        "deadline-postponed",
        "outage-declared",
        "outage-ended",
        "visit-planned",
        "visit-cancelled",
    }
)
#: What only the pipeline itself may say.
SYSTEM_EVENTS: Final = frozenset({"deadline-passed", "deadline-moved", "suket-issued"})
