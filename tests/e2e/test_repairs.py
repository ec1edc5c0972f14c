"""A repair as a worker runs it, killed where it hurts: each item counted once, each event taken in once."""

import json
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline, Process
from tests.parking_town import PATCH, misspelt

pytestmark = pytest.mark.slow
ITEMS = 400
SETTLES = 60  # seconds
CELERY = (sys.executable, "-m", "celery", "-A", "tests.e2e.step_kinds")
DEADLY = ("journal-before-commit", "journal-after-commit", "repair-after-batch", "step-before-finish")


class Yard:
    """A pipeline with many items parked, and workers that may be told where to die."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline, self._folder = pipeline, folder

    def start(self, name: str, *words: str, **environment: str) -> Process:
        """Start a program of Celery."""
        given = {**self.pipeline.environment, "EKTP_TEST_FOLDER": str(self._folder), **environment}
        return self.pipeline.start_foreign(name, [*CELERY, *words], given, self._folder / f"{name}.out")

    def worker(self, name: str, **environment: str) -> Process:
        """Start a worker."""
        return self.start(name, "worker", "-P", "threads", "--concurrency=2", **environment)

    def set_going(self, events: list[dict[str, Any]], *words: str) -> str:
        """Park events, plan their repair, let somebody else approve it and set it going; return its id."""
        lines = "\n".join(map(json.dumps, events)).encode()
        self.pipeline.run("apply", "-", stdin=lines)
        patch = self._folder / "patch.json"
        patch.write_text(json.dumps(PATCH))
        plan = ("parked", "plan", "--reason", "bad-data", "--patch", str(patch), "--because", "a test", *words)
        name = str(self.pipeline.ask(*plan, "--by", "maker")["repair"])
        self.pipeline.ask("parked", "approve", name, "--by", "checker")
        self.pipeline.ask("parked", "run", name, "--by", "maker")
        return name

    def counts(self, repair: str) -> dict[str, int]:
        """Return how many items are in each state, and how many events were taken in."""
        with psycopg.connect(self.pipeline.database_url) as connection:
            rows = connection.execute(
                "select state, count(*) from repair_items where repair = %s group by 1"
                " union all select 'history', count(*) from history",
                [repair],
            )
            return dict(rows.fetchall())

    def state(self, repair: str) -> str:
        """Return how it stands."""
        with psycopg.connect(self.pipeline.database_url) as connection:
            row = connection.execute("select state from repairs where id = %s", [repair]).fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture
def yard(pipeline: Pipeline, tmp_path: Path) -> Yard:
    """Give a store and a broker made ready, and nothing running."""
    folder = tmp_path / "repairs"
    folder.mkdir()
    return Yard(pipeline, folder)


@pytest.mark.parametrize("place", DEADLY)
def test_a_repair_is_exact_though_its_worker_is_killed(
    yard: Yard, place: str, tmp_path: Path, figures: Figures, eventually: Eventually
) -> None:
    """Before the commit, after it, between two batches, and around the end of its step."""
    repair = yard.set_going([misspelt() for _ in range(ITEMS)])
    once = {"EKTP_FAILPOINT": place, "EKTP_FAILPOINT_ONCE": str(tmp_path / "once")}
    if place.startswith("step-"):
        once["EKTP_FAILPOINT"] = f"{place}:repair"
    dying = yard.worker("dying", **once)
    yard.start("beat", "beat")
    eventually(lambda: not dying.alive, SETTLES)
    before = yard.counts(repair)
    assert before.get("fixed", 0) == before["history"], "an effect and its count are one"
    yard.worker("second")
    eventually(lambda: yard.state(repair) == "done", SETTLES)
    assert yard.counts(repair) == {"fixed": ITEMS, "history": ITEMS}
    told = yard.pipeline.ask("parked", "status", repair)
    assert (told["counts"]["fixed"], told["counts"]["waiting"]) == (ITEMS, 0)
    assert yard.pipeline.ask("summary")["events"] == {
        "applied": ITEMS, "repeated": 0, "held": 0, "superseded": 0, "parked": 0,
    }  # fmt: skip
    assert yard.pipeline.ask("verify")["ok"]
    figures(f"a repair of {ITEMS}, killed at {place} with {before['history']} done: each fixed once")


def test_workers_killed_again_and_again_count_each_item_once(
    yard: Yard, figures: Figures, eventually: Eventually
) -> None:
    """At any moment, without a failpoint; a rate that lets the kills fall into the middle of it."""
    repair = yard.set_going([misspelt() for _ in range(ITEMS)], "--rate", "60")
    yard.start("beat", "beat")
    kills = 0
    for number in range(4):
        worker = yard.worker(f"worker-{number}")
        done = yard.counts(repair).get("fixed", 0)
        eventually(lambda done=done: yard.counts(repair).get("fixed", 0) > done, SETTLES)
        if yard.state(repair) == "done":
            break
        worker.kill()
        kills += 1
    yard.worker("last")
    eventually(lambda: yard.state(repair) == "done", SETTLES)
    assert yard.counts(repair) == {"fixed": ITEMS, "history": ITEMS}
    assert yard.pipeline.ask("verify")["ok"]
    assert kills >= 2
    figures(f"a repair of {ITEMS} at 60 a second, its worker killed {kills} times: each fixed once")
