"""What Prometheus reads of the stock: counts by office, never a serial."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.stock import stock
from workflows.clock import Timekeeping


def of_the_stock(connection: Connection, keeping: Timekeeping) -> Iterator[GaugeMetricFamily]:
    """Count blanko by place, loans, supplies, and say what is below its reorder point."""
    blanko = GaugeMetricFamily("ektp_blanko", "Blanko by office and place", labels=("office", "place"))
    loans = GaugeMetricFamily("ektp_loans", "What another office owes", labels=("office", "other", "what"))
    pieces = GaugeMetricFamily("ektp_supplies", "Pieces of a supply in store", labels=("office", "supply"))
    cards = GaugeMetricFamily(
        "ektp_supply_cards_left", "Cards that a loaded supply is good for", labels=("office", "printer", "supply")
    )
    low = GaugeMetricFamily("ektp_stock_low", "Whether it is below its reorder point", labels=("office", "what"))
    for one in stock(connection, keeping):
        office = one["office"]
        for place, count in one["places"].items():
            blanko.add_metric((office, place), count)
        for other, count in one["loans"].items():
            loans.add_metric((office, other, "blanko"), count)
        for other, owed in one["supply_loans"].items():
            for supply, count in owed.items():
                loans.add_metric((office, other, supply), count)
        for supply, count in one["supplies"].items():
            pieces.add_metric((office, supply), count)
        for printer, left in one["printers"].items():
            for supply, count in left.items():
                cards.add_metric((office, printer, supply), count)
        for what in one["reorder"]:
            low.add_metric((office, what), what in one["low"])
    yield from (blanko, loans, pieces, cards, low)
