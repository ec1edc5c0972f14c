"""kill -9 of consumers and relays, again and again, while the events come in: nothing is lost, nothing is double."""

import os
import random
import time

import pytest

from tests.conftest import Eventually
from tests.e2e.accounts import AtRest, assert_all_told, rows
from tests.e2e.conftest import Figures
from tests.e2e.killer import Killer, storm
from tests.e2e.pipeline import Pipeline, batches
from tests.e2e.station import Station, scattered
from tests.e2e.tap import Tap
from tests.histories import happy, recorded_again
from tests.servers.rabbit import PrivateRabbit

SECONDS = float(os.environ.get("EKTP_TEST_STORM_SECONDS", "300"))
SEED = int(os.environ.get("EKTP_TEST_STORM_SEED", "") or random.SystemRandom().randrange(2**32))
RATE = 200  # events a second
FULL = 300  # seconds of the storm of which so many kills are asked
ENOUGH = 40
AGAIN = 0.1  # of the cards are recorded twice: eight events in place of five


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 400)
def test_forty_kills_that_matter_lose_nothing_and_double_nothing(
    pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually, figures: Figures
) -> None:
    """Every card is collected, each event is in history once, every notice came, first deliveries in order."""
    figures(f"kill storm: seed {SEED} (EKTP_TEST_STORM_SEED), {SECONDS:g} s at {RATE} events a second")
    chance = random.Random(SEED)
    cards = int(RATE * SECONDS / (5 + 3 * AGAIN) / 1.05)
    histories = [recorded_again() if chance.random() < AGAIN else happy() for _ in range(cards)]
    letters = scattered(histories, SECONDS, chance)
    with Tap(pipeline.broker_url) as tap:
        pipeline.start_all("consume", "consume", "relay", "relay")
        killer = Killer(pipeline, rabbit, tap, chance)
        with Station(pipeline.broker_url, letters, RATE) as station:
            storm(killer, pipeline, chance, time.monotonic() + SECONDS)
            eventually(lambda: station.done, 60)
        stormy = time.monotonic()
        eventually(AtRest(pipeline, len(histories)), 120)
        drained = time.monotonic() - stormy
        eventually(lambda: tap.came() == rows(pipeline, NOTICES)[0][0], 30)

        figures(f"  {killer.figures('consume')}, {killer.figures('relay')}; {killer.redeliveries()} redeliveries")
        known = sum(batch["repeated"] for name in ("consume-1", "consume-2") for batch in batches(pipeline[name]))
        figures(f"  {len(letters)} messages of {len(histories)} cards, {known} of them known when they came; "
                f"{tap.came()} notices, {len(tap.twice())} sent twice; at rest {drained:.1f} s after the storm")  # fmt: skip
        assert station.confirmed == len(letters)
        assert pipeline.all_alive()
        assert_all_told(pipeline, tap, histories)
        assert killer.unsettled <= tap.twice(), "what a killed relay had not settled was not sent again"
    assert killer.counted >= int(ENOUGH * min(SECONDS / FULL, 1))


NOTICES = "select count(*) from outbox where exchange = 'ektp.notices'"
