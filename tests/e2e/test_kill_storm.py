"""kill -9 of consumers and relays, again and again, while the events come in: nothing is lost, nothing is double."""

import os
import random
import time
from itertools import pairwise
from typing import Final

import pytest

from tests.conftest import Eventually
from tests.e2e.accounts import AllHeard, AtRest, assert_all_told
from tests.e2e.conftest import Figures
from tests.e2e.killer import Killer
from tests.e2e.pipeline import Pipeline, batches
from tests.e2e.station import Station, scattered
from tests.e2e.tap import Tap
from tests.histories import History, happy, recorded_again

SECONDS: Final = float(os.environ.get("EKTP_TEST_STORM_SECONDS", "300"))
SEED: Final = int(os.environ.get("EKTP_TEST_STORM_SEED") or random.SystemRandom().randrange(2**32))
RATE: Final = 200  # events a second
FULL: Final = 300  # seconds of a storm of which so many kills are asked
ENOUGH: Final = 40
STARTS: Final = 5  # seconds in which a process is up on a machine that has time for it
AGAIN: Final = 0.1  # of the cards are recorded twice: eight events in place of five


def cards_for(seconds: float, chance: random.Random) -> list[History]:
    """Return as many cards as make the rate for so long, with the events that are doubled."""
    number = int(RATE * seconds / (5 + 3 * AGAIN) / 1.05)
    return [recorded_again() if chance.random() < AGAIN else happy() for _ in range(number)]


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 500)
def test_forty_kills_that_matter_lose_nothing_and_double_nothing(
    pipeline: Pipeline, eventually: Eventually, figures: Figures
) -> None:
    """Every card is collected, each event is in history once, every notice came, first deliveries in order."""
    figures(f"kill storm: seed {SEED} (EKTP_TEST_STORM_SEED), {SECONDS:g} s at {RATE} events a second")
    chance = random.Random(SEED)
    cards = cards_for(SECONDS, chance)
    letters = scattered(cards, SECONDS, chance)
    with Tap(pipeline.broker_url) as tap, Killer.over(pipeline, chance) as killer:
        with Station(pipeline.broker_url, letters, RATE) as station:
            killer.storm(SECONDS)
            eventually(lambda: station.done, 60)
        ended = time.monotonic()
        eventually(AtRest(pipeline, len(cards)), 180)
        drained = time.monotonic() - ended
        eventually(AllHeard(pipeline, tap), 30)

        figures(f"  {killer.figures('consume')}, {killer.figures('relay')}; {killer.counted} count")
        known = sum(batch["repeated"] for name in ("consume-1", "consume-2") for batch in batches(pipeline[name]))
        figures(
            f"  {len(letters)} messages of {len(cards)} cards, {killer.redelivered} redeliveries, {known} known when "
            f"they came; {tap.came()} notices, {len(tap.twice())} sent twice; at rest {drained:.1f} s after the storm; "
            f"longest start of a process {killer.longest_start:.1f} s"
        )
        assert station.confirmed == len(letters)
        assert pipeline.all_alive()
        assert_all_told(pipeline, tap, cards)
        pairs = [pair for moments in tap.twice().values() for pair in pairwise(moments)]
        assert [pair for pair in pairs if not killer.explains(*pair)] == [], "sent twice although no relay was killed"
    busy = max(killer.longest_start / STARTS, 1)  # a process that is not up yet is not killed
    assert killer.counted >= int(ENOUGH * min(SECONDS / FULL, 1) / busy)
