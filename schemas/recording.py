"""What stations and the centre say about a recording: from the first enrolment to the verified data."""

from calendar import isleap
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import PERSONAL, Data, Event
from schemas.moments import BirthDate, Day, Moment
from schemas.nik import Nik
from schemas.text import Mark, Name, Text
from schemas.values import Attempt, FromList, Office, Sequence, StationName, Try

OF_AGE: Final = 17  #: Years from which a resident has a card; who is married has it earlier.

Channel = Literal["office", "kecamatan", "outreach", "home", "hospital", "out-of-domicile"]
Occasion = Literal["first", "lost", "damaged", "changed", "moved", "renewal"]
Progress = Literal["PROCESSING", "SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL"]
Failure = Literal[
    "ENROLL_FAILURE_AT_REGIONAL",
    "ENROLL_FAILURE_AT_CENTRAL",
    "SEARCH_FAILURE_AT_CENTRAL",
    "ADJUDICATE_RECORD",
    "DUPLICATE_RECORD",
]


def _running_number(value: object) -> object:
    # In the envelope it is text because CloudEvents says so; here many write the number that it is.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Score = Annotated[int, Field(strict=True, ge=0, le=100)]


class Contact(Data):
    """Where a person can be told something, and in which language (ISO 639) they want to be: id, en, jv ..."""

    kind: Literal["whatsapp", "sms", "email"]
    address: Name = Field(repr=False)
    language: Annotated[str, Field(strict=True, pattern=r"^[a-z]{2,3}$")] | None = None


class Quality(Data):
    """How good the biometrics are; one that could not be taken (see exceptions) has no score."""

    face: Score | None = None
    fingers: Score | None = None
    iris: Score | None = None

    @model_validator(mode="after")
    def _hold_something(self) -> Self:
        if self.face is None and self.fingers is None and self.iris is None:
            raise PydanticCustomError("bad-data", "must hold at least one score")
        return self


class Urgency(Data):
    """Why a card is needed before its turn, and who said so."""

    because: Text
    approved_by: Text


class RecordedData(Data):
    """Who was recorded, where, for which attempt and why."""

    nik: Nik
    office: Office
    attempt: Attempt
    enrolment: Mark
    channel: Channel
    reason: Occasion
    name: Name | None = Field(default=None, repr=False)
    birth_date: BirthDate | None = Field(default=None, repr=False)
    kelurahan: Text | None = None
    contact: Contact | None = Field(default=None, repr=False)
    quality: Quality | None = None
    exceptions: Annotated[tuple[Mark, ...], FromList, Field(max_length=20)] | None = None
    urgent: Urgency | None = None
    married: bool | None = None


class Recorded(Event):
    """A station recorded a person."""

    name: ClassVar[str] = "recorded"
    type: Literal["id.ektp.recorded.v1"] = "id.ektp.recorded.v1"
    data: RecordedData

    def personal(self) -> dict[str, Any]:
        """Give the NIK in full, and what else is known of the person."""
        return self.data.model_dump(mode="json", by_alias=True, exclude_none=True, include=PERSONAL)

    @property
    def nik(self) -> str:
        """Give the NIK in full."""
        return self.data.nik.digits

    def marks(self) -> dict[str, Any]:
        """Tell whether a card is urgent, and the day before which there is none: the seventeenth birthday, if to come.

        Who is married may have a card before. Older people's marks tell nothing of their birthday.
        """
        data, marks, day = self.data, dict[str, Any](), self.time.date()
        if data.urgent is not None:
            marks["marked_urgent"] = True
        if not data.married and (of_age := seventeenth(data.birth_date or data.nik.birth_day(day))) > day:
            marks["not_before"] = of_age
        return marks


def seventeenth(born: date) -> date:
    """Return the day on which somebody becomes seventeen; who was born on 29 February does so on 1 March."""
    year = born.year + OF_AGE
    return date(year, 3, 1) if (born.month, born.day) == (2, 29) and not isleap(year) else born.replace(year=year)


class EnrolmentProgressedData(Data):
    """How far the packet came."""

    attempt: Attempt
    status: Progress
    try_: Try = Field(default=1, alias="try")


class EnrolmentProgressed(Event):
    """The packet of a recording came further on its way to the centre."""

    name: ClassVar[str] = "enrolment-progressed"
    type: Literal["id.ektp.enrolment-progressed.v1"] = "id.ektp.enrolment-progressed.v1"
    data: EnrolmentProgressedData


class DataVerifiedData(Data):
    """Which recording was verified."""

    attempt: Attempt
    enrolment: Mark | None = None


class DataVerified(Event):
    """The centre found the person unique: PRINT_READY_RECORD."""

    name: ClassVar[str] = "data-verified"
    type: Literal["id.ektp.data-verified.v1"] = "id.ektp.data-verified.v1"
    data: DataVerifiedData


class VerificationFailedData(Data):
    """What the centre could not do with the recording."""

    attempt: Attempt
    status: Failure
    try_: Try = Field(default=1, alias="try")
    detail: Text | None = None


class VerificationFailed(Event):
    """The centre could not verify the recording."""

    name: ClassVar[str] = "verification-failed"
    type: Literal["id.ektp.verification-failed.v1"] = "id.ektp.verification-failed.v1"
    data: VerificationFailedData


class CentralRecordDeletedData(Data):
    """Which record is gone, and the centre's reference for it."""

    attempt: Attempt
    reference: Mark


class CentralRecordDeleted(Event):
    """The centre confirmed that the record of an attempt is deleted."""

    name: ClassVar[str] = "central-record-deleted"
    type: Literal["id.ektp.central-record-deleted.v1"] = "id.ektp.central-record-deleted.v1"
    data: CentralRecordDeletedData


class ResidentInvitedData(Data):
    """For which attempt, when and where."""

    attempt: Attempt
    when: Moment | None = None
    where: Text | None = None


class ResidentInvited(Event):
    """The office told the resident to come and be recorded again."""

    name: ClassVar[str] = "resident-invited"
    type: Literal["id.ektp.resident-invited.v1"] = "id.ektp.resident-invited.v1"
    data: ResidentInvitedData


class StationDayClosedData(Data):
    """How many recordings the station made on that day, and the last of its running numbers."""

    date: Day
    count: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    last_sequence: Annotated[Sequence, BeforeValidator(_running_number)]


class StationDayClosed(Event):
    """A station closed its day; its subject is the station."""

    name: ClassVar[str] = "station-day-closed"
    type: Literal["id.ektp.station-day-closed.v1"] = "id.ektp.station-day-closed.v1"
    subject: StationName
    data: StationDayClosedData
