"""The whole compensation with real processes, killed at every failpoint: it goes on and ends once."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from consumers.failpoints import NAMES
from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.e2e.saga import Card, City, Crew

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SETTLES: Final = 300  # seconds; a process takes twelve to start where others want the machine
#: Which process dies at which lines, one after the other; a step's only where it waits for an answer.
KILLS: Final = {
    "consume": ("intake-after-apply", "journal-before-commit", "journal-after-commit"),
    "relay": ("relay-before-publish", "relay-after-publish", "relay-after-mark"),
    "worker": (
        "sweeper-after-claim",
        "step-after-claim:await-answer",
        "step-after-work:await-answer",
        "journal-before-commit",
        "journal-after-commit",
        "step-after-report:await-answer",
        "step-before-finish:await-answer",
        "step-after-finish:await-answer",
    ),
    "beat": ("schedule-after-insert", "schedule-after-send:await-answer"),
}
MOST: Final = 12  # rounds
# No part of a saga; their own tests kill there.
ELSEWHERE: Final = {
    "allocator-after-save",
    "repair-after-batch",
    "replay-after-publish",
    "message-before-send",
    "message-after-send",
}
#: What leaves and what comes, for a blanko whose print is voided and for a card that is destroyed.
ASKED: Final = (
    Counter({"delete-central-record": 2, "invite-resident": 1, "print-card": 1, "void-print": 1}),
    Counter({"print-card": 1, "destroy-card": 1, "invite-resident": 1}),
)
CAME: Final = (
    Counter({
        "recorded": 2, "verification-failed": 1, "deadline-passed": 1, "central-record-deleted": 1,
        "resident-invited": 1, "data-verified": 1, "blanko-allocated": 1, "application-cancelled": 1, "print-voided": 1,
    }),
    Counter({
        "recorded": 1, "data-verified": 1, "blanko-allocated": 1, "printed": 1, "central-record-deleted": 1,
        "card-destroyed": 1, "resident-invited": 1, "application-cancelled": 1,
    }),
)  # fmt: skip


@pytest.fixture
def city(pipeline: Pipeline) -> Iterator[City]:
    """Give a city on the pipeline's broker and store."""
    with closing(City(pipeline)) as made:
        yield made


def test_killed_at_every_failpoint_the_saga_goes_on_and_ends_once(
    pipeline: Pipeline, city: City, tmp_path: Path, eventually: Eventually, figures: Figures
) -> None:
    """Each round a blanko is called back, a card destroyed, a silence noticed; each process dies at its next line."""
    every = [(process, failpoint) for process, failpoints in KILLS.items() for failpoint in failpoints]
    assert {failpoint.split(":")[0] for _, failpoint in every} >= set(NAMES) - ELSEWHERE
    crew = Crew(pipeline, tmp_path, KILLS)
    rounds: list[tuple[Card, Card, Card]] = []
    while crew.left and len(rounds) < MOST:
        began, before = time.monotonic(), len(crew.deaths)
        first = 9200 + 3 * len(rounds)
        cards = Card(first, "failed"), Card(first + 1, "printed"), Card(first + 2, "settled")
        rounds.append(cards)
        city.begin(*cards)

        def over(cards: tuple[Card, Card, Card] = cards) -> bool:
            city.listen()
            crew.revive()
            return city.is_over(*cards)

        eventually(over, SETTLES)
        took = time.monotonic() - began
        for process, failpoint, at in crew.deaths[before:]:
            figures(f"{process:8} {failpoint:32} killed after {at - began:5.1f} s, ended after {took:5.1f} s")
    assert sorted(death[:2] for death in crew.deaths) == sorted(every)
    city.pass_days(60)
    eventually(lambda: city.waits() == 0, SETTLES)
    for *called_back, settled in rounds:
        assert [city.told(card) for card in called_back] == list(zip(ASKED, CAME, strict=True))
        asked, came = city.told(settled)
        times = asked["resend-packet"]
        # Two of its deadlines passed at once; whether the answer came before the second is chance.
        assert times in (1, 2)
        assert (asked, came) == (
            Counter({"resend-packet": times}),
            Counter({"recorded": 1, "application-cancelled": times}),
        )
    assert pipeline.ask("verify")["ok"]
    figures(f"{len(every)} kills, {3 * len(rounds)} sagas ended once, {city.redelivered} requests delivered twice")
