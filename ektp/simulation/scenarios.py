"""The scenarios: a city and its luck as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from ektp.simulation.outcome import Report, outcome
from ektp.simulation.working_days import WIB

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Delivery:
    """So many blanko, fetched on the working day of this number (the first day is 0)."""

    day: int
    count: int


@dataclass(frozen=True, slots=True)
class Offline:
    """A station without a line for some working days; what it recorded leaves afterwards."""

    kecamatan: str
    day: int
    days: int


@dataclass(frozen=True, slots=True)
class Bug:
    """A station whose program writes some recordings wrongly for some working days, and sends them again repaired."""

    kecamatan: str
    day: int
    days: int
    rate: float


@dataclass(frozen=True, slots=True)
class Outage:
    """The centre is down for some working days, and an operator says so."""

    day: int
    days: int


@dataclass(frozen=True, slots=True)
class Printers:
    """How many printers there are, what each can do in a working day, and how often one spoils a blanko."""

    count: int = 3
    cards_a_day: float = 40
    spoils: float = 0.02
    whole: bool = False  #: A smaller city has fewer of them, not slower ones.

    def scaled(self, scale: float) -> "Printers":
        """Return them with so many times the capacity."""
        count = max(1, round(self.count * scale)) if self.whole else self.count
        return replace(self, count=count, cards_a_day=max(1.0, self.cards_a_day * scale * self.count / count))


@dataclass(frozen=True, slots=True)
class Line:
    """How bad the lines to the pipeline are: how often an event comes twice, or not before the evening."""

    doubled: float = 0.03
    delayed: float = 0.04


@dataclass(frozen=True, slots=True)
class Centre:
    """What the data centre makes of a recording, and how long it takes (working days and their weights)."""

    verdicts: Weights
    retried: Weights
    adjudicated: Weights
    days: Mapping[int, float]
    reports: float = 0.35  #: How often it reports each of the three steps of a packet.
    settled_for_good: float = 0.5  #: of those it is silent on: however often the packet is sent again, it is lost
    forgets: float = 0.1  #: requests to delete a record that it does not heed


@dataclass(frozen=True, slots=True)
class Residents:
    """How often people do not come, come on their own, or need the card no more."""

    never_collect: float = 0.06
    never_return: float = 0.1  #: to be recorded again
    cancel: float = 0.02
    cancel_when_printed: float = 0.01
    come_in: float = 0.1
    duplicates_end: float = 0.5  #: duplicates for which the office ends the application


@dataclass(frozen=True, slots=True)
class Visits:
    """How often somebody asks for a visit (jemput bola), and what becomes of visits."""

    asked: float = 0.025  #: of those who were recorded: they ask for others
    withdrawn: float = 0.08
    at_home: float = 0.6  #: of those for whom one is enough: they cannot fetch the card either
    absent: float = 0.15
    called_off: float = 0.06


@dataclass(frozen=True, slots=True)
class Backlog:
    """Those who were recorded before a day; of `look`, a Monday, everybody will ask."""

    before: date
    look: date


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that is to happen, but for the draws; counts are for scale 1."""

    name: str
    about: str
    start: date
    days: int
    people: float  #: recorded at each kecamatan on a working day, on average
    deliveries: tuple[Delivery, ...]
    centre: Centre
    regency: str = "33.74"
    slot: int = 60  #: minutes; what happens within a slot is published together
    weekly_until: date | None = None  #: Until this Monday a slot is a week.
    closings: bool = True  #: Whether the stations say each evening how many they recorded.
    builtin: bool = False  #: The pipeline allocates, by rules of the scenario's own; the warehouse only fetches blanko.
    rush: int = 0  #: The working day from which those come on their own who have waited for blanko; before it nobody.
    backlog: Backlog | None = None  #: With it is told at the end how it was paid off.
    holidays: frozenset[date] = frozenset()
    printers: Printers = Printers()
    line: Line = Line()
    residents: Residents = Residents()
    visits: Visits | None = None  #: Without it nobody asks for any, and nobody drives.
    offline: tuple[Offline, ...] = ()
    bugs: tuple[Bug, ...] = ()
    outage: Outage | None = None
    watch: int = 0  #: working days after the last recordings in which the city lives on while anybody waits
    report: Report | None = None  #: What is told at the end, where it is more than the counts.
    channels: Weights = field(default_factory=lambda: _CHANNELS)
    reasons: Weights = field(default_factory=lambda: _REASONS)

    def scaled(self, scale: float) -> "Scenario":
        """Return it with so many times the people, the stock and the capacity."""
        deliveries = tuple(replace(one, count=max(1, round(one.count * scale))) for one in self.deliveries)
        return replace(self, people=self.people * scale, deliveries=deliveries, printers=self.printers.scaled(scale))

    def not_before(self, moment: datetime) -> "Scenario":
        """Return it as it is, or starting on the day after *moment* where that is later."""
        day = moment.astimezone(WIB).date()
        return self if day <= self.start else replace(self, start=day + timedelta(days=1))


_CHANNELS: Final[Weights] = MappingProxyType(
    {"kecamatan": 78, "office": 8, "outreach": 8, "home": 3, "hospital": 2, "out-of-domicile": 1}
)
_REASONS: Final[Weights] = MappingProxyType(
    {"first": 55, "changed": 14, "lost": 12, "damaged": 10, "moved": 7, "renewal": 2}
)
_CENTRE: Final = Centre(
    verdicts=MappingProxyType(
        {
            "verified": 91,
            "SEARCH_FAILURE_AT_CENTRAL": 3.5,
            "ENROLL_FAILURE_AT_CENTRAL": 2,
            "ENROLL_FAILURE_AT_REGIONAL": 1,
            "DUPLICATE_RECORD": 0.8,
            "ADJUDICATE_RECORD": 0.7,
            "silent": 1,
        }
    ),
    retried=MappingProxyType({"verified": 85, "SEARCH_FAILURE_AT_CENTRAL": 12, "ENROLL_FAILURE_AT_CENTRAL": 3}),
    adjudicated=MappingProxyType({"verified": 60, "DUPLICATE_RECORD": 20, "silent": 20}),
    days=MappingProxyType({0: 2, 1: 4, 2: 2.5, 3: 1.5}),
)

# The holidays of 2018 by the decree of three ministers of 22 September 2017, up to the summer.
_HOLIDAYS: Final = frozenset(
    {
        date(2018, 2, 16),  # Chinese New Year
        date(2018, 3, 17),
        date(2018, 3, 30),
        date(2018, 4, 14),
        date(2018, 5, 1),
        date(2018, 5, 10),
        date(2018, 5, 29),
        date(2018, 6, 1),
        date(2018, 6, 15),
        date(2018, 6, 16),
    }
)

CITY: Final = Scenario(
    name="city",
    about="four working weeks of Semarang: blanko run short in the second and come in the third",
    start=date(2018, 2, 5),
    days=20,
    people=4.0,
    deliveries=(Delivery(0, 220), Delivery(4, 120), Delivery(9, 100), Delivery(14, 1200)),
    centre=_CENTRE,
    holidays=_HOLIDAYS,
    offline=(Offline("33.74.12", 3, 2), Offline("33.74.16", 8, 3)),
    visits=Visits(),
    bugs=(Bug("33.74.05", 5, 3, 0.6),),
    watch=60,
)
WEEK: Final = replace(
    CITY,
    name="week",
    about="one week of Semarang with a few people, and everything that can happen to them",
    days=5,
    people=2.0,
    deliveries=(Delivery(0, 30), Delivery(3, 20), Delivery(6, 400)),
    visits=None,
    offline=(Offline("33.74.12", 1, 2),),
    bugs=(Bug("33.74.05", 1, 2, 0.7), Bug("33.74.06", 1, 3, 0.7)),
)
STUCK_MONTH: Final = replace(
    CITY,
    name="stuck-month",
    about="a month in which recordings settle, fail and double, and the centre is down; and what becomes of each",
    people=3.15,
    deliveries=(Delivery(0, 1500),),
    centre=replace(
        _CENTRE,
        verdicts=MappingProxyType(
            {
                "verified": 91.5,
                "silent": 1.5,
                "lost": 1.5,
                "ENROLL_FAILURE_AT_CENTRAL": 1.2,
                "ENROLL_FAILURE_AT_REGIONAL": 0.8,
                "SEARCH_FAILURE_AT_CENTRAL": 2,
                "DUPLICATE_RECORD": 1,
                "ADJUDICATE_RECORD": 0.5,
            }
        ),
        retried=MappingProxyType({"verified": 70, "SEARCH_FAILURE_AT_CENTRAL": 15, "silent": 15}),
        forgets=0.15,
    ),
    visits=None,
    bugs=(),
    outage=Outage(9, 2),
    watch=90,
    report=outcome,
)
JEMPUT_BOLA: Final = replace(
    CITY,
    name="jemput-bola",
    about="a month in which many cards are not fetched and many do not come again: the mobile kits go to them",
    deliveries=(Delivery(0, 2000),),
    residents=Residents(never_collect=0.2, never_return=0.5),
    centre=replace(_CENTRE, verdicts=MappingProxyType({**_CENTRE.verdicts, "ENROLL_FAILURE_AT_CENTRAL": 6})),
    bugs=(),
    report=outcome,
)
