"""What offices say about ribbons, film and ink: what came, what went, what was put into a printer."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.event import Data, Event
from schemas.stock import As, TwoPeople, answered_for, from_somebody, to_another
from schemas.text import Mark, Text
from schemas.values import Office, OfficeOrUuid

SupplyName = Literal["ribbon", "film", "ink"]
SupplyMovement = Literal["transferred", "lent", "paid-back", "used-up", "missing", "found"]
Pieces = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class SuppliesReceivedData(Data):
    """How many pieces came to an office, by which document; `from` an office, or else from the centre or a shop."""

    office: Office
    supply: SupplyName
    count: Pieces
    document: Mark
    from_: Office | None = Field(default=None, alias="from")
    as_: As | None = Field(default=None, alias="as")

    @model_validator(mode="after")
    def _say_from_whom(self) -> Self:
        from_somebody(self.as_, self.from_, self.office)
        return self


class SuppliesReceived(Event):
    """Supplies arrived at an office; its subject is the office."""

    name: ClassVar[str] = "supplies-received"
    type: Literal["id.ektp.supplies-received.v1"] = "id.ektp.supplies-received.v1"
    subject: OfficeOrUuid
    data: SuppliesReceivedData


class SuppliesMovedData(Data):
    """What became of pieces that lay in an office's store, by which document and why; `to` and `by` as for blanko."""

    office: Office
    supply: SupplyName
    count: Pieces
    movement: SupplyMovement
    document: Mark
    because: Text
    to: Office | None = None
    by: TwoPeople | None = None

    @model_validator(mode="after")
    def _be_complete(self) -> Self:
        to_another(self.movement, self.to, self.office)
        answered_for(self.movement, self.by)
        return self


class SuppliesMoved(Event):
    """Supplies of an office went another way than into a printer; its subject is the office."""

    name: ClassVar[str] = "supplies-moved"
    type: Literal["id.ektp.supplies-moved.v1"] = "id.ektp.supplies-moved.v1"
    subject: OfficeOrUuid
    data: SuppliesMovedData


class SupplyLoadedData(Data):
    """Which printer of an office got one new piece of a supply."""

    office: Office
    printer: Mark
    supply: SupplyName


class SupplyLoaded(Event):
    """A printer has a new ribbon, film or ink; its subject is the office."""

    name: ClassVar[str] = "supply-loaded"
    type: Literal["id.ektp.supply-loaded.v1"] = "id.ektp.supply-loaded.v1"
    subject: OfficeOrUuid
    data: SupplyLoadedData
