"""What can be broken, a class each: how it is done, and by what one knows that it was noticed and remedied."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from consumers.failpoints import plant
from ektp.breaking.breakage import Breakage
from ektp.reading.truth import (
    Alerts,
    Sign,
    first_alert,
    first_deadline,
    first_event,
    first_from,
    first_letter,
    first_message,
    lasting,
)
from ektp.running.supervisor import PartKilled
from ektp.simulation.stations import station_of
from ektp.web.breaking import Kind
from workflows.alert_rules import LOW
from workflows.clock import CENTRE
from workflows.stations import BACKLOG, GAP, NOT_CLOSED, SILENT

_SILENCE: Final = 5  # working days in which the centre says nothing
_DRY: Final = 6  # working days without blanko: two more than who waits for one is told of
_WEEK: Final = 5  # working days without a line
_FLOOD: Final = 3000  # events at least
_ASKED_AGAIN: Final = ("resend-packet", "retry-search", "delete-central-record")
_RELIEF: Final = ("deliver-blanko", "suket-issued")


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

    def _is_over(self, connection: Connection, _since: datetime) -> bool:
        """Tell whether it works again, and what had not been acknowledged has come again."""
        return self.remedy is not None and self._came_again(connection) > 0


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
