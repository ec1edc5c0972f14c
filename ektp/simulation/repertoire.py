"""The repertoire: which scenarios there are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ektp.simulation.errors import NoSuchScenario
from ektp.simulation.scenarios import CITY, JEMPUT_BOLA, STUCK_MONTH, WEEK, Scenario
from ektp.simulation.semarang import SEMARANG

SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {one.name: one for one in (CITY, WEEK, STUCK_MONTH, JEMPUT_BOLA, SEMARANG)}
)


def scenario(name: str) -> Scenario:
    """Return the scenario of a name. Raises NoSuchScenario."""
    if name not in SCENARIOS:
        raise NoSuchScenario(name, ", ".join(SCENARIOS))
    return SCENARIOS[name]
