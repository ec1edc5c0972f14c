"""A simulated city on a real pipeline: intakes, relay and mover in threads, over a broker of any URL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine, text

from consumers.dead_letters import DeadLetters
from consumers.intake import Intake
from consumers.journal import Journal
from consumers.relay import Relay
from consumers.steps import StepRunner
from ektp.allocation import CityAllocations, allocator_on
from ektp.broker.opening import open_publisher, open_source
from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import timekeeper_on
from ektp.outreach import VisitPlanner
from ektp.reading.clocks import Clocks
from ektp.reading.paths import paths
from ektp.reading.snapshot import snapshot
from ektp.reading.summary import summary
from ektp.schedule import Schedule
from ektp.simulation.city import City, Progress
from ektp.simulation.line import Line
from ektp.simulation.pipeline_view import PipelineView
from ektp.simulation.repertoire import scenario
from ektp.simulation.scenarios import Scenario
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.outbox_store import PostgresOutbox
from ektp.storage.secrets.vault import Vault
from ektp.storage.simulated_clock import begin_simulation
from ektp.storage.stations.sightings import PostgresSightings
from ektp.storage.steps.answers import PostgresAnswers
from ektp.storage.steps.steps import PostgresSteps
from tests.plain_time import PLAIN
from tests.running import running
from tests.step_fakes import House
from workflows.ports import Gateway, Messages
from workflows.steps.kinds import KINDS
from workflows.timekeeping import Timekeeping

WEEK: Final = scenario("week")


@dataclass(frozen=True)
class Told:
    """Residents who are told: what plans and delivers, and over what."""

    messages: Messages
    gateway: Gateway


@contextmanager
def pipeline(
    url: str, engine: Engine, consumers: int = 1, keeping: Timekeeping = PLAIN, told: Told | None = None
) -> Iterator[None]:
    """Run everything for as long as the block lasts."""
    source, journal = partial(open_source, url), partial(journal_on, engine, keeping)
    with ExitStack() as stack:
        for _ in range(consumers):
            intake = Intake(journal(), source, watch=PostgresSightings(engine), housekeeping=lambda: None)
            stack.enter_context(running(intake))
        stack.enter_context(running(DeadLetters(journal(), source, watch=PostgresSightings(engine))))
        stack.enter_context(running(StepLoop(engine, journal, told)))
        stack.enter_context(running(Relay(PostgresOutbox(engine), lambda: open_publisher(url))))
        yield


class StepLoop:
    """Beat and worker in one loop: what is due is run at once; with *told* residents are told, else nobody is."""

    def __init__(self, engine: Engine, journal: Callable[[], Journal], told: Told | None = None) -> None:
        steps = PostgresSteps(engine)
        ports = replace(House().ports(), answers=PostgresAnswers(engine))
        if told is not None:
            ports = replace(ports, messages=told.messages, gateway=told.gateway)
        self._runner = StepRunner(steps, journal, ports, KINDS)
        self._schedule = Schedule(steps, {}, self._send)
        self._stopping = Event()

    def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.wait(0.01):
            self._schedule.send_due()

    def stop(self) -> None:
        """End after the steps at hand."""
        self._stopping.set()

    def _send(self, _kind: str, step: UUID, _seconds: float) -> None:
        self._runner.run(step)


def journal_on(engine: Engine, keeping: Timekeeping = PLAIN) -> Journal:
    """Make a journal; by itself of the plain calendar."""
    vault = Vault(b"s" * 32, b"n" * 32)
    return Journal(PostgresBooks(engine, vault), vault, keeping)


def live(
    url: str,
    database_url: str,
    scenario: Scenario,
    seed: int,
    *,
    consumers: int = 1,
    keeping: Timekeeping = PLAIN,
    told: Callable[[Engine], Told] | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    lived: Callable[[City], None] = lambda _city: None,
) -> dict[str, Any]:
    """Live a scenario on a database to its end; return the figures that two runs of one seed must share.

    Those of a scenario that reports have its `outcome` too; *lived* is called with the city at its end.
    """
    engine = engine_for(database_url, size=5 + consumers)
    try:
        clock = begin_simulation(engine, datetime.combine(scenario.start, datetime.min.time()).astimezone())
        residents = told(engine) if told else None
        with pipeline(url, engine, consumers, keeping, residents), closing(Line(url)) as line:
            city = City(
                scenario.not_before(clock.moment),
                seed,
                outside=line,
                pipeline=_view(engine, keeping, residents, builtin=scenario.builtin),
                run=clock.runs - 1,
                progress=progress,
            )
            city.run()
        lived(city)
        return {**figures(engine), **_reported(city, engine, keeping)}
    finally:
        engine.dispose()


def _view(engine: Engine, keeping: Timekeeping, told: Told | None, *, builtin: bool) -> PipelineView:
    journal = partial(journal_on, engine, keeping)
    allocations = CityAllocations(engine, allocator_on(engine, journal, keeping)) if builtin else None
    plan = told.messages.plan if told else lambda: 0
    return PipelineView(engine, timekeeper_on(engine, journal, keeping), visits_on(engine), allocations, plan)


def visits_on(engine: Engine) -> VisitPlanner:
    """Return the planner of visits of offices that set nothing of their own."""
    return VisitPlanner(engine, Config(), Calendars(Config()))


def _reported(city: City, engine: Engine, keeping: Timekeeping) -> dict[str, Any]:
    report = city.town.scenario.report
    if report is None:
        return {}
    with snapshot(engine) as connection:
        everybody = paths(connection, keeping, [UUID(one) for one in city.town.people])
        return {"outcome": report(city.town.troubles, everybody, Clocks(connection, keeping).now)}


def figures(engine: Engine) -> dict[str, Any]:
    """Return the summary without what a redelivery may change, and every application with its history."""
    with snapshot(engine) as connection:
        told = summary(connection)
        events = {kind: told["events"][kind] for kind in ("applied", "held", "superseded", "parked")}
        histories = connection.execute(
            text("select id, version, type, outcome, before, after, received from history order by id")
        ).all()
    return {"applications": told["applications"], "states": told["states"], "events": events, "history": histories}
