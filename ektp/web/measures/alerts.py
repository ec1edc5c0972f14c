"""What Prometheus reads of the watch: alerts, letters, and whether anybody looks at all."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.alerts import last_look, messages_by_state, mutes, open_by_rule
from workflows.telling import severity_of


def alert_measures(connection: Connection) -> Iterator[GaugeMetricFamily]:
    """Count open alerts by rule, mutes and messages; tell when somebody last looked, and the queues as seen then."""
    raised = GaugeMetricFamily("ektp_alerts_open", "Open alerts by rule", labels=("rule",))
    severities = dict[str, int]()
    for rule, count in open_by_rule(connection).items():
        raised.add_metric((rule,), count)
        severity = severity_of(rule).value
        severities[severity] = severities.get(severity, 0) + count
    yield raised
    by_severity = GaugeMetricFamily("ektp_alerts_severity", "Open alerts by severity", labels=("severity",))
    for severity, count in severities.items():
        by_severity.add_metric((severity,), count)
    yield by_severity
    yield GaugeMetricFamily("ektp_alert_mutes", "Mutes that are in force", value=len(mutes(connection)))
    told = GaugeMetricFamily("ektp_alert_messages", "Messages about alerts by state", labels=("state",))
    for state, count in messages_by_state(connection).items():
        told.add_metric((state,), count)
    yield told
    looked, recounted, queues = last_look(connection)
    yield _age("ektp_watch_age_seconds", "Since somebody looked at everything", looked)
    yield _age("ektp_recount_age_seconds", "Since the counts were compared with what is there", recounted)
    yield from _of_the_queues(queues)


def _age(name: str, what: str, seconds: float | None) -> GaugeMetricFamily:
    """Return an age; what never happened is endlessly long ago."""
    return GaugeMetricFamily(name, what, value=float("inf") if seconds is None else round(seconds, 1))


def _of_the_queues(queues: dict[str, Any]) -> Iterator[GaugeMetricFamily]:
    ready = GaugeMetricFamily("ektp_queue_ready", "Messages that waited at the last look", labels=("queue",))
    readers = GaugeMetricFamily("ektp_queue_consumers", "Consumers at the last look", labels=("queue",))
    for queue, (waiting, reading) in queues.items():
        ready.add_metric((queue,), waiting)
        readers.add_metric((queue,), reading)
    yield from (ready, readers)
