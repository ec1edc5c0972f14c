"""The counts of the board against kill -9: at no moment is one of them another than what is there."""

import os
import random
from contextlib import closing
from typing import Final

import pytest

from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.e2e.recount import Recount, messages

SEED: Final = int(os.environ.get("EKTP_TEST_RECOUNT_SEED") or random.SystemRandom().randrange(2**32))
PARTS: Final = 5
EVENTS: Final = 4000  # of each part


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_count_is_ever_wrong_while_consumers_are_killed(pipeline: Pipeline, figures: Figures) -> None:
    """20,000 events with duplicates, rivals and rubbish in disorder; each taken in once, every tally as recounted."""
    figures(f"recount: seed {SEED} (EKTP_TEST_RECOUNT_SEED)")
    chance = random.Random(SEED)
    with closing(Recount(pipeline, chance)) as recount:
        for _ in range(PARTS):
            recount.let_through(messages(EVENTS, chance))
        figures(
            f"  {recount.different} messages, {recount.kills} kills, {recount.repeated} came again; "
            f"{recount.counts} counts compared at {recount.moments} moments, drift {recount.drift}"
        )
        assert (recount.drift, recount.examples) == (0, [])
    assert recount.kills >= PARTS
    assert recount.different >= PARTS * EVENTS
