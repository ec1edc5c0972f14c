"""The stations as measures: counts only, for there are thousands of stations."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.alerts import open_by_rule
from ektp.reading.stations import station_counts
from workflows.stations import SILENT


def station_measures(connection: Connection) -> Iterator[GaugeMetricFamily]:
    """Count stations, and what they say to hold."""
    counted, silent = station_counts(connection), open_by_rule(connection)[SILENT]
    yield GaugeMetricFamily("ektp_stations_registered", "Accounts that may send", value=counted["registered"])
    yield GaugeMetricFamily("ektp_stations_seen", "Stations that ever sent something", value=counted["seen"])
    yield GaugeMetricFamily("ektp_stations_silent", "Stations that went silent", value=silent)
    yield GaugeMetricFamily("ektp_station_unsent", "Events that stations say to hold", value=counted["unsent"])
