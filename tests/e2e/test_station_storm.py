"""Sixty thousand events leave a station whose line, broker and process are cut again and again: none is lost."""

import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from ektp.broker.topology import INTAKE_QUEUE, LATE_QUEUE
from ektp.station.spool import Spool
from tests.amqp_client import Client, through
from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import EKTP, ROOT, Pipeline, pause
from tests.histories import event
from tests.servers.proxy import FaultProxy
from tests.servers.rabbit import PrivateRabbit
from tests.station_home import invitation, recording

EVENTS: Final = int(os.environ.get("EKTP_TEST_SPOOL", "60000"))  # of fewer than 40,000 none are left for ten lives
KILLS: Final = 10
SEED: Final = int(os.environ.get("EKTP_TEST_STORM_SEED") or random.SystemRandom().randrange(2**32))
CUT_IN: Final = (1, 4, 7)  # lives of the process in which its connection is cut as well
RESTART_IN: Final = 3


class Laptop:
    """A station's processes, one life after the other, behind a line that can be cut."""

    def __init__(self, folder: Path, url: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EKTP_")}
        self._environment = {**inherited, "PYTHONPATH": str(ROOT), "EKTP_HOME": str(folder / "laptop")}
        self._folder = folder
        self.said = b""
        (folder / "invitation.json").write_text(json.dumps(invitation(url)))
        self.run("enroll", folder / "invitation.json")
        self._path = folder / "laptop" / "station" / "spool.db"

    def run(self, *words: object) -> dict[str, Any]:
        """Run a command to its end and return its JSON."""
        call = [*EKTP, "station", *map(str, words), "--json"]
        done = subprocess.run(call, env=self._environment, capture_output=True, check=False, timeout=300)
        self.said += done.stderr
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return dict(json.loads(done.stdout))

    def flushing(self) -> "subprocess.Popen[bytes]":
        """Start a flush."""
        with (self._folder / "flush.log").open("ab") as log:
            call = [*EKTP, "station", "flush", "--patience", "120"]
            return subprocess.Popen(call, env=self._environment, stdout=log, stderr=log)

    def unsent(self) -> int:
        """Return what the spool has not seen confirmed."""
        with closing(Spool(self._path)) as spool:
            return spool.count()


@pytest.fixture
def proxy(rabbit: PrivateRabbit) -> Iterator[FaultProxy]:
    """Give the station's line to the broker."""
    host, _, port = rabbit.url.rpartition("@")[2].partition(":")
    with FaultProxy((host, int(port))) as line:
        yield line


def lines(folder: Path) -> Path:
    """Write the events of some days offline: most are old, the last are news."""
    now = datetime.now(UTC)
    path = folder / "days.jsonl"
    with path.open("w") as file:
        for number in range(EVENTS):
            at = now - timedelta(seconds=5 * (EVENTS - number))
            file.write(json.dumps(event(uuid4(), "recorded", at=at, **recording(attempt=1))) + "\n")
    return path


def live(
    laptop: Laptop,
    proxy: FaultProxy,
    chance: random.Random,
    least: int,
    *,
    cut: bool,
    restart: Callable[[], None] | None,
) -> int:
    """Let a process send at least so many, with what else happens to it, and kill it; return what it had confirmed."""
    before = laptop.unsent()
    process = laptop.flushing()
    pause(120, unless=lambda: laptop.unsent() < before - least // 3)
    if cut:
        pause(30, unless=lambda: proxy.cut() > 0, step=0.001)
    if restart is not None:
        restart()
    pause(120, unless=lambda: laptop.unsent() < before - least or process.poll() is not None)
    pause(30, unless=lambda: proxy.connections > 0 or process.poll() is not None, step=0.001)
    pause(chance.uniform(0.0, 0.1), step=0.001)
    assert process.poll() is None, "it ended before it was killed"
    process.kill()
    process.wait()
    return before - laptop.unsent()


@pytest.mark.slow
@pytest.mark.owns_server
@pytest.mark.timeout(900)
def test_sixty_thousand_events_survive_kills_cuts_and_a_dead_broker(  # noqa: PLR0917 - fixtures are arguments
    pipeline: Pipeline,
    tmp_path: Path,
    rabbit: PrivateRabbit,
    proxy: FaultProxy,
    eventually: Eventually,
    figures: Figures,
) -> None:
    """Each is applied once; what was sent twice is known when it comes again."""
    chance = random.Random(SEED)
    laptop = Laptop(tmp_path, through(pipeline.broker_url, proxy))
    began = time.monotonic()
    assert laptop.run("publish", lines(tmp_path))["kept"] == EVENTS
    spooled = time.monotonic() - began

    def dead_broker() -> None:
        rabbit.kill()
        rabbit.start()

    began = time.monotonic()
    lives = [
        live(
            laptop,
            proxy,
            chance,
            EVENTS // 20,
            cut=number in CUT_IN,
            restart=dead_broker if number == RESTART_IN else None,
        )
        for number in range(KILLS)
    ]
    before = laptop.unsent()
    assert before > 0, "all had left before the last kill"
    last = laptop.run("flush")
    took = time.monotonic() - began
    sent = eventually(lambda: _waiting(pipeline), 30)
    figures(
        f"station storm: seed {SEED}; {EVENTS:,} spooled in {spooled:.0f} s; {KILLS} kill -9, {len(CUT_IN)} cuts, "
        f"a broker killed and started; all gone after {took:.0f} s, {before:,} of them by the last flush at "
        f"{before / last['seconds']:,.0f} a second; lives sent {lives}"
    )
    assert (last["confirmed"], last["unsent"], laptop.unsent()) == (before, 0, 0)

    pipeline.start_all("consume", "consume")
    eventually(lambda: pipeline.ask("summary")["events"]["applied"] >= EVENTS, 300)
    eventually(lambda: _waiting(pipeline) == 0, 60)
    counts = eventually(lambda: _settled(pipeline), 60)
    figures(
        f"  {sent:,} messages in the queues: {counts['applied']:,} applied, {counts['repeated']:,} known when they came"
    )
    assert counts == {"applied": EVENTS, "repeated": counts["repeated"], "held": 0, "superseded": 0, "parked": 0}
    assert counts["repeated"] <= (KILLS + len(CUT_IN) + 2) * 1000


def _waiting(pipeline: Pipeline) -> int:
    """Return how many messages lie in the two queues."""
    with closing(Client(pipeline.broker_url)) as client:
        return client.depth(INTAKE_QUEUE) + client.depth(LATE_QUEUE)


def _settled(pipeline: Pipeline) -> dict[str, int]:
    """Return the counts when they no longer move, else nothing."""
    first = pipeline.ask("summary")["events"]
    pause(1)
    second = dict(pipeline.ask("summary")["events"])
    return second if first == second else {}
