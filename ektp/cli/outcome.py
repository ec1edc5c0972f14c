"""What a scenario reports at its end: as a table for people, as JSON for scripts."""

from typing import TYPE_CHECKING, Any

from ektp.cli.screen import print_table

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.simulation.city import City
    from ektp.simulation.outcome import Outcome


def outcome_of(made: "Parts", city: "City") -> "Outcome | None":
    """Return what became of everybody in this run, None for a scenario that does not report. Raises StoreAway."""
    report = city.town.scenario.report
    if report is None:
        return None
    from uuid import UUID

    from ektp.reading.clocks import Clocks
    from ektp.reading.paths import paths
    from ektp.reading.snapshot import snapshot

    everybody = [UUID(application) for application in city.town.people]
    with snapshot(made.engine) as connection:
        now = Clocks(connection, made.keeping).now
        return report(city.town.troubles, paths(connection, made.keeping, everybody), now)


def print_outcome(outcome: "Outcome | None") -> None:
    """Print the table, if there is one."""
    if outcome is not None:
        print()
        print_table(*outcome.table())
        print("\n".join(outcome.words()))


def written(outcome: "Outcome | None") -> dict[str, Any]:
    """Return it under its key for scripts, nothing if there is none."""
    return {} if outcome is None else {"outcome": outcome.told()}
