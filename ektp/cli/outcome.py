"""What a scenario reports at its end: as a table for people, as JSON for scripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ektp.cli.screen import print_table

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.simulation.city import City


class Told(Protocol):
    """What came of a scenario."""

    @property
    def key(self) -> str:
        """The key under which scripts find it."""

    def told(self) -> dict[str, Any]:
        """Return it for scripts."""

    def table(self) -> tuple[Sequence[str], list[Sequence[object]]]:
        """Return a head and the rows of the table for people."""

    def words(self) -> list[str]:
        """Return what stands under the table."""


def outcome_of(made: "Parts", city: "City") -> Told | None:
    """Return what became of everybody in this run, None for a scenario that does not report. Raises StoreAway."""
    scenario = city.town.scenario
    if scenario.backlog is not None:
        from ektp.cli.backlog import paid_off

        return paid_off(made, scenario.regency, scenario.backlog)
    if scenario.report is None:
        return None
    from uuid import UUID

    from ektp.reading.clocks import Clocks
    from ektp.reading.paths import paths
    from ektp.reading.snapshot import snapshot

    everybody = [UUID(application) for application in city.town.people]
    with snapshot(made.engine) as connection:
        now = Clocks(connection, made.keeping).now
        return scenario.report(city.town.troubles, paths(connection, made.keeping, everybody), now)


def print_outcome(outcome: Told | None) -> None:
    """Print the table, if there is one."""
    if outcome is not None:
        print()
        print_table(*outcome.table())
        print("\n".join(outcome.words()))


def written(outcome: Told | None) -> dict[str, Any]:
    """Return it under its key for scripts, nothing if there is none."""
    return {} if outcome is None else {outcome.key: outcome.told()}
