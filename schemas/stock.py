"""What offices and warehouses say about their stock: what came, and what became of it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import Data, Event
from schemas.serials import Serial, count, serials
from schemas.text import Mark, Text
from schemas.values import FromList, Office, OfficeOrUuid

As = Literal["delivery", "loan", "repayment"]
BlankoMovement = Literal[
    "transferred", "lent", "paid-back", "returned", "came-back", "spoiled", "destroyed", "missing", "found"
]
#: Movements to another office.
TO_ANOTHER: Final = frozenset({"transferred", "lent", "paid-back"})
#: Movements that two different people answer for.
BY_TWO: Final = frozenset({"destroyed", "missing"})
TwoPeople = Annotated[tuple[Text, ...], FromList, Field(min_length=2, max_length=2)]


def two_people(by: tuple[str, ...]) -> None:
    """Raise bad-data where one person is named twice."""
    if len({" ".join(person.casefold().split()) for person in by}) != len(by):
        raise PydanticCustomError("bad-data", "by must name two different people")


def from_somebody(as_: str | None, source: str | None, office: str) -> None:
    """Raise bad-data where a loan or repayment comes from nobody, or anything from the office itself."""
    if as_ not in (None, "delivery") and source is None:
        raise PydanticCustomError("bad-data", "a loan or repayment must say from which office: add from")
    if source == office:
        raise PydanticCustomError("bad-data", "from must be another office")


def to_another(movement: str, to: str | None, office: str) -> None:
    """Raise bad-data where the other office is missing, not wanted, or the same."""
    if (to is not None) != (movement in TO_ANOTHER):
        raise PydanticCustomError("bad-data", "to says to which office what is transferred, lent or paid back goes")
    if to == office:
        raise PydanticCustomError("bad-data", "to must be another office")


def answered_for(movement: str, by: tuple[str, ...] | None) -> None:
    """Raise bad-data where two different people have to answer for it and do not."""
    if by is not None:
        two_people(by)
    elif movement in BY_TWO:
        raise PydanticCustomError("bad-data", "what is destroyed or missing needs by: two different people")


class BlankoReceivedData(Data):
    """Which serials an office received, first and last included; `from` an office, or else from the centre.

    `as` is a delivery where it is not said. What a former release wrote has neither, and must be written as it was.
    """

    office: Office
    first: Serial
    last: Serial
    delivery_note: Mark
    from_: Office | None = Field(default=None, alias="from")
    as_: As | None = Field(default=None, alias="as")

    @model_validator(mode="after")
    def _be_a_range(self) -> Self:
        count(self.first, self.last)
        from_somebody(self.as_, self.from_, self.office)
        return self

    @property
    def count(self) -> int:
        """Tell how many blanko came."""
        return count(self.first, self.last)

    def serials(self) -> Iterator[str]:
        """List every serial."""
        return serials(self.first, self.last)


class BlankoReceived(Event):
    """Blanko arrived at an office; its subject is the office."""

    name: ClassVar[str] = "blanko-received"
    type: Literal["id.ektp.blanko-received.v1"] = "id.ektp.blanko-received.v1"
    subject: OfficeOrUuid
    data: BlankoReceivedData


class BlankoMovedData(Data):
    """What became of serials that lie at an office, by which document and why; all of the range, or none.

    `to` names the other office, `by` the two people who answer for what was destroyed or is missing.
    """

    office: Office
    first: Serial
    last: Serial
    movement: BlankoMovement
    document: Mark
    because: Text
    to: Office | None = None
    by: TwoPeople | None = None

    @model_validator(mode="after")
    def _be_complete(self) -> Self:
        count(self.first, self.last)
        to_another(self.movement, self.to, self.office)
        answered_for(self.movement, self.by)
        return self


class BlankoMoved(Event):
    """Blanko of an office went another way than to an application; its subject is the office."""

    name: ClassVar[str] = "blanko-moved"
    type: Literal["id.ektp.blanko-moved.v1"] = "id.ektp.blanko-moved.v1"
    subject: OfficeOrUuid
    data: BlankoMovedData
