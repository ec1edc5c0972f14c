"""A small city to be broken: the pipeline of `ektp up` in this process, but for beat and worker, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ektp.bootstrap import IN_PROCESS, Parts
from ektp.breaking import CityBreaking
from ektp.broker.in_process import forget
from ektp.city import city_on
from ektp.running.supervisor import Part, Supervisor
from ektp.simulation.city import City, Progress
from ektp.simulation.scenarios import Delivery, Scenario
from ektp.verification.invariants import verify
from ektp.web.breaking import Broken, Kind, Truth
from tests.simulated import WEEK, StepLoop
from tests.web_client import parts_on

SEED: Final = 7
#: Some fifteen people a day, and enough blanko.
TOWN: Final = replace(
    WEEK, days=10, people=1.0, watch=0, deliveries=(Delivery(0, 200), Delivery(5, 200)), offline=(), bugs=()
)


class Ready(StepLoop):
    """The steps, as a part that is ready at once."""

    ready = True


@dataclass
class BrokenCity:
    """A city with what breaks it, and the parts of its pipeline."""

    made: Parts
    city: City
    breaking: CityBreaking
    supervisor: Supervisor
    hooks: list[Callable[[Progress], None]] = field(default_factory=list)

    def live(self, kind: Kind, day: int) -> tuple[Broken, Truth]:
        """Break something on a day, by the city's own clock, and live to the end; return what is known then."""

        def break_it(progress: Progress) -> None:
            if progress.day == day and not self.breaking.told().broken:
                self.breaking.start(kind, "siti")

        self.hooks.append(break_it)
        self.city.run()
        return self.truth(kind)

    def truth(self, kind: Kind) -> tuple[Broken, Truth]:
        """Return what is known of the one thing that was broken, and of the whole."""
        # Another office looks: what is known from a moment ago is not asked for.
        truth = CityBreaking.told(self.breaking)
        (one,) = [one for one in truth.broken if one.kind is kind]
        return one, truth

    def violations(self) -> list[str]:
        """Return what `ektp verify` finds."""
        return [f"{one.name}: {one.examples}" for one in verify(self.made.engine, self.made.keeping) if one.violations]


@contextmanager
def broken_city(url: str, home: Path, scenario: Scenario = TOWN, *, pace: float = 0.0) -> Iterator[BrokenCity]:
    """Give a city that has not begun to live, beside a pipeline that works."""
    hooks: list[Callable[[Progress], None]] = []
    with parts_on(url, home) as plain, closing(replace(plain, in_process=True)) as made:
        made.declare_topology()
        intake = Part("intake", made.intake)
        steps = Part("steps", lambda: Ready(made.engine, made.journal))
        supervisor = Supervisor([intake, Part("mover", made.dead_letters), Part("relay", made.relay), steps])
        city = city_on(
            made, scenario, SEED, pace=pace, progress=lambda progress: [hook(progress) for hook in hooks] and None
        )
        try:
            supervisor.start()
            yield BrokenCity(made, city, CityBreaking(made, city, intake), supervisor, hooks)
        finally:
            city.stop()
            supervisor.stop()
            forget(IN_PROCESS)
