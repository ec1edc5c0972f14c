"""A station that was offline for weeks comes back with all it has: nobody else notices."""

import time
from statistics import median, quantiles

import psycopg
import pytest

from tests.conftest import Eventually
from tests.e2e.accounts import violations
from tests.e2e.conftest import Figures
from tests.e2e.live_and_late import Live, fill_late
from tests.e2e.pipeline import Pipeline

BACKLOG = 50_000
LONGEST = 1.0  # second


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_fifty_thousand_late_events_of_one_station_delay_anothers_live_event_by_less_than_a_second(
    pipeline: Pipeline, figures: Figures, eventually: Eventually
) -> None:
    """With one consumer, from its first late event to the last; and the late ones go on meanwhile."""
    fill_late(pipeline.broker_url, BACKLOG)
    with psycopg.connect(pipeline.database_url, autocommit=True) as store:
        live = Live(pipeline.broker_url, store)
        pipeline.start_all("consume", "relay")
        eventually(live.taken_in, 30)  # what a process takes to come up is another matter
        began = time.monotonic()
        live.work(lambda: live.taken_in() >= BACKLOG, 150)
        live.close()
        seconds, late, taken = time.monotonic() - began, live.taken_in(), live.taken
    figures(
        f"fairness: {len(taken)} live events beside {BACKLOG:,} late ones took {median(taken):.3f} s (median), "
        f"{quantiles(taken, n=20)[-1]:.3f} s (p95), {max(taken):.3f} s (longest); {late / seconds:.0f} late events/s"
    )
    assert late == BACKLOG
    assert max(taken) < LONGEST
    assert pipeline.all_alive()
    assert violations(pipeline) == {}
