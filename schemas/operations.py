"""What operators decide, and what the pipeline itself notices when a deadline has passed."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import Data, Event
from schemas.moments import Moment
from schemas.serials import Serial
from schemas.text import Text
from schemas.values import Attempt, EventId, OfficeOrCentre, Try, Turn

DeadlineName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Remedy = Literal["resend", "retry", "recover", "re-record"]
Then = Literal["tell", "resend", "ask-again", "re-record", "review", "escalate"]


class RemedyOrderedData(Data):
    """Which remedy, for which attempt, and why."""

    attempt: Attempt
    remedy: Remedy
    because: Text
    try_: Try | None = Field(default=None, alias="try")


class RemedyOrdered(Event):
    """An operator ordered a remedy."""

    name: ClassVar[str] = "remedy-ordered"
    type: Literal["id.ektp.remedy-ordered.v1"] = "id.ektp.remedy-ordered.v1"
    data: RemedyOrderedData


class DeadlinePostponedData(Data):
    """Until when, and why."""

    until: Moment
    because: Text


class DeadlinePostponed(Event):
    """An operator gave an application more time."""

    name: ClassVar[str] = "deadline-postponed"
    type: Literal["id.ektp.deadline-postponed.v1"] = "id.ektp.deadline-postponed.v1"
    data: DeadlinePostponedData


class OutageDeclaredData(Data):
    """From when, until when if that is known, and why."""

    from_: Moment = Field(alias="from")
    until: Moment | None = None
    because: Text

    @model_validator(mode="after")
    def _end_after_the_beginning(self) -> Self:
        if self.until is not None and self.until <= self.from_:
            raise PydanticCustomError("bad-data", "until must come after from")
        return self


class OutageDeclared(Event):
    """An operator declared that an office or the centre cannot work; its subject is the office or `centre`."""

    name: ClassVar[str] = "outage-declared"
    type: Literal["id.ektp.outage-declared.v1"] = "id.ektp.outage-declared.v1"
    subject: OfficeOrCentre
    data: OutageDeclaredData


class OutageEndedData(Data):
    """Why it is over."""

    because: Text


class OutageEnded(Event):
    """An operator declared the outage over; its subject is the office or `centre`."""

    name: ClassVar[str] = "outage-ended"
    type: Literal["id.ektp.outage-ended.v1"] = "id.ektp.outage-ended.v1"
    subject: OfficeOrCentre
    data: OutageEndedData


class DeadlinePassedData(Data):
    """Which deadline passed, what is done then, and the standing it was decided on: attempt, try and version.

    `ask` and what follows name a request that was not answered (`asked` times), `held` an event that waits.
    """

    attempt: Attempt
    try_: Try = Field(default=1, alias="try")
    deadline: DeadlineName
    then: Then
    version: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    ask: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z-]{0,31}$")] | None = None
    asked: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    turn: Turn | None = None
    blanko: Serial | None = None
    held: EventId | None = None


class DeadlinePassed(Event):
    """A deadline passed; only the pipeline itself says so."""

    name: ClassVar[str] = "deadline-passed"
    type: Literal["id.ektp.deadline-passed.v1"] = "id.ektp.deadline-passed.v1"
    data: DeadlinePassedData


class DeadlineMovedData(Data):
    """Which deadline, from when to when, and whether the office's calendar or its patience was changed."""

    deadline: DeadlineName
    from_: Moment = Field(alias="from")
    until: Moment
    because: Literal["calendar", "patience"]


class DeadlineMoved(Event):
    """A deadline to come has another date than it had; only the pipeline itself says so."""

    name: ClassVar[str] = "deadline-moved"
    type: Literal["id.ektp.deadline-moved.v1"] = "id.ektp.deadline-moved.v1"
    data: DeadlineMovedData
