"""What can be broken in a simulated city, a class each: how it is done, and by what one knows that it was noticed.

All of it runs in the city's own thread, between two of its slots; what others read are single values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection

from consumers.failpoints import plant
from ektp.reading.moments import written
from ektp.reading.truth import (
    Alerts,
    Sign,
    first_alert,
    first_deadline,
    first_event,
    first_from,
    first_letter,
    first_message,
    last_letter,
    lasting,
    repeated,
)
from ektp.running.supervisor import PartKilled
from ektp.simulation.city import City
from ektp.simulation.stations import station_of
from ektp.web.breaking import Kind, Trace
from workflows.alert_rules import LOW
from workflows.clock import CENTRE
from workflows.stations import BACKLOG, GAP, NOT_CLOSED, SILENT

_SILENCE: Final = 5  # working days in which the centre says nothing
_DRY: Final = 6  # working days without blanko: two more than who waits for one is told of
_WEEK: Final = 5  # working days without a line
_FLOOD: Final = 3000  # events at least
_ASKED_AGAIN: Final = ("resend-packet", "retry-search", "delete-central-record")
_RELIEF: Final = ("deliver-blanko", "suket-issued")
_STOCK: Final = "/stock"
#: Where what followed can be seen; what is of an application, at that.
_SEEN_AT: Final = {"deliver-blanko": _STOCK, "blanko-received": _STOCK, "blanko-moved": _STOCK,
                   "outage-declared": "/deadlines"}  # fmt: skip


class Restarting(Protocol):
    """A part of the process that is made anew when it has died."""

    restarts: int

    @property
    def ready(self) -> bool:
        """Whether it works at this moment."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is broken: the city, the intake beside it, and how a station gets an account, without which nobody watches."""

    city: City
    intake: Restarting
    enrol: Callable[[str, str, str], None]  #: Station, office, by whom.


class Breakage:
    """One thing that is broken; `since` is None until it has begun."""

    kind: ClassVar[Kind]

    def __init__(self, ground: Ground, by: str) -> None:
        self.by = by
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.did: Mapping[str, int | str] = MappingProxyType({})
        self.noticed: Trace | None = None
        self.remedy: Trace | None = None
        self.over = False
        self.first = 0  #: What the city had said when it began.
        self.last: int | None = None  #: What it had said when it was over.
        self._ground, self._city = ground, ground.city
        self._letters = self._repeated = 0

    def begin(self, connection: Connection) -> None:
        """Note how things stand, and break it. Raises StoreAway, with nothing done."""
        self._letters, self._repeated = last_letter(connection), repeated(connection)
        self._city.said.begin()
        self.first, now = len(self._city.said), self._city.town.now
        self.did = self._break(now)
        self.since = now

    def judge(self, connection: Connection) -> None:
        """Look whether it was noticed, what was done about it, and whether it is over."""
        if self.since is None or self.over:
            return
        self.did = {**self.did, **self._tell(connection)}
        self.noticed = self.noticed or self._trace(self._sign(connection, self.since))
        if self.noticed is not None:
            self.remedy = self.remedy or self._trace(self._help(connection, self.since))
        if self._is_over(connection, self.since):
            self.over, self.last = True, len(self._city.said)

    def _break(self, now: datetime) -> Mapping[str, int | str]:
        raise NotImplementedError

    def _tell(self, _connection: Connection) -> Mapping[str, int | str]:
        return {}

    def _sign(self, connection: Connection, since: datetime) -> Sign | None:
        raise NotImplementedError

    def _help(self, connection: Connection, since: datetime) -> Sign | None:
        raise NotImplementedError

    def _is_over(self, _connection: Connection, _since: datetime) -> bool:
        return self.until is not None and self._city.town.now >= self.until

    def _lasts(self, now: datetime, days: int) -> datetime:
        """Return, and keep, the moment so many working days from now."""
        self.until = self._city.town.days.later(now, days * self._city.town.days.minutes)
        return self.until

    def _came_again(self, connection: Connection) -> int:
        return repeated(connection) - self._repeated

    def _now(self, by: str, name: str) -> Sign:
        return Sign(by, name, "", self._city.town.now)

    def _trace(self, sign: Sign | None) -> Trace | None:
        if sign is None or self.since is None:
            return None
        days = self._city.town.days
        gone = days.between(self.since, sign.at) / days.minutes
        return Trace(sign.by, sign.name, written(sign.at), round(gone, 1), _link(sign))


class KilledConsumer(Breakage):
    """The intake dies where its batch is committed, and the broker does not know."""

    kind = Kind.CONSUMER
    _before = 0

    def _break(self, _now: datetime) -> Mapping[str, int | str]:
        self._before = self._ground.intake.restarts
        plant("intake-after-apply", _die)
        return {"repeated": 0}

    def _tell(self, connection: Connection) -> Mapping[str, int | str]:
        return {"repeated": self._came_again(connection)}

    def _sign(self, _connection: Connection, _since: datetime) -> Sign | None:
        return self._now("supervisor", "part-died") if self._ground.intake.restarts > self._before else None

    def _help(self, _connection: Connection, _since: datetime) -> Sign | None:
        return self._now("supervisor", "started-again") if self._ground.intake.ready else None

    def _is_over(self, _connection: Connection, _since: datetime) -> bool:
        return self.remedy is not None


class SilentCentre(Breakage):
    """The centre answers nothing; nobody says so, and the deadlines have to find it."""

    kind = Kind.CENTRE

    def _break(self, now: datetime) -> Mapping[str, int | str]:
        self._city.centre.fall_silent(self._lasts(now, _SILENCE))
        return {"days": _SILENCE, "withheld": 0}

    def _tell(self, _connection: Connection) -> Mapping[str, int | str]:
        return {"withheld": len(self._withheld)}

    @property
    def _withheld(self) -> list[UUID]:
        return [UUID(one) for one in self._city.centre.withheld]

    def _sign(self, connection: Connection, since: datetime) -> Sign | None:
        passed = first_deadline(connection, since, self.until or since, of=self._withheld)
        return _earliest(passed, first_event(connection, since, ["outage-declared"], [CENTRE]))

    def _help(self, connection: Connection, since: datetime) -> Sign | None:
        asked = first_letter(connection, since, self._letters, _ASKED_AGAIN, of=self._withheld)
        return _earliest(asked, first_event(connection, since, ["outage-declared"], [CENTRE]))


class EmptyStock(Breakage):
    """What lies in the regency's store goes back to the centre, and no delivery comes."""

    kind = Kind.BLANKO
    _before: tuple[UUID, ...] = ()

    def _break(self, now: datetime) -> Mapping[str, int | str]:
        warehouse = self._city.warehouse
        self._before = tuple(UUID(one) for one in warehouse.waiting)  # they wait for another reason
        return {"days": _DRY, "taken": warehouse.run_dry(self._lasts(now, _DRY))}

    @property
    def _regency(self) -> str:
        return self._city.town.scenario.regency

    @property
    def _alerts(self) -> Alerts:
        return Alerts((LOW,), (f"{self._regency}/blanko",))

    def _sign(self, connection: Connection, since: datetime) -> Sign | None:
        names, until = ["waiting-for-blanko"], self.until or since
        passed = first_deadline(connection, since, until, names=names, but=self._before)
        return _earliest(passed, first_alert(connection, since, self._alerts))

    def _help(self, connection: Connection, since: datetime) -> Sign | None:
        return _earliest(
            first_letter(connection, since, self._letters, _RELIEF, but=self._before),
            first_message(connection, since, self._alerts),
            first_event(connection, self.until or since, ["blanko-received", "blanko-moved"], [self._regency]),
        )

    def _is_over(self, connection: Connection, since: datetime) -> bool:
        return super()._is_over(connection, since) and not lasting(connection, since, self._alerts)


class Flood(Breakage):
    """Everything of the last day comes again, many times over."""

    kind = Kind.DUPLICATES
    _sent = 0

    def _break(self, _now: datetime) -> Mapping[str, int | str]:
        self._sent = self._city.say_again(_FLOOD)
        return {"sent": self._sent, "repeated": 0}

    def _tell(self, connection: Connection) -> Mapping[str, int | str]:
        return {"repeated": self._came_again(connection)}

    def _sign(self, connection: Connection, _since: datetime) -> Sign | None:
        return self._now("intake", "recognised") if self._came_again(connection) else None

    def _help(self, connection: Connection, _since: datetime) -> Sign | None:
        return self._now("intake", "set-aside") if self._came_again(connection) >= self._sent else None

    def _is_over(self, _connection: Connection, _since: datetime) -> bool:
        return self.remedy is not None or not self._sent


class CutStation(Breakage):
    """The busiest station records on and sends nothing; the centre has the packets by a line of its own."""

    kind = Kind.STATION
    _office = ""

    def _break(self, now: datetime) -> Mapping[str, int | str]:
        self._office = self._city.stations.busiest
        self._ground.enrol(self._station, self._office, self.by)
        self._city.line.cut(self._station, self._lasts(now, _WEEK))
        return {"station": self._station, "days": _WEEK, "kept": 0}

    @property
    def _station(self) -> str:
        return station_of(self._office)

    @property
    def _alerts(self) -> Alerts:
        return Alerts((SILENT, NOT_CLOSED, GAP, BACKLOG), (self._station,))

    def _tell(self, _connection: Connection) -> Mapping[str, int | str]:
        return {"kept": max(self._city.line.kept[self._station], int(self.did["kept"]))}

    def _sign(self, connection: Connection, since: datetime) -> Sign | None:
        declared = first_event(connection, since, ["outage-declared"], [self._office])
        return _earliest(first_alert(connection, since, self._alerts), declared)

    def _help(self, connection: Connection, since: datetime) -> Sign | None:
        return _earliest(
            first_message(connection, since, self._alerts),
            first_event(connection, since, ["outage-declared"], [self._office]),
            first_from(connection, self.until or since, self._station),
        )

    def _is_over(self, connection: Connection, since: datetime) -> bool:
        sent = super()._is_over(connection, since) and not self._city.line.kept[self._station]
        return sent and not lasting(connection, since, self._alerts)


BREAKAGES: Final[Mapping[Kind, type[Breakage]]] = MappingProxyType(
    {one.kind: one for one in (KilledConsumer, SilentCentre, EmptyStock, Flood, CutStation)}
)


def _die() -> None:
    raise PartKilled


def _earliest(*signs: Sign | None) -> Sign | None:
    return min((sign for sign in signs if sign is not None), key=lambda sign: sign.at, default=None)


def _link(sign: Sign) -> str:
    match sign.by:
        case "alert" | "message":
            return f"/alerts?rule={sign.name}"
        case "supervisor" | "intake":
            return "/queues"
        case "station":
            return f"/stations/{sign.about}"
        case _:
            return _SEEN_AT.get(sign.name, f"/applications/{sign.about}")
