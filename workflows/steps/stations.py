"""The step that watches the stations: what they went silent about is said before anybody asks."""

from workflows.ports import StationWatch
from workflows.steps.step import Done, Remark


def watch_stations(stations: StationWatch) -> Done:
    """Tell of every alert that is new since the last look."""
    return Done(remarks=tuple(
        Remark("station-alert", {"rule": rule, "about": about}) for rule, about in stations.watch()
    ))  # fmt: skip
