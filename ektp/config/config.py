"""The configuration file, EKTP_CONFIG: what offices promise, when they are open, who answers for them.

A kecamatan inherits from its regency, a regency from its province, all from `[defaults]`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, PrivateAttr, ValidationError

from ektp.config.alerts import AlertsTable
from ektp.config.messages import MessagesTable, manner_of
from ektp.config.offices import (
    DAYTIME,
    NO_PRINTING,
    USUAL_OUTREACH,
    USUAL_QUEUE,
    OfficeTable,
    OutreachTable,
    PrintingTable,
    QueueTable,
    Week,
)
from ektp.config.tables import (
    NATIONAL,
    CalendarCode,
    CalendarTable,
    Code,
    LettersTable,
    RepairsTable,
    StationsTable,
    SubscribersTable,
    Table,
    TimekeeperTable,
)
from ektp.errors import WrongUse
from workflows.messages import Manner
from workflows.office_hours import Campaign


@dataclass(frozen=True, slots=True)
class Office:
    """How one office works, everything inherited."""

    promise: int = 4  #: Working days from the recording to the print.
    week: Week = (DAYTIME,) * 5 + (None, None)
    confirm: bool = False  #: A re-recording is proposed to a person before it begins.
    reviewer: str | None = None
    superior: str | None = None
    allocator: Literal["external", "builtin"] = "external"
    #: Working days without blanko after which a suket is issued; 0: never.
    suket: int = 4
    #: Working days by the name of the deadline, where they differ from the usual.
    patience: Mapping[str, int] = field(default_factory=dict)
    campaigns: tuple[Campaign, ...] = ()
    printing: PrintingTable = NO_PRINTING
    address: str | None = None
    publish_stock: bool = True  #: Everybody may see how many blanko it has.
    queue: QueueTable = USUAL_QUEUE
    outreach: OutreachTable = USUAL_OUTREACH
    #: Below how many blanko, or pieces of a supply, it orders; how many cards a piece lasts for, where that differs.
    reorder: Mapping[str, int] = field(default_factory=dict)
    yields: Mapping[str, int] = field(default_factory=dict)


class Config(Table):
    """The whole file; an empty one is good for a start."""

    defaults: OfficeTable = OfficeTable()
    offices: dict[Code, OfficeTable] = Field(default_factory=dict)
    calendars: dict[CalendarCode, CalendarTable] = Field(default_factory=dict)
    stations: StationsTable = StationsTable()
    subscribers: SubscribersTable = SubscribersTable()
    timekeeper: TimekeeperTable = TimekeeperTable()
    letters: LettersTable = LettersTable()
    alerts: AlertsTable = AlertsTable()
    repairs: RepairsTable = RepairsTable()
    messages: MessagesTable = MessagesTable()
    _resolved: dict[str, Office] = PrivateAttr(default_factory=dict)

    def office(self, code: str) -> Office:
        """Return how the office with this code works; the same object for offices with the same settings."""
        nearest = self.nearest(code)
        found = self._resolved.get(nearest)
        if found is None:
            tables = [self.offices[one] for one in _upwards(nearest) if one in self.offices]
            found = self._resolved.setdefault(nearest, _resolved([*tables, self.defaults]))
        return found

    def address(self, code: str) -> str | None:
        """Return where an office is, None where the file does not say; a kecamatan is not where its regency is."""
        own = self.offices.get(code)
        return own.address if own else None

    def printing_office(self, code: str) -> str:
        """Return the office that prints the cards of the one with this code: itself if it has printers, or its regency.

        A kecamatan has some where the file has a table `printing` of its own.
        """
        own = self.offices.get(code)
        return code if own is not None and own.printing is not None else code[: len("33.74")]

    @property
    def allocates(self) -> bool:
        """Whether the pipeline itself gives out the blanko of any office."""
        return any(table.allocator == "builtin" for table in (self.defaults, *self.offices.values()))

    def manner(self, code: str) -> Manner:
        """Return how an office tells its residents."""
        tables = [self.offices[one].messages for one in _upwards(code) if one in self.offices]
        return manner_of([*(one for one in tables if one is not None), self.messages])

    def reorder(self, code: str) -> Mapping[str, int]:
        """Return the reorder points of an office; a kecamatan, which its regency supplies, has only its own."""
        own = self.offices.get(code)
        if code.count(".") > 1 and not (own and own.reorder):
            return {}
        return self.office(code).reorder

    @property
    def queue_rules(self) -> str:
        """A digest of everything that says where somebody waits for a blanko."""
        tables = sorted({"": self.defaults, **self.offices}.items())
        said = [(code, table.queue, table.printing is not None) for code, table in tables]
        return sha256(repr(said).encode()).hexdigest()

    def targets(self) -> list[tuple[str, Campaign]]:
        """Return the campaigns that have a target, each with the office that set it."""
        return [(code, one.campaign()) for code, table in self.offices.items() for one in table.campaigns if one.target]

    def amendments(self, code: str) -> Iterator[CalendarTable]:
        """Yield what was decided about the days of an office, the country first."""
        for one in (NATIONAL, *reversed(list(_upwards(code)))):
            if one in self.calendars:
                yield self.calendars[one]

    def nearest(self, code: str) -> str:
        """Return the smallest region around an office, or itself, that has settings of its own; else its province."""
        return next((one for one in _upwards(code) if one in self.offices or one in self.calendars), code[:2])


def _upwards(code: str) -> Iterator[str]:
    """Yield an office's code, its regency's, its province's."""
    while code:
        yield code
        code = code[:-3]


def _resolved(tables: list[OfficeTable]) -> Office:
    """Take each setting from the first table that has it; the lists and the patience of all of them."""
    found: dict[str, Any] = {}
    for table in reversed(tables):
        found.update({name: value for name, value in table if value is not None})
    patience = {name: days for table in reversed(tables) for name, days in table.patience.items()}
    campaigns = tuple(one.campaign() for table in tables for one in table.campaigns)
    found.pop("messages", None)
    week = {"week": found.pop("hours")} if "hours" in found else {}
    return Office(**{**found, **week, "patience": MappingProxyType(patience), "campaigns": campaigns})


def read_config(path: Path | None) -> Config:
    """Read the file, if there is one. Raises WrongUse with file, place and what to do."""
    if path is None:
        return Config()
    try:
        return Config.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise WrongUse(f"EKTP_CONFIG: {path}: {error.strerror}: correct the path, or unset it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(f"{_place(one['loc'])}: {_words(one['type'], one['msg'])}" for one in error.errors()[:5])
        raise WrongUse(f"{path}: {wrong}") from None


def _place(loc: tuple[int | str, ...]) -> str:
    """Write where something stands as TOML would: offices."33.19".campaigns[0].hours."""
    written = ""
    for one in loc:
        if isinstance(one, int):
            written += f"[{one}]"
        elif one != "[key]":
            written += "." + (one if one.replace("_", "").isalnum() and not one.isdigit() else f'"{one}"')
    return written.removeprefix(".")


def _words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such setting: correct its name, or remove it"
    return message.removeprefix("Value error, ")
