"""What the journal counts for the stations' days: each recording on the day of its office, whoever sent it when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from consumers.entry import Entry
    from workflows.timekeeping import Timekeeping

RECORDED: Final = "recorded"
CLOSED: Final = "station-day-closed"
RECORDED_ON: Final = "recorded-on"  #: The kind of the count; the watch gathers it into the days of the stations.


def recorded_on(entry: Entry, keeping: Timekeeping) -> tuple[str, str, str]:
    """Return under what to count a recording that was taken in: office, kind, and station/date."""
    office = entry.fact.office or ""
    return office, RECORDED_ON, f"{entry.station}/{keeping.calendar(office).date_of(entry.time)}"
