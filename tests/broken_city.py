"""A small city to be broken: the pipeline of `ektp up` in this process, but for beat and worker, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ektp.bootstrap import IN_PROCESS, Parts
from ektp.breaking.city_breaking import CityBreaking
from ektp.broker.in_process import forget
from ektp.city import city_on
from ektp.residents.residents import gateways_of, messages_on
from ektp.running.supervisor import Part, Supervisor
from ektp.simulation.city import City, Progress
from ektp.simulation.scenarios import Delivery
from ektp.verification.invariants import verify
from ektp.web.breaking import Broken, Kind
from tests.simulated import WEEK, StepLoop, Told
from tests.web_client import parts_on

SEED: Final = 7
#: Some fifteen people a day, and enough blanko.
TOWN: Final = replace(
    WEEK, days=10, people=1.0, watch=0, deliveries=(Delivery(0, 200), Delivery(5, 200)), offline=(), bugs=()
)


class Steps(StepLoop):
    """Beat and worker as a part, ready at once."""

    ready = True


@dataclass
class BrokenCity:
    """A city with what breaks it, and the parts of its pipeline; a hook is called after each slot."""

    made: Parts
    city: City
    breaking: CityBreaking
    hooks: list[Callable[[Progress], None]] = field(default_factory=list)

    def live(self, day: int, *kinds: Kind) -> dict[Kind, Broken]:
        """Break these when a day has begun, live until all of it is over, and return what is known then."""
        waiting = list(kinds)

        def go_on(progress: Progress) -> None:
            while waiting and progress.day == day:
                self.breaking.start(waiting.pop(0), "siti")
            if progress.day > day and all(map(self.breaking.may_start, kinds)):
                self.city.stop()

        self.hooks.append(go_on)
        self.city.run()
        return {one.kind: one for one in reversed(self.breaking.told().broken)}

    def wrong(self) -> list[str]:
        """Return what `ektp verify` finds."""
        return [f"{one.name}: {one.examples}" for one in verify(self.made.engine, self.made.keeping) if one.violations]


@contextmanager
def broken_city(url: str, home: Path) -> Iterator[BrokenCity]:
    """Give a city that has not begun to live, beside a pipeline that works."""
    hooks: list[Callable[[Progress], None]] = []

    def lived(progress: Progress) -> None:
        for hook in hooks:
            hook(progress)

    with parts_on(url, home) as plain, closing(replace(plain, in_process=True)) as made:
        made.declare_topology()
        intake, steps = (
            Part("intake", made.intake),
            Part("steps", lambda: Steps(made.engine, made.journal, Told(messages_on(made), gateways_of(made)))),
        )
        supervisor = Supervisor([intake, Part("mover", made.dead_letters), Part("relay", made.relay), steps])
        city = city_on(made, TOWN, SEED, progress=lived)
        try:
            supervisor.start()
            yield BrokenCity(made, city, CityBreaking(made, city, intake), hooks)
        finally:
            city.stop()
            supervisor.stop()
            forget(IN_PROCESS)
