"""The processes that stay: they wait for what is away, do their work, and end when they are told."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import psycopg
import pytest

from ektp.broker import topology
from tests.amqp_client import Client, through
from tests.conftest import Eventually
from tests.e2e.pipeline import Pipeline
from tests.histories import happy
from tests.servers.proxy import FaultProxy, Mode

pytestmark = pytest.mark.slow
SETTLES = 30  # seconds


@pytest.fixture
def pipeline(tmp_path: Path, amqp_url: str, database_url: str) -> Iterator[Pipeline]:
    """Give processes on a database and a broker made ready."""
    made = Pipeline(tmp_path, amqp_url, database_url)
    try:
        made.run("migrate")
        yield made
    finally:
        made.close()


@pytest.fixture
def client(pipeline: Pipeline, amqp_url: str) -> Iterator[Client]:
    """Give a client that is not ours."""
    made = Client(amqp_url)
    yield made
    made.close()


def proxied(url: str, folder: Path) -> tuple[FaultProxy, str]:
    """Put a proxy before a database, whether it is reached by a socket or by a port."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if "host" in query:
        proxy = FaultProxy(Path(query["host"]) / f".s.PGSQL.{query['port']}", folder)
        return proxy, urlunsplit(parts._replace(query=urlencode({**query, "host": str(folder)})))
    proxy = FaultProxy((parts.hostname or "127.0.0.1", parts.port or 5432))
    return proxy, url.replace(f":{parts.port or 5432}/", f":{proxy.port}/")


def said(pipeline: Pipeline, name: str, event: str) -> bool:
    """Tell whether a process has logged an event."""
    return any(line.get("event") == event for line in pipeline[name].lines())


def as_many_collected(database_url: str, number: int) -> bool:
    """Tell whether so many cards are in somebody's hand."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select count(*) from applications where state = 'collected'").fetchone()
    return row == (number,)


def test_events_go_in_and_notices_go_out_until_sigterm(
    pipeline: Pipeline, client: Client, database_url: str, eventually: Eventually
) -> None:
    """Published by a file, taken in, told to whoever listens; then both processes end in order."""
    heard = client.queue("listener", topology.NOTICES, "application-collected.#")
    history = happy()
    lines = "\n".join(map(json.dumps, history.events)).encode()
    assert pipeline.ask("publish", "-", stdin=lines)["published"] == 5
    pipeline.start("consume", "consume")
    pipeline.start("relay", "relay")
    eventually(lambda: client.depth(heard) == 1, seconds=SETTLES)
    client.send("no-such-key", b"{}")
    eventually(lambda: len(pipeline.ask("parked", "list")) == 1, seconds=SETTLES)
    assert pipeline["consume"].stop() == 0
    assert pipeline["relay"].stop() == 0
    assert said(pipeline, "consume", "stopped")
    assert pipeline.ask("summary")["outbox"]["pending"] <= 1
    assert pipeline.ask("verify")["ok"]
    assert all(history.nik.encode() not in output for output in pipeline.outputs().values())


def test_they_start_before_the_database_and_the_broker(
    pipeline: Pipeline, database_url: str, amqp_url: str, tmp_path: Path, eventually: Eventually
) -> None:
    """In whatever order a machine starts them; and both may go away and come back."""
    parts = urlsplit(amqp_url)
    with TemporaryDirectory(dir="/tmp") as folder:
        before_store, store_url = proxied(database_url, Path(folder))
        before_broker = FaultProxy((parts.hostname or "", parts.port or 5672))
        late = Pipeline(tmp_path, through(amqp_url, before_broker), store_url)
        try:
            before_store.mode = before_broker.mode = Mode.REFUSE
            for name in ("consume", "relay"):
                late.start(name, name)
                eventually(partial(said, late, name, "waiting-for-database"), seconds=SETTLES)
            before_store.mode = before_broker.mode = Mode.PASS
            first, second = happy(), happy()
            for number, history in enumerate((first, second), 1):
                pipeline.run("publish", "-", stdin="\n".join(map(json.dumps, history.events)).encode())
                eventually(partial(as_many_collected, database_url, number), seconds=SETTLES)
                before_store.cut()
                before_broker.cut()
            assert late.all_alive()
            assert late["consume"].stop() == 0
            assert late["relay"].stop() == 0
        finally:
            late.close()
            before_store.close()
            before_broker.close()


def test_they_end_while_they_wait(pipeline: Pipeline, tmp_path: Path, eventually: Eventually) -> None:
    """SIGTERM is heard also where nothing has begun."""
    waiting = Pipeline(tmp_path, pipeline.broker_url, "postgresql://ektp@127.0.0.1:1/ektp")
    try:
        waiting.start("waiting", "consume")
        eventually(lambda: said(waiting, "waiting", "waiting-for-database"), seconds=SETTLES)
        assert waiting["waiting"].stop() == 0
    finally:
        waiting.close()


def test_on_a_database_that_is_not_migrated_they_do_not_start(
    tmp_path: Path, amqp_url: str, empty_database_url: str
) -> None:
    """They say what to type; waiting would help nobody."""
    made = Pipeline(tmp_path, amqp_url, empty_database_url)
    try:
        for command in ("consume", "relay"):
            made.run(command, expect=3)
        assert all(b"run `ektp migrate`" in output for output in made.outputs().values())
    finally:
        made.close()


def test_the_intake_keeps_house(pipeline: Pipeline, database_url: str, eventually: Eventually) -> None:
    """Tallies that many batches have left are folded while it runs, and the counts stay."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into tallies (office, kind, key, delta)"
            " select '', 'event', 'repeated', 1 from generate_series(1, 99)"
        )
        pipeline.start("consume", "consume")
        eventually(lambda: connection.execute("select from tallies").rowcount == 1, seconds=SETTLES)
    assert pipeline.ask("summary")["events"]["repeated"] == 99
    assert pipeline["consume"].stop() == 0
