"""The queues for print as measures."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.overdue import tallied
from ektp.reading.print_queue import stopped, waiting_by_lane
from ektp.storage.stock.printers import PRINTER_FAILS
from workflows.timekeeping import Timekeeping


def queue_measures(connection: Connection, keeping: Timekeeping) -> Iterator[GaugeMetricFamily]:
    """Count who waits, where nothing is given out, and printers that spoil too many blanko."""
    waiting = GaugeMetricFamily("ektp_queue_waiting", "Who waits for a blanko", labels=("office", "lane"))
    for office, lane, count in waiting_by_lane(connection):
        waiting.add_metric((office, lane), count)
    halted = GaugeMetricFamily(
        "ektp_queue_stopped", "Offices where somebody waits and nothing is given out", labels=("office", "because")
    )
    for office, why in stopped(connection, keeping):
        halted.add_metric((office, why), 1)
    failing = GaugeMetricFamily(
        "ektp_printer_alarms", "Days on which a printer spoiled too many blanko", labels=("office",)
    )
    alarms: dict[str, int] = {}
    for office, _, count in tallied(connection, PRINTER_FAILS):
        alarms[office] = alarms.get(office, 0) + count
    for office, count in alarms.items():
        failing.add_metric((office,), count)
    yield from (waiting, halted, failing)
