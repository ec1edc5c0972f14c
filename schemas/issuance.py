"""What warehouses, printers and counters say about blanko and cards."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import Data, Event
from schemas.nik import holds_nik
from schemas.serials import Serial
from schemas.stock import TwoPeople, two_people
from schemas.text import Mark, Text, readable
from schemas.values import Office, Turn


def _suket_returned(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    number = readable(value)
    if isinstance(number, str) and len(number) <= 64 and any(map(str.isdigit, number)) and not holds_nik(number):
        return number
    raise PydanticCustomError("bad-data", "must be true, false or the number of the suket")


SuketReturned = Annotated[
    bool | str, PlainValidator(_suket_returned), WithJsonSchema({"type": ["boolean", "string"], "maxLength": 64})
]
Ending = Literal["died", "moved-away", "withdrawn", "not-entitled"]


class PrintRequestedData(Data):
    """At which counter, the number of the suket that was withdrawn, and whether a card is due before seventeen."""

    counter: Mark
    suket: Mark | None = None
    married: bool | None = None


class PrintRequested(Event):
    """Someone of the backlog came in for the card."""

    name: ClassVar[str] = "print-requested"
    type: Literal["id.ektp.print-requested.v1"] = "id.ektp.print-requested.v1"
    data: PrintRequestedData


class BlankoAllocatedData(Data):
    """Which blanko of which office the application gets, in which turn.

    The pipeline's own allocator says also on which version it decided, and why it was this one's turn.
    """

    blanko: Serial
    office: Office
    turn: Turn = 1
    version: Annotated[int, Field(strict=True, ge=1, lt=2**31)] | None = None
    because: Text | None = None


class BlankoAllocated(Event):
    """A blanko was given to an application."""

    name: ClassVar[str] = "blanko-allocated"
    type: Literal["id.ektp.blanko-allocated.v1"] = "id.ektp.blanko-allocated.v1"
    data: BlankoAllocatedData


class PrintedData(Data):
    """Which blanko was printed where."""

    blanko: Serial
    printer: Mark
    turn: Turn | None = None
    ribbon: Mark | None = None


class Printed(Event):
    """The card was printed."""

    name: ClassVar[str] = "printed"
    type: Literal["id.ektp.printed.v1"] = "id.ektp.printed.v1"
    data: PrintedData


class PrintFailedData(Data):
    """Which blanko was spoiled where, and by what."""

    blanko: Serial
    printer: Mark
    cause: Text
    turn: Turn | None = None


class PrintFailed(Event):
    """Printing spoiled the blanko."""

    name: ClassVar[str] = "print-failed"
    type: Literal["id.ektp.print-failed.v1"] = "id.ektp.print-failed.v1"
    data: PrintFailedData


class PrintVoidedData(Data):
    """Which blanko will not be printed for this application."""

    blanko: Serial


class PrintVoided(Event):
    """The printer gave an unprinted blanko back, as asked."""

    name: ClassVar[str] = "print-voided"
    type: Literal["id.ektp.print-voided.v1"] = "id.ektp.print-voided.v1"
    data: PrintVoidedData


class CardDestroyedData(Data):
    """Which card was destroyed, the record of it, and the two people who did it."""

    blanko: Serial
    document: Mark
    by: TwoPeople

    @model_validator(mode="after")
    def _be_two_people(self) -> Self:
        two_people(self.by)
        return self


class CardDestroyed(Event):
    """A card that must not be given out was destroyed with a record (berita acara)."""

    name: ClassVar[str] = "card-destroyed"
    type: Literal["id.ektp.card-destroyed.v1"] = "id.ektp.card-destroyed.v1"
    data: CardDestroyedData


class CollectedData(Data):
    """Which card was handed to whom; `suket_returned` says whether, or under which number."""

    blanko: Serial
    by: Literal["self", "representative"]
    turn: Turn | None = None
    letter: Mark | None = None
    suket_returned: SuketReturned | None = None


class Collected(Event):
    """The card is in its owner's hands."""

    name: ClassVar[str] = "collected"
    type: Literal["id.ektp.collected.v1"] = "id.ektp.collected.v1"
    data: CollectedData


class ApplicationCancelledData(Data):
    """Why no card will be needed."""

    because: Ending


class ApplicationCancelled(Event):
    """The application ends without a card."""

    name: ClassVar[str] = "application-cancelled"
    type: Literal["id.ektp.application-cancelled.v1"] = "id.ektp.application-cancelled.v1"
    data: ApplicationCancelledData
