"""What Prometheus reads of the stock: counts by office, never a serial."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.overdue import tallied
from ektp.reading.stock import stock
from workflows.supplies import printer_of
from workflows.timekeeping import Timekeeping


def of_the_stock(connection: Connection, keeping: Timekeeping) -> Iterator[GaugeMetricFamily]:
    """Count blanko by place, loans, supplies, and say what is below its reorder point."""
    told = stock(connection, keeping)
    yield from (_blanko(told), _loans(told), *_supplies(told))
    low = GaugeMetricFamily("ektp_stock_low", "Whether it is below its reorder point", labels=("office", "what"))
    for one in told:
        for what in one["reorder"]:
            low.add_metric((one["office"], what), what in one["low"])
    yield low
    differences = GaugeMetricFamily(
        "ektp_supply_differences", "Cards or pieces used beyond what the count had left", labels=("office", "supply")
    )
    for (office, supply), count in _differences(connection).items():
        differences.add_metric((office, supply), count)
    yield differences


def _blanko(told: list[dict[str, Any]]) -> GaugeMetricFamily:
    blanko = GaugeMetricFamily("ektp_blanko", "Blanko by office and place", labels=("office", "place"))
    for one in told:
        for place, count in one["places"].items():
            blanko.add_metric((one["office"], place), count)
    return blanko


def _loans(told: list[dict[str, Any]]) -> GaugeMetricFamily:
    loans = GaugeMetricFamily("ektp_loans", "What another office owes", labels=("office", "other", "what"))
    for one in told:
        for other, count in one["loans"].items():
            loans.add_metric((one["office"], other, "blanko"), count)
        for other, owed in one["supply_loans"].items():
            for supply, count in owed.items():
                loans.add_metric((one["office"], other, supply), count)
    return loans


def _supplies(told: list[dict[str, Any]]) -> Iterator[GaugeMetricFamily]:
    pieces = GaugeMetricFamily("ektp_supplies", "Pieces of a supply in store", labels=("office", "supply"))
    cards = GaugeMetricFamily(
        "ektp_supply_cards_left", "Cards that a loaded supply is good for", labels=("office", "printer", "supply")
    )
    for one in told:
        for supply, count in one["supplies"].items():
            pieces.add_metric((one["office"], supply), count)
        for printer, left in one["printers"].items():
            for supply, count in left.items():
                cards.add_metric((one["office"], printer, supply), count)
    yield from (pieces, cards)


def _differences(connection: Connection) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for office, key, count in tallied(connection, "supply-difference"):
        found[office, printer_of(key)[0]] += count
    return found
