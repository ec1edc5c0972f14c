"""Steps as anybody would run them: `celery worker` and `celery beat` as processes, killed where it hurts."""

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ektp.broker import topology
from ektp.storage.engine import engine_for, transaction
from ektp.storage.steps.steps import add_steps
from tests.amqp_client import Client
from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline, Process
from tests.e2e.step_kinds import LEASE
from tests.histories import History
from tests.servers.rabbit import PrivateRabbit
from workflows.steps.step import NewStep

pytestmark = pytest.mark.slow
CELERY = (sys.executable, "-m", "celery")
SETTLES = 40  # seconds


class Floor:
    """Celery's own programs on the pipeline's broker and store."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline, self._folder = pipeline, folder
        self._environment = {**pipeline.environment, "EKTP_TEST_FOLDER": str(folder)}

    def start(self, name: str, *words: str, module: str = "tests.e2e.step_kinds") -> Process:
        """Start a program of Celery."""
        call = [*CELERY, "-A", module, *words]
        return self.pipeline.start_foreign(name, call, self._environment, self._folder / f"{name}.out")

    def ask_for(self, kind: str) -> NewStep:
        """Write a step of an application whose record is to be deleted at the centre."""
        history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
        lines = "\n".join(map(json.dumps, history.events)).encode()
        self.pipeline.run("apply", "-", stdin=lines)
        step = NewStep(kind, f"{kind}:{history.number}", history.application, {"number": history.number})
        engine = engine_for(self.pipeline.database_url)
        with transaction(engine) as connection:
            add_steps(connection, [step])
        engine.dispose()
        return step

    def row(self, step: NewStep) -> tuple[Any, ...]:
        """Return how a step stands: state, attempts, and the number of events of its application."""
        with psycopg.connect(self.pipeline.database_url) as connection:
            found = connection.execute(
                "select state, attempts, (select count(*) from history where application = steps.application)"
                " from steps where id = %s",
                [step.id],
            ).fetchone()
        assert found is not None
        return found

    def runs(self, step: NewStep) -> int:
        """Return how often its work has begun."""
        file = self._folder / step.key.replace(":", "-")
        return len(file.read_text().splitlines()) if file.exists() else 0

    def ticks(self) -> list[int]:
        """Return the slots of the ticks that were written."""
        with psycopg.connect(self.pipeline.database_url) as connection:
            keys = connection.execute("select key from steps where kind = 'tick' order by created, key").fetchall()
        return [int(key.split(":")[1]) for (key,) in keys]


@pytest.fixture
def floor(pipeline: Pipeline, tmp_path: Path) -> Floor:
    """Give a store and a broker made ready, and nothing running."""
    folder = tmp_path / "steps"
    folder.mkdir()
    return Floor(pipeline, folder)


def test_celery_s_own_programs_run_a_step(
    floor: Floor, amqp_url: str, rabbit: PrivateRabbit, eventually: Eventually
) -> None:
    """`celery -A ektp.celery worker` and `beat` find everything in the environment; the broker keeps our topology."""
    worker = floor.start("worker", "worker", "--concurrency=2", module="ektp.celery")
    beat = floor.start("beat", "beat", module="ektp.celery")

    def done() -> set[str]:
        with psycopg.connect(floor.pipeline.database_url) as connection:
            return {kind for (kind,) in connection.execute("select kind from steps where state = 'done'")}

    eventually(lambda: {"fold-tallies", "wake-held", "watch-outbox"} <= done(), SETTLES)
    queues = set(rabbit.queues(amqp_url))
    assert {queue.name for queue in topology.QUEUES} <= queues
    assert not [queue for queue in queues if "delayed" in queue], "nobody waits in the broker"
    assert worker.stop() == 0
    assert beat.stop() == 0
    assert any("step-done" in line.get("event", "") for line in worker.lines())
    assert b"Traceback" not in b"".join(floor.pipeline.outputs().values())


def test_a_step_ends_once_though_its_worker_is_killed_in_the_middle(
    floor: Floor, figures: Figures, eventually: Eventually
) -> None:
    """Kill -9 while it works: when its lease has ended, another worker has it, and reports once."""
    worker = floor.start("worker", "worker", "-P", "threads", "--concurrency=2")
    floor.start("beat", "beat")
    step = floor.ask_for("hang-once")
    eventually(lambda: floor.runs(step) == 1, SETTLES)
    assert floor.row(step)[0] == "running"
    worker.kill()
    floor.start("worker", "worker", "-P", "threads", "--concurrency=2")
    eventually(lambda: floor.row(step)[0] == "done", SETTLES)
    assert floor.row(step) == ("done", 2, 3)
    assert floor.runs(step) == 2
    assert floor.pipeline.ask("verify")["ok"]
    figures(f"a step whose worker was killed: 2 runs, 1 report, 1 end; lease {LEASE:g} s")


def test_a_step_whose_process_dies_between_its_report_and_its_end_reports_once(
    floor: Floor, eventually: Eventually
) -> None:
    """The worst moment: the event is in the journal, the row still says running."""
    worker = floor.start("worker", "worker", "-P", "threads", "--concurrency=1")
    floor.start("beat", "beat")
    step = floor.ask_for("die-reported")
    eventually(lambda: not worker.alive, SETTLES)
    assert floor.row(step) == ("running", 1, 3)
    floor.start("worker", "worker", "-P", "threads", "--concurrency=1")
    eventually(lambda: floor.row(step)[0] == "done", SETTLES)
    assert (floor.row(step), floor.runs(step)) == (("done", 2, 3), 2)
    assert floor.pipeline.ask("parked", "list") == []


def test_when_the_leading_beat_is_killed_the_other_goes_on(
    floor: Floor, figures: Figures, eventually: Eventually
) -> None:
    """Within two seconds; each second before and after has one tick, and none has two."""
    leader = floor.start("leader", "beat")
    eventually(lambda: len(floor.ticks()) >= 2, SETTLES)
    second = floor.start("second", "beat")
    eventually(lambda: b"beat: Starting" in second.log.read_bytes(), SETTLES)
    before = len(floor.ticks())
    eventually(lambda: len(floor.ticks()) >= before + 3, SETTLES)
    leader.kill()
    killed = floor.ticks()[-1]
    eventually(lambda: floor.ticks()[-1] >= killed + 5, SETTLES)
    ticks = floor.ticks()
    assert len(ticks) == len(set(ticks)), "doubled"
    gaps = [after - before for before, after in pairwise(ticks)]
    assert max(gaps) <= 2, ticks
    figures(f"a beat killed: {len(ticks)} ticks of a second, none doubled, longest gap {max(gaps)} s")


def test_the_production_commands_run_steps_and_end_in_order(
    floor: Floor, amqp_url: str, eventually: Eventually
) -> None:
    """`ektp worker` and `ektp beat`; a dead message is dropped and its step is run all the same."""
    pipeline = floor.pipeline
    pipeline.start_all("worker", "beat", "beat")
    outside = Client(amqp_url)
    outside.send(topology.STEPS_KEY, b"no task at all", exchange=topology.STEPS)
    with psycopg.connect(pipeline.database_url) as connection:
        done = "select count(*) from steps where kind = 'watch-outbox' and state = 'done'"
        eventually(lambda: connection.execute(done).fetchone() != (0,), SETTLES)
    eventually(lambda: outside.depth(topology.STEPS_QUEUE) == 0, SETTLES)
    outside.close()
    assert b"no task at all" not in pipeline["worker-1"].log.read_bytes()
    assert [pipeline[name].stop() for name in ("worker-1", "beat-1", "beat-2")] == [0, 0, 0]
    assert pipeline.ask("verify")["ok"]
