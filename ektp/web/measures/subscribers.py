"""The subscribers as measures, as the watch saw them last."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection

from ektp.reading.subscribers import subscribers


def subscriber_measures(connection: Connection) -> Iterator[GaugeMetricFamily]:
    """Tell of each what waits for it and for how long; what nobody knows is left out, and never 0."""
    lag = GaugeMetricFamily("ektp_subscriber_lag", "Notices that wait for a subscriber", labels=("subscriber",))
    age = GaugeMetricFamily(
        "ektp_subscriber_oldest_age_seconds", "Since the oldest of them was sent", labels=("subscriber",)
    )
    paused = GaugeMetricFamily("ektp_subscriber_paused", "Whether it is paused", labels=("subscriber",))
    for one in subscribers(connection):
        name = (one["subscriber"],)
        paused.add_metric(name, one["paused"] is not None)
        if one["lag"] is not None:
            lag.add_metric(name, one["lag"])
        if one["oldest_age"] is not None:
            age.add_metric(name, one["oldest_age"])
    yield from (lag, age, paused)
