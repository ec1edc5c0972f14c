"""Two subscribers in two languages live a month, killed at random: each has every notice once and in sequence."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ektp.broker.console import queue_depth
from ektp.simulation.city import Progress
from ektp.simulation.repertoire import scenario
from ektp.storage.engine import engine_for
from ektp.storage.subscribers.replays import NewReplay, PostgresReplays
from ektp.subscribers.replaying import Replayer
from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.listeners import PYTHON, TYPESCRIPT, Listener, faults, written
from tests.e2e.pipeline import Pipeline
from tests.servers.rabbit import PrivateRabbit
from tests.simulated import live
from tests.subscribed import named

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MONTH = scenario("stuck-month").scaled(0.1)
SEED = 20180212
SETTLES = 90  # seconds
KILLED = 0.08  # of the slots of the month, each subscriber
LATE = 0.3  # of the month, after which one of them is registered at all


@pytest.fixture
def names(pipeline: Pipeline, rabbit: PrivateRabbit) -> Iterator[list[str]]:
    """Give two names, and let the commands find the management interface."""
    pipeline.environment = {**pipeline.environment, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}
    with named(rabbit, "sms", "portal") as made:
        yield made


class Fate:
    """Kills and starts subscribers by its seed, a draw for each slot of the city."""

    def __init__(self, *listeners: Listener) -> None:
        self._chance = random.Random(SEED)
        self._listeners = listeners
        self._down: set[str] = set()

    def __call__(self) -> None:
        """Kill, start, or leave each alone."""
        for one in self._listeners:
            drawn = self._chance.random()
            if one.name in self._down:
                if drawn < 0.5:
                    self._down.discard(one.name)
                    one.start()
            elif drawn < KILLED:
                self._down.add(one.name)
                one.kill()

    def relent(self) -> None:
        """Start what is down."""
        for one in self._listeners:
            if one.name in self._down:
                one.start()
        self._down.clear()


@pytest.mark.node
def test_each_has_every_notice_of_the_month_once_and_in_sequence(  # noqa: PLR0917 - fixtures
    pipeline: Pipeline,
    rabbit: PrivateRabbit,
    names: list[str],
    built: Path,
    eventually: Eventually,
    figures: Figures,
) -> None:
    """Killed and started again all month; one is registered late, and is sent what was before it once more."""
    first, second = names
    python = Listener(pipeline, PYTHON, pipeline.ask("subscribers", "add", first, "--notices", "all"))
    engine = engine_for(pipeline.database_url)
    listeners, fates, replayed, slots = [python], [Fate(python)], [], 0

    def register_late() -> None:
        account = pipeline.ask("subscribers", "add", second, "--notices", "all")
        listeners.append(Listener(pipeline, TYPESCRIPT, account, built))
        listeners[1].start()
        asked = NewReplay(second, "a test", "it was not there", datetime.now(UTC) - timedelta(days=1))
        replayed.append(PostgresReplays(engine).ask(asked))
        fates.append(Fate(listeners[1]))

    def go_on(progress: Progress) -> None:
        nonlocal slots
        slots += 1
        if progress.day > LATE * 20 and len(listeners) == 1:
            register_late()
        elif replayed and slots % 5 == 0:
            Replayer(engine, pipeline.broker_url).go_on(replayed[0].id)
        for fate in fates:
            fate()

    python.start()
    lived = live(pipeline.broker_url, pipeline.database_url, MONTH, SEED, progress=go_on)
    for fate in fates:
        fate.relent()
    Replayer(engine, pipeline.broker_url).go_on(replayed[0].id)
    ids = written(pipeline)
    for one in listeners:
        eventually(lambda one=one: len(one.told()) >= len(ids), SETTLES)
    for one in listeners:
        assert faults(one.told(), ids) == []
        assert one.kills > 5
        figures(
            f"subscribers: {one.name} has {len(one.told())} notices of {lived['applications']} applications once and"
            f" in sequence, killed {one.kills} times in {slots} slots"
        )
    with psycopg.connect(pipeline.database_url) as connection:
        row = connection.execute("select sent, outcome from replays").fetchone()
    assert row is not None
    assert (row[0] > 0, row[1]) == (True, "done")
    figures(f"subscribers: {row[0]} notices were sent once more to the one that was registered late")
    for name in names:
        told = rabbit.queues(pipeline.broker_url)[f"ektp.subscribers.{name}"].get("message_stats", {})
        figures(f"subscribers: {name} was given {told.get('deliver', 0)} deliveries, {told.get('redeliver', 0)} again")
        assert (queue_depth(pipeline.broker_url, f"ektp.subscribers.{name}") or (1,))[0] == 0
    engine.dispose()


def test_a_replay_is_exact_though_its_worker_is_killed(
    pipeline: Pipeline, names: list[str], tmp_path: Path, eventually: Eventually
) -> None:
    """By real processes: what the first worker had sent comes twice, and a subscriber does each once."""
    engine = engine_for(pipeline.database_url)
    live(pipeline.broker_url, pipeline.database_url, scenario("week").scaled(0.1), SEED)
    account = pipeline.ask("subscribers", "add", names[0], "--notices", "all")
    once = tmp_path / "once"
    pipeline.environment = {
        **pipeline.environment,
        "EKTP_FAILPOINT": "replay-after-publish",
        "EKTP_FAILPOINT_ONCE": str(once),
    }
    told = pipeline.ask("subscribers", "replay", names[0], "--since", "2018-01-01", "--because", "a test")
    pipeline.start_all("beat", "worker")
    eventually(lambda: not pipeline["worker-1"].alive, SETTLES)
    pipeline.start("worker-2", "worker")
    ids = written(pipeline)

    def done() -> bool:
        (row,) = pipeline.ask("subscribers", "show", names[0])["replays"]
        return bool(row["outcome"] == "done" and row["replay"] == told["replay"])

    eventually(done, SETTLES)
    depth = queue_depth(pipeline.broker_url, account["queue"])
    assert depth is not None
    assert depth[0] > len(ids)
    listener = Listener(pipeline, PYTHON, account)
    listener.start()
    eventually(lambda: len(listener.told()) >= len(ids), SETTLES)
    assert faults(listener.told(), ids) == []
    engine.dispose()
