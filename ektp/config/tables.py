"""The tables of the configuration file, as somebody writes them; read strictly."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.places import place
from workflows.following import FollowingLimits
from workflows.office_hours import Closure, ClosureKind
from workflows.repairs import APPROVAL_ABOVE
from workflows.stations import Thresholds
from workflows.telling import Quiet
from workflows.turns import MOST

NATIONAL: Final = "national"  #: The calendar of the whole country, where an office code would stand.


def quiet_hours(given: object) -> Quiet:
    """Read `22:00-06:00`."""
    begins, dash, ends = given.partition("-") if isinstance(given, str) else ("", "", "")
    try:
        if not dash:
            raise ValueError  # noqa: TRY301 - said as the others are
        quiet = Quiet(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))
    except ValueError:
        raise ValueError('write quiet hours as "22:00-06:00"') from None
    if quiet.begins == quiet.ends:
        raise ValueError("quiet hours that end when they begin say nothing: leave them out")
    return quiet


def _known(code: str) -> str:
    if place(code) is None:
        raise ValueError("no province, regency or kecamatan has this code (33, 33.74, 33.74.10)")
    return code


Code = Annotated[str, AfterValidator(_known)]
CalendarCode = Annotated[str, AfterValidator(lambda code: code if code == NATIONAL else _known(code))]


class Table(BaseModel):
    """A table of the file: what it does not know is refused, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class ClosureTable(Table):
    """A day on which offices close; `announced` is when it was decided, so that no past day changes."""

    day: date
    name: Annotated[str, Field(min_length=1)]
    announced: date
    kind: ClosureKind = "local"
    revoked: date | None = None

    def closure(self) -> Closure:
        """Return it as the calendar wants it."""
        return Closure(**dict(self))


class OpeningTable(Table):
    """A day that was closed and is open after all, as decided on `announced`."""

    day: date
    announced: date


class CalendarTable(Table):
    """What was decided about the days of a region, after the national decrees."""

    closures: list[ClosureTable] = Field(default_factory=list)
    openings: list[OpeningTable] = Field(default_factory=list)


class TimekeeperTable(Table):
    """How many deadlines of one office may pass in a minute; 0 is any number."""

    deadlines_a_minute: Annotated[int, Field(ge=0)] = MOST


class RepairsTable(Table):
    """How many parked messages one person may repair alone; above it a second one has to approve."""

    approval_above: Annotated[int, Field(ge=0)] = APPROVAL_ABOVE


class LettersTable(Table):
    """Where the letters lead, and a folder with an office's own templates in place of ours."""

    address: Annotated[str, Field(pattern=r"^https?://[^/\s]+(/[^\s]*[^/\s])?$")] | None = None
    templates: Annotated[Path, Field(strict=False)] | None = None


class SubscribersTable(Table):
    """From when on a subscriber is too far behind: so many notices wait for it, or the oldest for `age` minutes."""

    lag: Annotated[int, Field(ge=1)] = FollowingLimits().lag
    age: Annotated[int, Field(ge=1, le=100_000)] = 30

    def limits(self) -> FollowingLimits:
        """Return them as the watch wants them."""
        return FollowingLimits(self.lag, timedelta(minutes=self.age))


class StationsTable(Table):
    """How far a station's own word for who it is goes, and from when on what is seen of one is worth an alert.

    `silent_after` is in working hours (0: never), `patience` and `clock_skew` in minutes, `unsent` in events.
    """

    identity: Literal["trusted", "required"] | None = None
    silent_after: Annotated[int, Field(ge=0, le=1000)] = 8
    patience: Annotated[int, Field(ge=0, le=100_000)] = 60
    clock_skew: Annotated[int, Field(ge=1, le=100_000)] = 5
    unsent: Annotated[int, Field(ge=0)] = 500
    #: Over HTTP; after a pause `events_at_once`, of which a whole batch must be one.
    events_a_minute: Annotated[int, Field(ge=1)] = 6000
    events_at_once: Annotated[int, Field(ge=1000)] = 10_000

    def thresholds(self) -> Thresholds:
        """Return them as the watch wants them."""
        return Thresholds(
            timedelta(hours=self.silent_after),
            timedelta(minutes=self.patience),
            timedelta(minutes=self.clock_skew),
            self.unsent,
        )
