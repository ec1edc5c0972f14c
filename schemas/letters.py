"""What the pipeline itself says about the letter that bridges the time until the card."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.event import Data, Event
from schemas.moments import Moment
from schemas.values import Attempt


class SuketIssuedData(Data):
    """Until when it is valid, and the standing it was decided on: attempt and version.

    `suket` is due when the wait has passed the office's rule, `suket-ends` when the one before is about to end.
    """

    attempt: Attempt
    version: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    deadline: Literal["suket", "suket-ends"]
    until: Moment


class SuketIssued(Event):
    """A letter was issued, or renewed; only the pipeline itself says so."""

    name: ClassVar[str] = "suket-issued"
    type: Literal["id.ektp.suket-issued.v1"] = "id.ektp.suket-issued.v1"
    data: SuketIssuedData
