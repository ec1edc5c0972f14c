"""What Prometheus reads: the store's counts as of the scrape, and this process's own requests."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine

from consumers.errors import StoreAway
from consumers.outcome import OutcomeKind
from consumers.tallies import SECURITY
from ektp.reading.board import states_by_office
from ektp.reading.errors import NotMigrated
from ektp.reading.open_ends import held_by_cause
from ektp.reading.overdue import oldest_overdue_by_state, tallied
from ektp.reading.parking import parked_groups
from ektp.reading.queues import outbox
from ektp.reading.snapshot import snapshot
from ektp.reading.steps import steps_by_kind
from ektp.reading.summary import summary
from ektp.web.measures.alerts import alert_measures
from ektp.web.measures.queues import queue_measures
from ektp.web.measures.stations import station_measures
from ektp.web.measures.stock import of_the_stock
from ektp.web.measures.subscribers import subscriber_measures
from schemas.violations import Violation
from workflows.timekeeping import Timekeeping


class Measures:
    """The measures of one process; labels are states, offices, reasons, routes: never anything of a person."""

    def __init__(self, engine: Engine, keeping: Timekeeping) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_StoreCounts(engine, keeping))
        self._requests = Counter(
            "ektp_http_requests", "Requests answered", ("route", "method", "status"), registry=self._registry
        )

    def answered(self, route: str, method: str, status: int) -> None:
        """Count a request by the pattern of its route; its own path may hold anything."""
        self._requests.labels(route, method, str(status)).inc()

    def written(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _StoreCounts(Collector):
    """Reads the store in one snapshot for each scrape; says `ektp_store_up 0` and no counts where it is away."""

    def __init__(self, engine: Engine, keeping: Timekeeping) -> None:
        self._engine = engine
        self._keeping = keeping

    def describe(self) -> list[Any]:
        """Name nothing beforehand: registering must not ask the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the counts."""
        try:
            with snapshot(self._engine) as connection:
                families = [
                    *_families(connection),
                    _security(connection),
                    *_of_the_clock(connection, self._keeping),
                    *queue_measures(connection, self._keeping),
                    *of_the_stock(connection, self._keeping),
                    *station_measures(connection),
                    *alert_measures(connection),
                    *subscriber_measures(connection),
                ]
        except (StoreAway, NotMigrated):
            families = []
        yield GaugeMetricFamily("ektp_store_up", "Whether the store answered", value=1 if families else 0)
        yield from families


def _families(connection: Connection) -> Iterator[GaugeMetricFamily]:
    applications = GaugeMetricFamily(
        "ektp_applications", "Applications by state and office", labels=("state", "office")
    )
    for office, state, count in states_by_office(connection):
        applications.add_metric((state, office), count)
    yield applications
    told = summary(connection)["events"]
    events = GaugeMetricFamily("ektp_events", "Events by what became of them", labels=("outcome",))
    for kind in OutcomeKind:
        events.add_metric((kind.value,), told[kind.value])
    yield events
    held = GaugeMetricFamily("ektp_held", "Events that wait for another, by what is the matter", labels=("cause",))
    for cause, count in held_by_cause(connection).items():
        held.add_metric((cause,), count)
    yield held
    waiting = outbox(connection)
    yield GaugeMetricFamily("ektp_outbox_pending", "Letters that wait to leave", value=waiting["pending"])
    yield GaugeMetricFamily(
        "ektp_outbox_oldest_age_seconds", "Age of the oldest letter that waits", value=waiting["oldest_age"] or 0.0
    )
    parked = GaugeMetricFamily("ektp_parked_open", "Parked items that wait for a person", labels=("reason",))
    for group in parked_groups(connection):
        parked.add_metric((group["reason"],), group["open"])
    yield parked
    steps = GaugeMetricFamily("ektp_steps", "Steps that are not done by kind and state", labels=("kind", "state"))
    for name, state, count in steps_by_kind(connection):
        steps.add_metric((name, state), count)
    yield steps


def _security(connection: Connection) -> CounterMetricFamily:
    """Count by broken rule; those that nobody broke are there with 0, so that the first one is an increase."""
    told = {key: count for _, key, count in tallied(connection, SECURITY)}
    family = CounterMetricFamily(
        "ektp_security_events",
        "Events that their sender may not say, by the rule that was broken",
        labels=("violation",),
    )
    for violation in Violation:
        family.add_metric((violation.value,), told.get(violation, 0))
    return family


def _of_the_clock(connection: Connection, keeping: Timekeeping) -> Iterator[GaugeMetricFamily]:
    """Count what is overdue, and what was done by itself because of it."""
    overdue = GaugeMetricFamily("ektp_overdue", "Open applications with a deadline that passed", labels=("state",))
    oldest = GaugeMetricFamily(
        "ektp_overdue_oldest_days", "Working days since the oldest of them was recorded", labels=("state",)
    )
    for state, (count, age) in oldest_overdue_by_state(connection, keeping).items():
        overdue.add_metric((state,), count)
        oldest.add_metric((state,), age)
    yield from (overdue, oldest)
    passed = GaugeMetricFamily("ektp_deadlines_passed", "Deadlines that passed, by name", labels=("deadline",))
    for _, name, count in tallied(connection, "deadline"):
        passed.add_metric((name,), count)
    remedies = GaugeMetricFamily("ektp_remedies", "Requests to mend something", labels=("request", "outcome"))
    for _, key, count in tallied(connection, "remedy"):
        remedies.add_metric(key.split(":"), count)
    spread = GaugeMetricFamily("ektp_deadlines_spread", "Deadlines that had to wait for a minute", labels=("office",))
    for office, _, count in tallied(connection, "spread"):
        spread.add_metric((office,), count)
    letters = GaugeMetricFamily("ektp_sukets", "Letters by what became of them", labels=("office", "what"))
    for office, what, count in tallied(connection, "suket"):
        letters.add_metric((office, what), count)
    yield from (passed, remedies, spread, letters)
