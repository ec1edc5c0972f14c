"""Facts that we announce: what became of an application, told to whoever listens and in words for the resident."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from schemas.event import Data
from schemas.moments import Day, Moment
from schemas.outgoing import Outgoing, write_around
from schemas.resident import RESIDENT, Resident
from schemas.supplies import SupplyName
from schemas.text import Mark, Text
from schemas.values import ApplicationId, Office, StationName

State = Literal[
    "recorded",
    "failed",
    "verified",
    "allocated",
    "printed",
    "collected",
    "deletion-requested",
    "re-recording",
    "under-review",
    "cancelled",
]
Party = Literal["station", "centre", "warehouse", "printer", "resident", "office", "nobody"]


class ApplicationNews(Data):
    """Where an application stands, why, whose move it is and what it means for the resident."""

    application: ApplicationId
    resi: Mark | None = None
    office: Office
    state: State
    previous: State | None = None
    attempt: int = Field(ge=0)
    because: Text | None = None
    whose_move: Party
    resident: Resident
    due: Moment | None = None
    valid_until: Moment | None = None  #: Of a suket.
    when: Moment | None = None  #: From when on a visit is at `where`.
    where: Text | None = None


class StockNews(Data):
    """How few blanko (or pieces of a `supply`) an office has left, and how many applications wait for a blanko."""

    office: Office
    supply: SupplyName | None = None
    in_stock: int = Field(ge=0)
    waiting: int = Field(ge=0)
    because: Text | None = None
    whose_move: Party
    due: Moment | None = None


class MissingNews(Data):
    """Which recordings a station says it made, or another office speaks of, and which have not arrived."""

    office: Office
    station: StationName | None = None
    application: ApplicationId | None = None
    date: Day | None = None
    counted: int | None = Field(default=None, ge=0)
    arrived: int | None = Field(default=None, ge=0)
    because: Text | None = None
    whose_move: Party
    due: Moment | None = None


class Notice(Outgoing):
    """A fact about one application; `sequence` counts them from 1 without gaps."""

    subject: ApplicationId
    data: ApplicationNews


class ApplicationRecorded(Notice):
    """The recording arrived."""

    name: ClassVar[str] = "application-recorded"
    type: Literal["id.ektp.application-recorded.v1"]


class ApplicationFailed(Notice):
    """The centre could not verify it, and a remedy is under way."""

    name: ClassVar[str] = "application-failed"
    type: Literal["id.ektp.application-failed.v1"]


class ApplicationVerified(Notice):
    """The person is unique: a card may be printed."""

    name: ClassVar[str] = "application-verified"
    type: Literal["id.ektp.application-verified.v1"]


class ApplicationAllocated(Notice):
    """A blanko is set aside for it."""

    name: ClassVar[str] = "application-allocated"
    type: Literal["id.ektp.application-allocated.v1"]


class ApplicationPrinted(Notice):
    """The card is printed and waits."""

    name: ClassVar[str] = "application-printed"
    type: Literal["id.ektp.application-printed.v1"]


class ApplicationCollected(Notice):
    """The card is in its owner's hands."""

    name: ClassVar[str] = "application-collected"
    type: Literal["id.ektp.application-collected.v1"]


class ApplicationCancelled(Notice):
    """It ended without a card."""

    name: ClassVar[str] = "application-cancelled"
    type: Literal["id.ektp.application-cancelled.v1"]


class ReRecordingRequired(Notice):
    """The central record is deleted, and the resident has to come again."""

    name: ClassVar[str] = "re-recording-required"
    type: Literal["id.ektp.re-recording-required.v1"]


class ReviewOpened(Notice):
    """A person has to decide."""

    name: ClassVar[str] = "review-opened"
    type: Literal["id.ektp.review-opened.v1"]


class SuketIssued(Notice):
    """A letter bridges the time until the card."""

    name: ClassVar[str] = "suket-issued"
    type: Literal["id.ektp.suket-issued.v1"]


class SuketWithdrawn(Notice):
    """The letter is void."""

    name: ClassVar[str] = "suket-withdrawn"
    type: Literal["id.ektp.suket-withdrawn.v1"]


class DeadlineMissed(Notice):
    """Somebody did not act in time."""

    name: ClassVar[str] = "deadline-missed"
    type: Literal["id.ektp.deadline-missed.v1"]


class WaitingForBlanko(Notice):
    """Everything is ready but the blank card."""

    name: ClassVar[str] = "waiting-for-blanko"
    type: Literal["id.ektp.waiting-for-blanko.v1"]


class VisitAnnounced(Notice):
    """Somebody comes to the resident's kelurahan: `when` and `where` say it."""

    name: ClassVar[str] = "visit-announced"
    type: Literal["id.ektp.visit-announced.v1"]


class VisitCalledOff(Notice):
    """A visit that was announced will not be; another one is planned."""

    name: ClassVar[str] = "visit-called-off"
    type: Literal["id.ektp.visit-called-off.v1"]


class StockLow(Outgoing):
    """An office runs out of blanko; the subject is the office."""

    name: ClassVar[str] = "stock-low"
    type: Literal["id.ektp.stock-low.v1"]
    data: StockNews


class RecordingMissing(Outgoing):
    """Recordings were made and have not arrived; the subject is the station or the application."""

    name: ClassVar[str] = "recording-missing"
    type: Literal["id.ektp.recording-missing.v1"]
    data: MissingNews


NOTICES: Final[Mapping[str, type[Outgoing]]] = MappingProxyType(
    {
        notice.name: notice
        for notice in (
            ApplicationRecorded,
            ApplicationFailed,
            ApplicationVerified,
            ApplicationAllocated,
            ApplicationPrinted,
            ApplicationCollected,
            ApplicationCancelled,
            ReRecordingRequired,
            ReviewOpened,
            SuketIssued,
            SuketWithdrawn,
            DeadlineMissed,
            WaitingForBlanko,
            VisitAnnounced,
            VisitCalledOff,
            StockLow,
            RecordingMissing,
        )
    }
)

_WORDS: Final = {name: to_json(dict(words)) for name, words in RESIDENT.items()}


def write(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    *,
    id: UUID,  # noqa: A002
    subject: str,
    time: datetime,
    sequence: int,
    data: Mapping[str, Any],
) -> bytes:
    """Write a notice; what it means for the resident is added here."""
    told = to_json(data)
    if words := _WORDS.get(name):
        told = b'%b,"resident":%b}' % (told[:-1], words)
    return write_around(name, id=id, subject=subject, time=time, sequence=sequence, data=told)
