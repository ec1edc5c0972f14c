"""The examples that strangers copy: they need nothing of ours but the broker's address."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from ektp.broker import topology
from schemas.samples import valid_event
from tests.amqp_client import Client
from tests.conftest import Eventually
from tests.e2e.accounts import rows
from tests.e2e.pipeline import Pipeline
from tests.servers.rabbit import PrivateRabbit

EXAMPLES = Path(__file__).parents[2] / "examples"
SETTLES = 30  # seconds
LONGEST = 40  # lines
STEPS = ("recorded", "verified", "allocated", "printed", "collected")


def call(example: str, *words: str) -> list[str]:
    """Return how an example is started: without our packages and without our settings."""
    return [sys.executable, "-I", str(EXAMPLES / f"{example}.py"), *words]


def environment(url: str) -> Mapping[str, str]:
    """Return all that an example is told."""
    return {"PATH": os.environ["PATH"], "EKTP_BROKER_URL": url}


def publish(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the publisher."""
    return subprocess.run(
        call("publisher", *words), env=environment(url), capture_output=True, text=True, check=False, timeout=60
    )


def rest_of_the_life(application: str) -> bytes:
    """Return what happens to a recorded card until it is collected, as lines."""
    now = datetime.now(UTC)
    names = ("data-verified", "blanko-allocated", "printed", "collected")
    return "\n".join(json.dumps(valid_event(name, subject=application, time=now)) for name in names).encode()


def everything_again(pipeline: Pipeline) -> None:
    """Let the relay send all notices a second time, as it does when it dies between a confirm and its note of it."""
    with psycopg.connect(pipeline.database_url) as connection:
        connection.execute("update outbox set sent = null where exchange = 'ektp.notices'")


def marker(client: Client, name: str) -> None:
    """Publish a notice of the test's own: once it is printed, all that came before it has been looked at."""
    notice = {"id": name, "subject": name, "sequence": "1", "type": "marker"}
    client.send("application-recorded.33.74.10", json.dumps(notice).encode(), exchange=topology.NOTICES)


@pytest.mark.parametrize("example", ["publisher", "subscriber"])
def test_an_example_is_short(example: str) -> None:
    """Somebody is to read it."""
    assert len((EXAMPLES / f"{example}.py").read_text().splitlines()) < LONGEST


@pytest.mark.slow
def test_a_stranger_publishes_and_another_hears_each_notice_once(
    pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually, tmp_path: Path
) -> None:
    """In sequence, though everything is delivered again, and though the listener is killed in between."""
    heard, client = tmp_path / "heard", Client(pipeline.broker_url)

    def listen() -> None:
        pipeline.start_foreign("subscriber", call("subscriber", "*.33.#"), environment(pipeline.broker_url), heard)

    def is_bound() -> bool:
        bindings = rabbit.definitions(pipeline.broker_url)["bindings"]
        return any(one["destination"] == "my-notices" for one in bindings)

    def told(count: int) -> Callable[[], bool]:
        return lambda: heard.exists() and len(heard.read_text().splitlines()) >= count

    def remembered(notice: str) -> bool:
        kept = f"file:{tmp_path / 'my-notices.sqlite'}?mode=ro"
        with closing(sqlite3.connect(kept, uri=True)) as seen:
            return seen.execute("select 1 from seen where id = ?", [notice]).fetchone() is not None

    def all_sent_again_and_a_marker(name: str) -> None:
        everything_again(pipeline)
        eventually(lambda: rows(pipeline, "select count(*) from outbox where sent is null") == [(0,)], SETTLES)
        marker(client, name)

    listen()
    pipeline.start_all("consume", "relay")
    eventually(is_bound, SETTLES)
    done = publish(pipeline.broker_url, "st337410")
    assert done.returncode == 0, done.stderr
    application = done.stdout.strip()
    eventually(told(1), SETTLES)
    pipeline.run("publish", "-", stdin=rest_of_the_life(application))
    eventually(told(5), SETTLES)
    all_sent_again_and_a_marker("first")
    eventually(told(6), SETTLES)
    # It remembers a notice after it has told it: killed between the two it would rightly tell that one again.
    eventually(lambda: remembered("first"), SETTLES)
    pipeline["subscriber"].kill()
    all_sent_again_and_a_marker("second")
    listen()
    eventually(told(7), SETTLES)
    client.close()
    expected = [f"{application} {number} id.ektp.application-{step}.v1" for number, step in enumerate(STEPS, 1)]
    assert heard.read_text().splitlines() == [*expected, "first 1 marker", "second 1 marker"]


def test_what_the_broker_does_not_take_is_not_called_done(amqp_url: str) -> None:
    """Nothing is declared there: the publisher says to send it again, and its exit code is not 0."""
    done = publish(amqp_url)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "send it again later" in done.stderr
