"""Whether a scenario can be played in a store, and by the rules of a configuration."""

from typing import TYPE_CHECKING

from ektp.errors import WrongUse
from ektp.storage.simulated_clock import holds_real_applications, simulated_clock

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from ektp.config import Config
    from ektp.simulation.scenarios import Scenario


def admit(scenario: "Scenario", engine: "Engine", config: "Config", *, own: bool) -> None:
    """Raise WrongUse where it cannot be played; *own* is the embedded store, which is for trying out by its nature.

    Raises StoreAway.
    """
    if not own and holds_real_applications(engine):
        raise WrongUse("this store holds real applications: simulate in a store of its own")
    if scenario.builtin and config.office(scenario.regency).allocator != "builtin":
        raise WrongUse(f"`ektp up --scenario {scenario.name}` brings the rules that it needs; here they are others")
    lived = simulated_clock(engine)
    if scenario.backlog is not None and lived and scenario.not_before(lived.moment) is not scenario:
        raise WrongUse(
            f"scenario {scenario.name} begins in {scenario.start:%B %Y}, and here it is later: use another EKTP_HOME"
        )
