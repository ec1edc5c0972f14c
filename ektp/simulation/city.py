"""The city: lives one slot of a working day after the other, and waits for the pipeline before each next one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from threading import Event
from time import monotonic
from typing import Final, TypeVar
from uuid import UUID

import structlog

from consumers.back_off import BackOff
from consumers.errors import LinkLost, StoreAway
from ektp.simulation.agenda import Act, Saying
from ektp.simulation.bad_line import BadLine
from ektp.simulation.centre import Centre
from ektp.simulation.counters import Counters
from ektp.simulation.heard import Agent, in_order
from ektp.simulation.households import Households
from ektp.simulation.kits import Kits
from ektp.simulation.operators import Operators
from ektp.simulation.ports import Outside, Pipeline
from ektp.simulation.printers import Printers
from ektp.simulation.registry_office import RegistryOffice
from ektp.simulation.said import Said
from ektp.simulation.scenarios import Scenario
from ektp.simulation.stations import Stations
from ektp.simulation.town import Town
from ektp.simulation.warehouse import Warehouse
from workflows.visits import Booked

Answer = TypeVar("Answer")
log = structlog.get_logger()
_GLANCE: Final = 0.005  # seconds between the first looks at whether the pipeline is done
_LOOK: Final = 0.02
_SLOW: Final = 30.0  # seconds after which a pipeline that is not done is worth a line


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the city has come: the moment, its working day (1 is the first), and what was said and heard till then.

    `rate` is events a second of real time; `done` when the scenario has ended.
    """

    moment: datetime
    day: int
    published: int
    heard: int
    seconds: float
    rate: float
    done: bool = False


class _Stopped(Exception):
    """The city was told to stop while it waited."""


class City:
    """One run of a scenario; `run` lives it to its end, or until `stop` is called from another thread."""

    def __init__(  # noqa: PLR0913 - a city has that many sides
        self,
        scenario: Scenario,
        seed: int,
        *,
        outside: Outside,
        pipeline: Pipeline,
        run: int = 0,
        scale: float = 1.0,
        pace: float = 0.0,
        progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        """*pace* is the least a working day takes in real seconds; *progress* is called after each slot."""
        self._outside, self._pipeline = outside, pipeline
        self._pace, self._progress = pace, progress
        self._stopping = Event()
        self._published = self._heard = self._day = 0
        self._began = 0.0
        self._orders: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.ready = False
        self.said = Said()
        self.town = Town(scenario.scaled(scale), seed, run)
        self.line = BadLine(self.town)
        self.centre, self.counters, self.warehouse = Centre(self.town), Counters(self.town), Warehouse(self.town)
        households = Households(self.town)
        self.stations = Stations(self.town, self.centre, self.counters, households)
        self.office = RegistryOffice(self.town, self.stations, self.counters)
        printers = Printers(self.town, self.counters, self.warehouse)
        self.kits = Kits(self.town, self.stations, self.counters, households, self._visits)
        agents: Sequence[Agent] = (
            self.stations, self.centre, self.warehouse, printers, self.counters, self.office, self.kits,
            Operators(self.town),
        )  # fmt: skip
        self._ears = [agent.ears for agent in agents]

    def stop(self) -> None:
        """Let `run` return soon."""
        self._stopping.set()

    def order(self, deed: Callable[[], object]) -> None:
        """Let something be done in the city's own thread when the slot that is lived is over; from any thread."""
        self._orders.put(deed)

    def say_again(self, least: int) -> int:
        """Say everything of the last day again, as often as it takes to be so many events; return how many it was.

        An order of its own thread.
        """
        events = self.said.of_last_day()
        times = -(-least // len(events)) if events else 0
        for _ in range(times):
            self._insist(partial(self._outside.publish, events))
        self._published += times * len(events)
        return times * len(events)

    def run(self) -> None:
        """Live until nothing more will happen and the pipeline is quiet, or until `stop`."""
        self._began = monotonic()
        self.ready = True
        try:
            self._obey()
            while (moment := self._next_slot()) is not None:
                self._live(moment)
                self._progress(self._state(done=False))
                self._obey()
            self._progress(self._state(done=True))
        except _Stopped:
            log.info("city-stopped", moment=self.town.now.isoformat())
        finally:
            self.ready = False
            self._outside.close()

    def _obey(self) -> None:
        """Do what was ordered by now; what is ordered meanwhile comes after the next slot."""
        for _ in range(self._orders.qsize()):
            self._orders.get()()

    def _next_slot(self) -> datetime | None:
        """Return the end of the next slot in which something happens, or the next opening or closing before it."""
        coming, town = self.town.agenda.next, self.town
        if coming is None and not town.watches:
            return None
        if coming is not None and self._day and coming <= town.now:
            return town.now  # of the week that was lived some have more to say
        if town.by_weeks:
            return town.days.week_of(town.days.later(town.now, 1))
        if not self._day:
            return town.days.slot_of(coming or town.now, town.scenario.slot)
        turn = town.days.turn_after(town.now)
        return turn if coming is None else min(turn, town.days.slot_of(coming, town.scenario.slot))

    def _live(self, moment: datetime) -> None:
        """Live one slot: set the clock, say everything, wait, hear everything."""
        if not self._day or moment.date() != self.town.now.date():
            self._day += 1
        self._keep_pace(moment)
        self._insist(lambda: self._pipeline.set_clock(moment))
        # What the new moment makes due comes first, so that it meets the same applications in every run.
        self._wait_until_quiet(())
        sayings = self._act(moment)
        self.town.now = moment
        if sayings:
            self._say(sayings)
        self._hear()

    def _say(self, sayings: Sequence[Saying]) -> None:
        """Publish what is said in a slot, and wait until the pipeline has done with it."""
        self.said.note((saying.event for saying in sayings), self.town.now)
        # The late first: the intake, woken by the live ones, then finds them without having to look by itself.
        for late in (True, False):
            events = [saying.event for saying in sayings if saying.late is late]
            if events:
                self._insist(partial(self._outside.publish, events, late=late))
        self._published += len(sayings)
        self._wait_until_quiet({UUID(saying.event["id"]) for saying in sayings})
        self.said.settle()

    def _act(self, until: datetime) -> list[Saying]:
        """Let everything happen that is due; of one subject at most one event leaves in a slot."""
        town, leaving, told, postponed = self.town, list[Saying](), set[str](), list[Act]()
        again = until if town.by_weeks else town.days.later(until, 1)
        while (act := town.agenda.take(until)) is not None:
            if not told.isdisjoint(act.subjects):
                postponed.append(act)
                continue
            town.now = act.moment
            saying = act.work(act.moment)
            leaves = saying and self.line.carry(saying, act.moment)
            if leaves:
                leaving.append(leaves)
                told |= act.subjects
        for act in postponed:
            town.agenda.plan(again, act.subject, act.work, act.concerns)
        return leaving

    def _hear(self) -> None:
        letters = in_order(self._insist(self._outside.heard))
        self._heard += len(letters)
        for letter in letters:
            for ears in self._ears:
                if letter.name in ears:
                    ears[letter.name](letter)

    def _wait_until_quiet(self, published: Collection[UUID]) -> None:
        pauses, began = BackOff(_GLANCE, _LOOK), monotonic()
        while not self._insist(lambda: self._pipeline.quiet(published)):
            if monotonic() - began > _SLOW:
                log.warning("city-waits-for-pipeline", events=len(published), moment=self.town.now.isoformat())
                began = monotonic()
            self._rest(pauses.next())

    def _visits(self) -> Sequence[Booked]:
        return self._insist(lambda: self._pipeline.visits(self.town.scenario.regency))

    def _insist(self, verb: Callable[[], Answer]) -> Answer:
        """Try until the broker and the store are there; what was published before has the same id again."""
        pauses = BackOff()
        while True:
            try:
                return verb()
            except (LinkLost, StoreAway) as away:
                log.warning("city-waits", because=str(away))
                self._rest(pauses.next())

    def _keep_pace(self, moment: datetime) -> None:
        """Wait until the working time gone by is worth its real seconds."""
        days = self.town.days
        minutes = (self._day - 1) * days.minutes + (moment - days.at(moment.date())).total_seconds() / 60
        self._rest(self._began + self._pace * minutes / days.minutes - monotonic())

    def _rest(self, seconds: float) -> None:
        """Wait, if there is something to wait for. Raises _Stopped."""
        if self._stopping.wait(max(seconds, 0.0)):
            raise _Stopped

    def _state(self, *, done: bool) -> Progress:
        seconds = monotonic() - self._began
        rate = self._published / seconds if seconds else 0.0
        return Progress(self.town.now, self._day, self._published, self._heard, seconds, rate, done)
