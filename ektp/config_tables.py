"""The tables of the configuration file, as somebody writes them; read strictly."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.outreach import MOST_GUESTS, Category
from schemas.places import place
from workflows.following import FollowingLimits
from workflows.messages import TOLD
from workflows.office_hours import EVERY_DAY, Campaign, Closure, ClosureKind, Hours
from workflows.outreach import EXEMPT, Outreach
from workflows.print_queue import MOST_WEIGHT, Printing, QueuePolicy
from workflows.repairs import APPROVAL_ABOVE
from workflows.stations import Thresholds
from workflows.supplies import Supply
from workflows.telling import Quiet
from workflows.turns import MOST

Week = tuple[Hours | None, ...]
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NATIONAL: Final = "national"  #: The calendar of the whole country, where an office code would stand.
DAYTIME: Final = Hours(time(8), time(15))


def _hours(given: object) -> Hours:
    """Read `08:00-15:00`."""
    opens, dash, closes = given.partition("-") if isinstance(given, str) else ("", "", "")
    try:
        if not dash:
            raise ValueError  # noqa: TRY301 - said as the others are
        return Hours(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    except ValueError as error:
        raise ValueError(str(error) if "cannot close" in str(error) else 'write hours as "08:00-15:00"') from None


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


def _week(given: object) -> Week:
    """Read the hours of Monday to Friday, or a table of the days on which the office opens."""
    if not isinstance(given, dict):
        return (_hours(given),) * 5 + (None, None)
    if not given or set(given) - set(_DAYS):
        raise ValueError(f"name the days on which it is open: {', '.join(_DAYS)}")
    return tuple(_hours(given[day]) if day in given else None for day in _DAYS)


def _weekdays(given: object) -> frozenset[int]:
    if not isinstance(given, list) or not given or set(given) - set(_DAYS):
        raise ValueError(f"list days of the week: {', '.join(_DAYS)}")
    return frozenset(_DAYS.index(day) for day in given)


def _days_or_never(given: object) -> object:
    """Read `false` as 0 days, which is how an office says that it issues none."""
    if given is False:
        return 0
    if given == 0:
        raise ValueError("write false to issue no letters, or the working days without blanko")
    return given


def _known(code: str) -> str:
    if place(code) is None:
        raise ValueError("no province, regency or kecamatan has this code (33, 33.74, 33.74.10)")
    return code


Reordered = Literal["blanko", "ribbon", "film", "ink"]
Code = Annotated[str, AfterValidator(_known)]
CalendarCode = Annotated[str, AfterValidator(lambda code: code if code == NATIONAL else _known(code))]


class Table(BaseModel):
    """A table of the file: what it does not know is refused, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class CampaignTable(Table):
    """Other hours than usual for some weeks; with a target it is told how far it has come."""

    name: Annotated[str, Field(min_length=1)]
    first: date
    last: date
    hours: Annotated[Hours, BeforeValidator(_hours)]
    weekdays: Annotated[frozenset[int], BeforeValidator(_weekdays)] = EVERY_DAY
    target: Annotated[int, Field(ge=1)] | None = None
    closed_by: Annotated[frozenset[ClosureKind], Field(strict=False)] = frozenset({"local"})

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignTable":
        if self.last < self.first:
            raise ValueError(f"it ends on {self.last} before it begins on {self.first}")
        return self

    def campaign(self) -> Campaign:
        """Return it as the calendar wants it."""
        return Campaign(**dict(self))


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


class PrintingTable(Table):
    """What a printing office can print: its printers with their cards a day, and its blanko a day in a shortage."""

    printers: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    quota: Annotated[int, Field(ge=0)] | None = None

    def printing(self) -> Printing:
        """Return it as the allocator wants it."""
        return Printing(tuple(sorted(self.printers.items())), self.quota)


class QueueTable(Table):
    """How a printing office serves its queue."""

    backlog_before: date | None = None
    weights: dict[Literal["urgent", "in-person", "new", "backlog"], Annotated[int, Field(ge=1, le=MOST_WEIGHT)]] = (
        Field(default_factory=dict)
    )
    head_start: dict[
        Literal["first", "suket", "lost", "damaged", "changed", "moved", "renewal"], Annotated[int, Field(ge=0)]
    ] = Field(default_factory=dict)
    failures: Annotated[int, Field(ge=1)] = QueuePolicy().failures

    def policy(self) -> QueuePolicy:
        """Return it as the allocator wants it."""
        weights, head_start = (tuple(sorted(own.items())) for own in (self.weights, self.head_start))
        return QueuePolicy(self.backlog_before, weights, head_start, self.failures)


class OutreachTable(Table):
    """How an office plans its visits; `plan` is "propose" where an operator says yes to each, or "auto"."""

    least: Annotated[int, Field(ge=1, le=1000)] = Outreach().least
    exempt: Annotated[frozenset[Category], Field(strict=False)] = EXEMPT
    bound: Annotated[int, Field(ge=1, le=250)] = Outreach().bound
    kits: Annotated[int, Field(ge=0, le=999)] = Outreach().kits
    people_a_day: Annotated[int, Field(ge=1, le=MOST_GUESTS)] = Outreach().people_a_day
    lead: Annotated[int, Field(ge=0, le=60)] = Outreach().lead
    near: Annotated[int, Field(ge=0, le=60)] = Outreach().near
    after: Annotated[int, Field(ge=0, le=250)] = Outreach().after
    plan: Literal["propose", "auto"] = "propose"

    @model_validator(mode="after")
    def _can_be_met(self) -> "OutreachTable":
        if self.least > self.people_a_day:
            raise ValueError(f"a group of {self.least} does not fit into a day of {self.people_a_day}")
        if self.bound <= self.lead + self.near:
            raise ValueError("bound must be longer than lead and near together: nobody could be invited in time")
        return self

    def policy(self) -> Outreach:
        """Return it as the planner wants it."""
        own = self.model_dump(exclude={"plan"})
        return Outreach(**{**own, "exempt": frozenset(self.exempt)}, auto=self.plan == "auto")


NO_PRINTING: Final = PrintingTable()
USUAL_QUEUE: Final = QueueTable()
USUAL_OUTREACH: Final = OutreachTable()


def _told(name: str) -> str:
    if name not in TOLD:
        raise ValueError(f"no resident is told of {name}: {', '.join(TOLD)}")
    return name


class MannerTable(Table):
    """How residents are told; `quiet = false` is at any hour, `within` in working days, `tell = []` tells nobody."""

    quiet: Annotated[
        Quiet | Literal[False] | None, BeforeValidator(lambda given: given if given is False else quiet_hours(given))
    ] = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    tell: list[Annotated[str, AfterValidator(_told)]] | None = None
    within: Annotated[int, Field(ge=0, le=30)] | None = None


class OfficeTable(Table):
    """What an office sets; what it leaves out is the next higher one's."""

    promise: Annotated[int, Field(ge=1, le=365)] | None = None
    hours: Annotated[Week, BeforeValidator(_week)] | None = None
    confirm: bool | None = None
    reviewer: str | None = None
    superior: str | None = None
    allocator: Literal["external", "builtin"] | None = None
    suket: Annotated[int, BeforeValidator(_days_or_never), Field(ge=0, le=365)] | None = None
    patience: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    campaigns: list[CampaignTable] = Field(default_factory=list)
    printing: PrintingTable | None = None
    queue: QueueTable | None = None
    reorder: dict[Reordered, Annotated[int, Field(ge=0)]] | None = None
    yields: dict[Supply, Annotated[int, Field(ge=1)]] | None = None
    messages: MannerTable | None = None
    outreach: OutreachTable | None = None
    address: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    publish_stock: bool | None = None


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
