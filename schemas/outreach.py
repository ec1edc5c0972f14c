"""What is said of outreach (jemput bola): a visit is asked for, planned, held, or called off."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import Data, Event
from schemas.moments import Day, Moment
from schemas.recording import Contact
from schemas.text import Name, Text
from schemas.values import ApplicationId, FromList, Office, is_uuid

Category = Literal["group", "disabled", "elderly-sick", "hospital"]
Purpose = Literal["re-record", "collect"]
WhyNow = Literal["full", "exempt", "bound-near", "by-hand"]
People = Annotated[int, Field(strict=True, ge=1, le=1000)]
MOST_GUESTS = 300  #: Residents of one visit; as many as fit into one message with room to spare.


def _visit(value: object) -> str:
    if isinstance(value, str) and is_uuid(value):
        return value.lower()
    raise PydanticCustomError("bad-subject", "must be the UUID of the visit or of the request for one")


VisitId = Annotated[str, PlainValidator(_visit), WithJsonSchema({"type": "string", "format": "uuid"})]


class VisitRequestedData(Data):
    """Where how many people wait to be visited, and why one person is enough, if so.

    `place` is a place that everybody may know (a school, a hospital), `home` where somebody lives: it is sealed, as is
    the contact.
    """

    office: Office
    category: Category
    count: People
    kelurahan: Text | None = None
    place: Text | None = None
    home: Name | None = Field(default=None, repr=False)
    contact: Contact | None = Field(default=None, repr=False)
    wanted_from: Day | None = None


class VisitRequested(Event):
    """Somebody asked for a visit; its subject is the request."""

    name: ClassVar[str] = "visit-requested"
    type: Literal["id.ektp.visit-requested.v1"] = "id.ektp.visit-requested.v1"
    subject: VisitId
    data: VisitRequestedData


class Guest(Data):
    """A resident to be met, and what for."""

    application: ApplicationId
    purpose: Purpose


class PlannedStop(Data):
    """Where a visit stops: the residents of ours there, and how many people of which requests."""

    kelurahan: Text | None = None
    place: Text | None = None
    residents: Annotated[tuple[Guest, ...], FromList, Field(max_length=MOST_GUESTS)] = ()
    requests: dict[VisitId, People] = Field(default_factory=dict)


class VisitPlannedData(Data):
    """Which kit of an office goes to which kecamatan on which day, from when, to whom, and why now."""

    office: Office
    kecamatan: Office
    date: Day
    begins: Moment
    kit: Annotated[int, Field(strict=True, ge=1, le=999)]
    why: WhyNow
    stops: Annotated[tuple[PlannedStop, ...], FromList, Field(min_length=1, max_length=100)]
    because: Text | None = None

    @model_validator(mode="after")
    def _meet_somebody_once(self) -> Self:
        met = [guest.application for stop in self.stops for guest in stop.residents]
        if len(set(met)) != len(met):
            raise PydanticCustomError("bad-data", "a resident is met once in a visit")
        if not met and not any(stop.requests for stop in self.stops):
            raise PydanticCustomError("bad-data", "a visit must be to somebody")
        if len(met) > MOST_GUESTS:
            raise PydanticCustomError("bad-data", "a visit can be to 300 residents at most")
        return self


class VisitPlanned(Event):
    """A visit will be made; its residents are told. Its subject is the visit."""

    name: ClassVar[str] = "visit-planned"
    type: Literal["id.ektp.visit-planned.v1"] = "id.ektp.visit-planned.v1"
    subject: VisitId
    data: VisitPlannedData


Residents = Annotated[tuple[ApplicationId, ...], FromList, Field(max_length=MOST_GUESTS)]


class VisitHeldData(Data):
    """Who of the residents was met and who was not there, and how many people of requests were met."""

    office: Office
    met: Residents = ()
    absent: Residents = ()
    others: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    because: Text | None = None

    @model_validator(mode="after")
    def _be_met_or_absent(self) -> Self:
        if set(self.met) & set(self.absent):
            raise PydanticCustomError("bad-data", "nobody is met and absent")
        return self


class VisitHeld(Event):
    """A visit was made; what was done there are events of their own (recorded, collected). Its subject is the visit."""

    name: ClassVar[str] = "visit-held"
    type: Literal["id.ektp.visit-held.v1"] = "id.ektp.visit-held.v1"
    subject: VisitId
    data: VisitHeldData


class VisitCancelledData(Data):
    """Why it will not be."""

    office: Office
    because: Text


class VisitCancelled(Event):
    """A visit will not be made, or is not wanted any more; its subject is the visit or the request."""

    name: ClassVar[str] = "visit-cancelled"
    type: Literal["id.ektp.visit-cancelled.v1"] = "id.ektp.visit-cancelled.v1"
    subject: VisitId
    data: VisitCancelledData
