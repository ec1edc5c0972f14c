"""A town without luck, in which nothing happens by itself: for tests of those who live in it."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ektp.simulation.heard import Agent, Heard
from ektp.simulation.people import Resident
from ektp.simulation.scenarios import CITY, Line, Residents, Scenario
from ektp.simulation.town import Town

STILL: Scenario = replace(
    CITY,
    days=0,
    deliveries=(),
    offline=(),
    bugs=(),
    line=Line(doubled=0, delayed=0),
    residents=Residents(0, 0, 0, 0, 0, 0),
    printers=replace(CITY.printers, spoils=0),
    centre=replace(CITY.centre, verdicts=MappingProxyType({"verified": 1}), reports=0, forgets=0),
)


class Quiet:
    """A town in which one agent is watched."""

    def __init__(self, scenario: Scenario = STILL, seed: int = 1) -> None:
        self.town = Town(scenario, seed)

    def resident(self, office: str = "33.74.10") -> Resident:
        """Let somebody come."""
        return self.town.people.come(office)

    def tell(self, agent: Agent, name: str, resident: Resident, **data: Any) -> None:
        """Let an agent hear something about a resident."""
        known = {field.rstrip("_"): value for field, value in data.items()}
        agent.ears[name](Heard(name, resident.application, 1, known))

    def pass_days(self, days: int = 60) -> list[Mapping[str, Any]]:
        """Let so many working days pass; return the events that were said, in their order."""
        said = []
        until = self.town.days.later(self.town.now, days * self.town.days.minutes)
        while (act := self.town.agenda.take(until)) is not None:
            self.town.now = act.moment
            saying = act.work(act.moment)
            if saying is not None:
                said.append(saying.event)
        self.town.now = until
        return said


def names(events: list[Mapping[str, Any]]) -> list[str]:
    """Return what was said, without by whom."""
    return [event["type"].split(".")[2] for event in events]


def data(events: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was said in particular."""
    return [event["data"] for event in events]
