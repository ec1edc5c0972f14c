"""The simulated city on the parts of a process: the world outside, put beside the pipeline."""

from collections.abc import Callable
from datetime import datetime, time

from ektp.allocation import CityAllocations
from ektp.bootstrap import Parts
from ektp.errors import WrongUse
from ektp.outreach import planner_on
from ektp.residents.residents import plans_on
from ektp.simulation.city import City, Progress
from ektp.simulation.line import Line
from ektp.simulation.pipeline_view import PipelineView
from ektp.simulation.scenarios import Scenario
from ektp.simulation.working_days import WIB
from ektp.storage.simulated_clock import begin_simulation, holds_real_applications, simulated_clock


def city_on(  # noqa: PLR0913 - a city has that many sides
    made: Parts,
    scenario: Scenario,
    seed: int,
    *,
    scale: float = 1.0,
    pace: float = 0.0,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> City:
    """Make a simulated city on this store and broker, the next run of this store.

    Raises WrongUse where the scenario cannot be played, SourceLost and StoreAway.
    """
    _admit(made, scenario)
    line, plans = Line(made.broker_url()), plans_on(made)
    allocations = CityAllocations(made.engine, made.allocator) if made.config.allocates else None
    clock = begin_simulation(made.engine, datetime.combine(scenario.start, time(), WIB))
    return City(
        scenario.not_before(clock.moment),
        seed,
        outside=line,
        pipeline=PipelineView(
            made.engine, made.timekeeper, planner_on(made), allocations, plans.plan if plans.tells else lambda: 0
        ),
        run=clock.runs - 1,
        scale=scale,
        pace=pace,
        progress=progress,
    )


def _admit(made: Parts, scenario: Scenario) -> None:
    """Raise WrongUse among real applications, by other rules than its own, or where a backlog's time is over."""
    # The embedded store is for trying out by its nature.
    if made.server is None and holds_real_applications(made.engine):
        raise WrongUse("this store holds real applications: simulate in a store of its own")
    if scenario.visits is not None and made.config.office(scenario.regency).outreach.policy().auto:
        raise WrongUse(f'in scenario {scenario.name} the operators promise the visits: leave out plan = "auto"')
    if scenario.builtin and made.config.office(scenario.regency).allocator != "builtin":
        raise WrongUse(f"`ektp up --scenario {scenario.name}` brings the rules that it needs; here they are others")
    lived = simulated_clock(made.engine)
    if scenario.backlog is not None and lived and scenario.not_before(lived.moment) is not scenario:
        raise WrongUse(
            f"scenario {scenario.name} begins in {scenario.start:%B %Y}, and here it is later: use another EKTP_HOME"
        )
