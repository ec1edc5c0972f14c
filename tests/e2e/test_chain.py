"""What a Celery chain does under kill -9: the measurements of docs/decisions/0005-no-chain-for-business-steps.md."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import ROOT, Pipeline

pytestmark = pytest.mark.slow
SEND = """
import sys
from tests.e2e.chain_tasks import app, first, second, last
{"chain": first.si() | second.si(), "last": last.si()}[sys.argv[1]].apply_async()
"""
SETTLES = 40  # seconds


class Chain:
    """A worker of plain Celery, and what its two tasks have done."""

    def __init__(self, pipeline: Pipeline, folder: Path, moment: str, *, late: bool) -> None:
        self._pipeline, self._folder = pipeline, folder
        self._environment = {
            **pipeline.environment,
            "EKTP_TEST_FOLDER": str(folder),
            "TEST_MOMENT": moment,
            "TEST_ACKS_LATE": "1" if late else "",
        }

    def send(self, what: str) -> None:
        """Send the chain, or the last task."""
        subprocess.run([sys.executable, "-c", SEND, what], env=self._environment, cwd=ROOT, check=True, timeout=60)

    def work(self, name: str, pool: str) -> None:
        """Start a worker."""
        call = [sys.executable, "-m", "celery", "-A", "tests.e2e.chain_tasks", "worker", "-P", pool, "-c", "1"]
        self._pipeline.start_foreign(name, call, self._environment, self._folder / f"{name}.out")

    def runs(self, task: str) -> int:
        """Return how often a task has run."""
        file = self._folder / task
        return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.fixture
def pipeline(tmp_path: Path, amqp_url: str) -> Iterator[Pipeline]:
    """Give processes on a broker; the chain needs no store."""
    made = Pipeline(tmp_path, amqp_url, "")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("pool", "late", "moment", "first", "second"),
    [
        pytest.param("threads", False, "before", 1, 0, id="acknowledged-early-the-second-is-lost"),
        pytest.param("threads", False, "after", 1, 1, id="acknowledged-early-after-sending-nothing-happens"),
        pytest.param("threads", True, "before", 2, 1, id="acknowledged-late-the-first-is-doubled"),
        pytest.param("threads", True, "after", 2, 2, id="acknowledged-late-both-are-doubled"),
        pytest.param("prefork", False, "before", 1, 0, id="a-killed-child-acknowledged-early-loses-the-second"),
        pytest.param("prefork", True, "before", 1, 0, id="a-killed-child-is-acknowledged-and-the-second-lost"),
    ],
)
def test_a_chain_under_kill_9(  # noqa: PLR0917
    pipeline: Pipeline, tmp_path: Path, figures: Figures, eventually: Eventually,
    pool: str, late: bool, moment: str, first: int, second: int,
) -> None:  # fmt: skip
    """Killed between finishing the first task and sending the second, or right after sending it."""
    folder = tmp_path / "chain"
    folder.mkdir()
    chain = Chain(pipeline, folder, moment, late=late)
    chain.work("mortal", pool)
    chain.send("chain")
    eventually((folder / "died").exists, SETTLES)
    if pool == "threads":
        eventually(lambda: not pipeline["mortal"].alive, SETTLES)
        chain.work("heir", pool)
    # The queue keeps its order: when the last one has run, everything before it was delivered.
    eventually(lambda: chain.runs("first") == first, SETTLES)
    chain.send("last")
    eventually(lambda: chain.runs("last") == 1, SETTLES)
    chain.send("last")
    eventually(lambda: chain.runs("last") == 2, SETTLES)
    found = (chain.runs("first"), chain.runs("second"))
    figures(f"chain, {pool}, {'late' if late else 'early'} ack, killed {moment} sending: ran {found[0]} + {found[1]}")
    assert found == (first, second)
