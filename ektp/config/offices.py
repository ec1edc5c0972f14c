"""What an office sets in the configuration file: promise, hours, printing, queue, outreach, messages."""

from datetime import date, time
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ektp.config.tables import Table, quiet_hours
from schemas.outreach import MOST_GUESTS, Category
from workflows.messages import TOLD
from workflows.office_hours import EVERY_DAY, Campaign, ClosureKind, Hours
from workflows.outreach import EXEMPT, Outreach
from workflows.print_queue import MOST_WEIGHT, Printing, QueuePolicy
from workflows.supplies import Supply
from workflows.telling import Quiet

Week = tuple[Hours | None, ...]
Reordered = Literal["blanko", "ribbon", "film", "ink"]
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
