"""The examples that strangers copy: they need nothing of ours but the broker's address."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ektp.broker import topology
from schemas.samples import valid_event
from tests.amqp_client import Client
from tests.conftest import Eventually
from tests.e2e.accounts import rows
from tests.e2e.listeners import PYTHON, TYPESCRIPT, Listener
from tests.e2e.pipeline import Pipeline
from tests.servers.rabbit import PrivateRabbit
from tests.subscribed import named

EXAMPLES = Path(__file__).parents[2] / "examples"
SETTLES = 30  # seconds
LONGEST = 45  # lines
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
    notice = {"id": name, "subject": name, "sequence": "1", "type": "id.ektp.marker.v1", "data": {}}
    client.send("application-recorded.33.74.10", json.dumps(notice).encode(), exchange=topology.NOTICES)


@pytest.mark.parametrize("example", ["publisher", "subscriber"])
def test_an_example_is_short(example: str) -> None:
    """Somebody is to read it."""
    assert len((EXAMPLES / f"{example}.py").read_text().splitlines()) < LONGEST


@pytest.fixture
def account(pipeline: Pipeline, rabbit: PrivateRabbit) -> Iterator[dict[str, Any]]:
    """Give the account of a subscriber to the notices of a province."""
    pipeline.environment = {**pipeline.environment, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}
    with named(rabbit, "sms") as (name,):
        yield pipeline.ask("subscribers", "add", name, "--notices", "all", "--office", "33")


def a_life_is_heard_once(pipeline: Pipeline, listener: Listener, eventually: Eventually) -> None:
    """Publish a card's life; let everything be sent again, and the listener be killed in between."""
    client = Client(pipeline.broker_url)

    def told(count: int) -> Callable[[], bool]:
        return lambda: len(listener.told()) >= count

    def all_sent_again_and_a_marker(name: str) -> None:
        everything_again(pipeline)
        eventually(lambda: rows(pipeline, "select count(*) from outbox where sent is null") == [(0,)], SETTLES)
        marker(client, name)

    listener.start()
    pipeline.start_all("consume", "relay")
    done = publish(pipeline.broker_url, "st337410")
    assert done.returncode == 0, done.stderr
    application = done.stdout.strip()
    eventually(told(1), SETTLES)
    pipeline.run("publish", "-", stdin=rest_of_the_life(application))
    eventually(told(5), SETTLES)
    all_sent_again_and_a_marker("first")
    eventually(told(6), SETTLES)
    listener.kill()
    all_sent_again_and_a_marker("second")
    listener.start()
    eventually(told(7), SETTLES)
    client.close()
    expected = [(application, str(number), f"application-{step}") for number, step in enumerate(STEPS, 1)]
    heard = [(one["subject"], one["sequence"], one["type"].split(".")[2]) for one in listener.told()]
    assert heard == [*expected, ("first", "1", "marker"), ("second", "1", "marker")]


@pytest.mark.slow
def test_a_stranger_publishes_and_another_hears_each_notice_once(
    pipeline: Pipeline, account: dict[str, Any], eventually: Eventually
) -> None:
    """In sequence, though everything is delivered again, and though the listener is killed in between."""
    a_life_is_heard_once(pipeline, Listener(pipeline, PYTHON, account), eventually)


@pytest.mark.slow
@pytest.mark.node
def test_so_does_one_in_typescript(
    pipeline: Pipeline, account: dict[str, Any], built: Path, eventually: Eventually
) -> None:
    """From its lock file, without an address of where its packages come from."""
    a_life_is_heard_once(pipeline, Listener(pipeline, TYPESCRIPT, account, built), eventually)


@pytest.mark.slow
def test_who_hears_some_notices_takes_each_that_is_newer(
    pipeline: Pipeline, account: dict[str, Any], eventually: Eventually
) -> None:
    """Numbers 2 and 5 of a series are all that it is told; what comes late and is older is kept and not done."""
    client, listener = Client(pipeline.broker_url), Listener(pipeline, PYTHON, account)
    listener.start("--some")
    for number in ("2", "5", "4", "5", "7"):
        notice = {"id": f"x{number}", "subject": "x", "sequence": number, "type": "a.b.c", "data": {"state": "printed"}}
        client.send("application-printed.33.74", json.dumps(notice).encode(), exchange=topology.NOTICES)
    eventually(lambda: len(listener.told()) == 3, SETTLES)
    client.close()
    assert [one["sequence"] for one in listener.told()] == ["2", "5", "7"]
    assert listener.lines() == ["x 2 a.b.c", "x 5 a.b.c", "x 7 a.b.c"]


def test_the_lock_of_the_example_names_no_address_and_pins_by_digest() -> None:
    """Whatever index npm is set to, what is installed is what was tested."""
    lock = json.loads((EXAMPLES / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages.values())
    assert "://" not in json.dumps(lock)


def test_what_the_broker_does_not_take_is_not_called_done(amqp_url: str) -> None:
    """Nothing is declared there: the publisher says to send it again, and its exit code is not 0."""
    done = publish(amqp_url)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "send it again later" in done.stderr
