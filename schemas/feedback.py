"""What a station hears about its own events: parked and why, repaired, wanted again; and of its day, what arrived."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.event import Data
from schemas.moments import Day, Moment, write_moment
from schemas.outgoing import Outgoing
from schemas.outgoing import write as write_outgoing
from schemas.reasons import Reason
from schemas.text import Text
from schemas.values import EventId, FromList, Sequence, StationName


class Fate(Data):
    """Which event it is about (None where no id could be read), and the reason code it was parked with."""

    event: EventId | None = None
    parked: EventId
    reason: Annotated[Reason, Field(strict=False)]
    detail: Text | None = None


class EventParked(Outgoing):
    """An event of yours was parked."""

    name: ClassVar[str] = "event-parked"
    type: Literal["id.ektp.event-parked.v1"]
    data: Fate


class EventRepaired(Outgoing):
    """An event of yours that was parked has been repaired and taken in."""

    name: ClassVar[str] = "event-repaired"
    type: Literal["id.ektp.event-repaired.v1"]
    data: Fate


class Count(Data):
    """How many recordings the station counted on that day, and how many have arrived.

    `missing` are running numbers that have not, up to a hundred; they may be of other events than recordings.
    """

    date: Day
    counted: int = Field(ge=0)
    arrived: int = Field(ge=0)
    missing: Annotated[tuple[Sequence, ...], FromList] = Field(max_length=100)


class StationDayCounted(Outgoing):
    """Your day was compared with what arrived; told again whenever that changes. The subject is the station."""

    name: ClassVar[str] = "station-day-counted"
    type: Literal["id.ektp.station-day-counted.v1"]
    subject: StationName
    data: Count


class Wanted(Data):
    """From when on everything that was confirmed to the station is wanted again."""

    since: Moment


class EventsWanted(Outgoing):
    """The centre was restored from a backup: send again what it confirmed since then. The subject is the station."""

    name: ClassVar[str] = "events-wanted"
    type: Literal["id.ektp.events-wanted.v1"]
    subject: StationName
    data: Wanted


FEEDBACK: Final[Mapping[str, type[Outgoing]]] = MappingProxyType(
    {word.name: word for word in (EventParked, EventRepaired, StationDayCounted, EventsWanted)}
)


def write(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    *,
    id: UUID,  # noqa: A002
    time: datetime,
    parked: UUID,
    reason: Reason,
    event: UUID | None = None,
    detail: str | None = None,
) -> bytes:
    """Write a word to a station about an event; the subject is the event, or the parked item where it has no id."""
    data = {"event": event, "parked": parked, "reason": reason, "detail": detail}
    told = {field: value for field, value in data.items() if value is not None}
    return write_outgoing(name, id=id, subject=str(event or parked), time=time, sequence=None, data=told)


def write_day(id: UUID, station: str, time: datetime, counted: Mapping[str, Any]) -> bytes:  # noqa: A002
    """Write to a station what arrived of its day; *counted* are the data of a `Count`."""
    return write_outgoing(StationDayCounted.name, id=id, subject=station, time=time, sequence=None, data=counted)


def write_wanted(id: UUID, station: str, time: datetime, since: datetime) -> bytes:  # noqa: A002
    """Write to a station from when on its events are wanted again."""
    data = {"since": write_moment(since)}
    return write_outgoing(EventsWanted.name, id=id, subject=station, time=time, sequence=None, data=data)
