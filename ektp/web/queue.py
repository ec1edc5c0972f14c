"""The queues for print over HTTP and as measures."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection
from starlette.requests import Request

from ektp.reading.overdue import tallied
from ektp.reading.print_queue import queues, stopped, waiting_by_lane
from ektp.storage.printers import PRINTER_FAILS
from ektp.web.asking import Asker
from ektp.web.errors import NotAsked
from ektp.web.web import web_of
from schemas.places import is_office
from workflows.clock import Timekeeping

router = APIRouter(prefix="/api/v1", tags=["reading"], responses={401: {"description": "No token, no session"}})


@router.get("/queue")
def queue(
    request: Request,
    account: Asker,
    office: Annotated[str | None, Query(description="Only that of the office which prints for this one")] = None,
) -> list[dict[str, Any]]:
    """Tell who waits for a blanko: lanes, the next of each office and why, and why nothing is given out."""
    if office is not None and not is_office(office):
        raise NotAsked("office is the code of a regency or a kecamatan")
    web = web_of(request)
    with web.snapshot() as connection:
        return queues(connection, web.parts.keeping, office, account.offices)


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
