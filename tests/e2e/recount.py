"""Counts under fire: consumers are killed while they take events in, and what they have tallied is recounted."""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

from ektp.broker.batch_publisher import BatchPublisher, Dispatch
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import engine_for
from ektp.verification.conservation import counts_are_conserved
from tests.e2e.accounts import rows
from tests.e2e.pipeline import Pipeline, pause
from tests.histories import History, happy, recorded_again
from tests.orders import random_history

CREW: Final = ("consume-1", "consume-2")
START: Final = 30  # seconds in which a process is up again
STUCK: Final = 120  # seconds without anything taken in
EVERY: Final = 5.0  # seconds between two recounts
# Each message that came once, whatever became of it.
TAKEN: Final = "select coalesce(sum(delta), 0)::int from tallies where kind = 'event' and key <> 'repeated'"
REPEATED: Final = "select coalesce(sum(delta), 0)::int from tallies where kind = 'event' and key = 'repeated'"


def messages(count: int, chance: random.Random) -> list[Dispatch]:
    """Return about so many different messages, mixed up, one of twenty twice.

    Cards with and without trouble; one of fifty has the NIK and the blanko of another; one of a hundred is no event.
    """
    moments: list[tuple[float, Dispatch]] = []
    different, last = 0, 0
    while different < count:
        card = _card(chance, last)
        last, begun = card.number, chance.random()
        for step, event in enumerate(card.events):
            told = {**event, "id": str(uuid4()), "data": {}} if chance.random() < 0.01 else event
            times = 2 if chance.random() < 0.05 else 1
            moments += [(begun + 0.02 * step + chance.uniform(0, 0.05), _dispatch(told)) for _ in range(times)]
        different += len(card.events)
    return [one for _, one in sorted(moments, key=lambda moment: moment[0])]


def _card(chance: random.Random, last: int) -> History:
    match chance.random():
        case part if part < 0.1:
            return recorded_again()
        case part if part < 0.2:
            return random_history(chance.randrange(10**7, 2 * 10**7))
        case part if part < 0.22 and last:
            return happy(last)
        case _:
            return happy()


def _dispatch(event: dict[str, Any]) -> Dispatch:
    name, station = event["type"].split(".")[2], event["source"].rpartition("/")[2]
    return Dispatch(str(uuid4()), f"{name}.{station}", json.dumps(event).encode())


class Recount:
    """Two consumers of a pipeline, killed again and again; `drift` is how many counts were ever not what was there.

    `different` are the messages that came, each counted once, `moments` the snapshots in which `counts` were compared.
    """

    def __init__(self, pipeline: Pipeline, chance: random.Random) -> None:
        self._pipeline, self._chance = pipeline, chance
        self._engine = engine_for(pipeline.database_url, size=1)
        self._looked = time.monotonic()
        self.different = self.kills = self.moments = self.counts = self.drift = 0
        self.examples: list[str] = []
        pipeline.start_all("consume", "consume")

    def let_through(self, part: list[Dispatch]) -> None:
        """Send these, and kill one consumer after the other until all are taken in; at least one of them."""
        self.different += len({one.body for one in part})
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(BatchPublisher(self._pipeline.broker_url, window=1000, deadline=60).publish, part)
            for missing in self._missing():
                pause(self._chance.uniform(0.05, 2.0))
                self._kill(self._chance.choice(CREW))
                if time.monotonic() - self._looked >= EVERY or not missing:
                    self.compare()
        sent.result()
        self.compare()

    def compare(self) -> None:
        """Compare every tally with what is there, in one snapshot, while the consumers work on."""
        with snapshot(self._engine) as connection:
            (found,) = counts_are_conserved(connection, lambda _rows: None)
        self.moments, self.counts, self.drift = (
            self.moments + 1, self.counts + found.checked, self.drift + found.violations
        )  # fmt: skip
        self.examples += found.examples
        self._looked = time.monotonic()

    @property
    def repeated(self) -> int:
        """How often something came that was known."""
        return int(rows(self._pipeline, REPEATED)[0][0])

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    def _missing(self) -> Iterator[int]:
        """Yield how many are still missing, at least once, until none is; fail when that does not change."""
        before, since = -1, time.monotonic()
        while before:
            missing = self.different - int(rows(self._pipeline, TAKEN)[0][0])
            if missing != before:
                before, since = missing, time.monotonic()
            assert time.monotonic() - since < STUCK, f"{missing} messages do not come in"
            yield missing

    def _kill(self, name: str) -> None:
        self._pipeline[name].kill()
        self.kills += 1
        again = self._pipeline.start(name, "consume")
        pause(START, unless=lambda: again.up)
        assert again.up, f"{name} did not come up"
