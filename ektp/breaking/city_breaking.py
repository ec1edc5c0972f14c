"""The simulated city, to be broken: orders go to its own thread, and what became of them is read from the store."""

import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from sqlalchemy import Connection

from consumers.errors import JournalUnavailable, StoreAway
from consumers.registry import Station
from ektp.bootstrap import IN_PROCESS
from ektp.breaking.breakage import Breakage, Ground, Restarting
from ektp.breaking.breakages import BREAKAGES
from ektp.errors import NameTaken
from ektp.reading.moments import written
from ektp.reading.snapshot import snapshot
from ektp.reading.truth import known, told_twice
from ektp.simulation.city import City
from ektp.step_ports import step_ports
from ektp.verification.conservation import counts_are_conserved, ids_are_unique, one_open_application_per_nik
from ektp.verification.finding import Check
from ektp.verification.ledger import blanko_have_one_place
from ektp.verification.letters import letters_are_numbered
from ektp.verification.stock import movements_are_a_chain, stock_is_balanced
from ektp.web.breaking import Broken, Kind, Truth
from schemas.roles import Role

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from workflows.ports import Ports

log = structlog.get_logger()
#: What `ektp verify` looks at that would show something done twice, or gone from the ledger, and is quickly looked at.
DOUBLES: Final[tuple[Check, ...]] = (
    counts_are_conserved,
    ids_are_unique,
    one_open_application_per_nik,
    letters_are_numbered,
    blanko_have_one_place,
    movements_are_a_chain,
    stock_is_balanced,
)
_LONG: Final = 60.0  # seconds after which what is still on its way counts as lost
_REST: Final = 9  # times as long as a look takes nobody looks again


class _Marks(NamedTuple):
    """How much the city has said and seen arrive before the store was asked, and for how long it waits."""

    said: int
    settled: int
    waits: float


class CityBreaking:
    """A Breaking of the city that lives in this process, with the intake beside it."""

    def __init__(self, made: "Parts", city: City, intake: Restarting) -> None:
        self._made, self._city = made, city
        self._ground = Ground(city, intake, self._enrol)
        self._ports: Ports | None = None
        self._broken: list[Breakage] = []
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._looks = False
        self._truth: Truth | None = None
        self._until = 0.0

    @property
    def office(self) -> str:
        """The regency that is simulated."""
        return self._city.town.scenario.regency

    def may_start(self, kind: Kind) -> bool:
        """Tell whether the city lives and nothing of this kind is broken just now."""
        return self._city.ready and all(one.over for one in self._broken if one.kind is kind)

    def start(self, kind: Kind, by: str) -> None:
        """Break something with the next hour; nothing where it may not be."""
        with self._lock:
            if not self.may_start(kind):
                return
            one = BREAKAGES[kind](self._ground, by)
            self._broken.append(one)
            self._city.order(lambda: self._begin(one))
            if not self._looks:
                self._looks = True
                self._city.order(self._look)
        self._until = 0.0

    def told(self) -> Truth:
        """Return what is known now, or was known a moment ago: looking takes a tenth of the time. Raises StoreAway."""
        with self._telling:
            if self._truth is None or time.monotonic() >= self._until:
                began, said = time.monotonic(), self._city.said
                # Before the snapshot begins: what had arrived by now is in it.
                marks = _Marks(len(said), said.settled, said.waits)
                with snapshot(self._made.engine) as connection:
                    self._truth = self._read(connection, marks)
                self._until = time.monotonic() + _REST * (time.monotonic() - began)
            return self._truth

    def _begin(self, one: Breakage) -> None:
        try:
            with snapshot(self._made.engine) as connection:
                one.begin(connection)
        except StoreAway as away:
            log.warning("breaking-waits", because=str(away))
            self._city.order(lambda: self._begin(one))

    def _look(self) -> None:
        """Do what the steps of the watch do, as often by the city's clock as they do by another's; then judge.

        A city lives a day in seconds, in which those steps, which keep real time, may not come at all.
        """
        try:
            ports = self._ports = self._ports or step_ports(self._made)
            ports.stations.watch()
            ports.shelves.watch()
            ports.alerts.watch()
            ports.telling.plan()
            with snapshot(self._made.engine) as connection:
                for one in self._broken:
                    one.judge(connection)
        except (StoreAway, JournalUnavailable) as away:
            log.warning("breaking-waits", because=str(away))
        with self._lock:
            self._looks = not all(one.over for one in self._broken)
            if self._looks:
                self._city.order(self._look)

    def _enrol(self, station: str, office: str, by: str) -> None:
        """Give a station an account: without one nobody asks for it. The broker in this process needs none."""
        if self._made.broker == IN_PROCESS:
            try:
                self._made.accounts().add(Station(station, Role.STATION, office), by)
            except NameTaken:
                return

    def _read(self, connection: Connection, marks: _Marks) -> Truth:
        now, days = self._city.town.now, self._city.town.days
        checked, double = told_twice(connection)
        for check in DOUBLES:
            for finding in check(connection, lambda _rows: None):
                checked, double = checked + finding.checked, double + finding.violations
        day = days.between(self._city.town.days.at(self._city.town.start), now) // days.minutes + 1
        broken = [self._told(connection, marks, one) for one in reversed(self._broken)]
        return Truth(self._city.ready, written(now), day, checked, double, broken)

    def _told(self, connection: Connection, marks: _Marks, one: Breakage) -> Broken:
        since = one.since
        if since is None:
            return Broken(one.kind, one.by, None, {}, 0, 0, 0, None, None, over=False)
        last = marks.said if one.last is None else min(one.last, marks.said)
        arrived = self._city.said.ids(one.first, min(marks.settled, last))
        waited_for = self._city.said.ids(max(one.first, marks.settled), last)
        lost = len(arrived) - known(connection, arrived)
        under_way = len(waited_for) - known(connection, waited_for)
        if marks.waits > _LONG:
            lost, under_way = lost + under_way, 0
        said = len(arrived) + len(waited_for)
        return Broken(
            one.kind, one.by, written(since), dict(one.did), said, under_way, lost, one.noticed, one.remedy, one.over
        )
