"""The intake, the mover and the relay in threads of one process, over the broker in it, with a real journal."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, text

from consumers.dead_letters import DeadLetters
from consumers.intake import Intake
from consumers.journal import Journal
from consumers.relay import Relay
from ektp.broker.in_process import broker_at
from ektp.broker.opening import open_publisher, open_source, queue_depths
from ektp.broker.topology import INTAKE_QUEUE, NOTICES
from ektp.storage.outbox_store import PostgresOutbox
from tests.amqp_client import declare
from tests.brokers import in_process
from tests.conftest import Eventually
from tests.histories import History, happy, recorded_again
from tests.in_process_client import InProcessClient
from tests.running import running


@pytest.fixture
def url() -> Iterator[str]:
    """Give a broker with everything declared."""
    with in_process() as name:
        declare(name)
        yield name


@pytest.fixture
def station(url: str) -> Iterator[InProcessClient]:
    """Give a client, with a queue `heard` for all notices."""
    with closing(InProcessClient(url)) as client:
        client.queue("heard", NOTICES)
        yield client


@pytest.fixture
def pipeline(url: str, engine: Engine, open_journal: Callable[[], Journal], station: InProcessClient) -> Iterator[None]:
    """Run everything, each with what is its own, for as long as the test lasts."""
    source = partial(open_source, url)
    journal = open_journal()
    intake = Intake(journal, source, housekeeping=lambda: keep_house(journal))
    relay = Relay(PostgresOutbox(engine), lambda: open_publisher(url))
    with running(intake), running(DeadLetters(open_journal(), source)), running(relay):
        yield


def keep_house(journal: Journal) -> None:
    """Do what the intake does between two batches."""
    journal.wake()


def key_of(event: dict[str, Any]) -> str:
    """Return the routing key under which an event is published."""
    return f"{event['type'].split('.')[2]}.{event['source'].rpartition('/')[2]}"


def publish(station: InProcessClient, *histories: History, late: bool = False) -> None:
    """Publish what was told, as it was told."""
    for event in (event for history in histories for event in history.events):
        station.tell(key_of(event) + (".late" if late else ""), json.dumps(event).encode())


def states(engine: Engine) -> list[str]:
    """Return the states of all applications."""
    with engine.connect() as connection:
        return list(connection.execute(text("select state from applications")).scalars())


def parked(engine: Engine) -> list[str]:
    """Return why things are parked."""
    with engine.connect() as connection:
        return sorted(connection.execute(text("select reason from parked")).scalars())


def idle(url: str, engine: Engine) -> bool:
    """Tell whether nothing waits: neither in a queue, but for the listener's, nor in the outbox."""
    with engine.connect() as connection:
        unsent = connection.execute(text("select count(*) from outbox where sent is null")).scalar_one()
    return not unsent and queues_are_empty(url)


def queues_are_empty(url: str) -> bool:
    """Tell whether nothing waits for us; a listener's queue and unclaimed requests are others' affair."""
    return not any(ready for name, (ready, _) in queue_depths(url).items() if name.startswith(INTAKE_QUEUE))


def test_cards_go_from_the_station_to_the_listener(
    pipeline: None, url: str, engine: Engine, station: InProcessClient, eventually: Eventually
) -> None:
    """Live and late; every application's notices come in their sequence, without gaps, each once."""
    live, late = [happy() for _ in range(20)], [recorded_again() for _ in range(5)]
    publish(station, *live)
    publish(station, *late, late=True)
    eventually(lambda: states(engine) == ["collected"] * 25, 30)
    eventually(lambda: idle(url, engine), 30)
    notices = [json.loads(body) for body in station.take_all("heard")]
    sequences: dict[str, list[int]] = {}
    for notice in notices:
        sequences.setdefault(notice["subject"], []).append(int(notice["sequence"]))
    assert len(sequences) == 25
    assert all(told == list(range(1, len(told) + 1)) for told in sequences.values())
    assert len({notice["id"] for notice in notices}) == len(notices)


def test_what_cannot_be_is_parked_and_stops_nothing(
    pipeline: None, url: str, engine: Engine, station: InProcessClient, eventually: Eventually
) -> None:
    """Bad input by the intake, a strange key by the mover."""
    good = happy()
    station.tell("recorded.st337401", b"{")
    station.tell("recorded.st337401.never", json.dumps(good.events[0]).encode())
    publish(station, good)
    eventually(lambda: states(engine) == ["collected"])
    eventually(lambda: parked(engine) == ["key-not-understood", "not-json"])
    eventually(lambda: idle(url, engine))


def test_a_dead_letter_comes_back_through_the_mover(
    url: str, engine: Engine, open_journal: Callable[[], Journal], station: InProcessClient, eventually: Eventually
) -> None:
    """What a dying process left to the dead letters is applied after all."""
    publish(station, happy())
    with closing(open_source(url, INTAKE_QUEUE)) as source:
        messages = source.fetch(5, 5)
        for message in messages:
            source.refuse(message)
    with running(DeadLetters(open_journal(), partial(open_source, url))):
        eventually(lambda: states(engine) == ["collected"])
    assert queues_are_empty(url)


def test_connections_that_end_again_and_again_lose_nothing(
    pipeline: None, url: str, engine: Engine, station: InProcessClient, eventually: Eventually
) -> None:
    """What was not settled is delivered again and counts once; a notice is sent once."""
    told = [happy() for _ in range(30)]
    for before, after in pairwise(range(0, 31, 10)):
        with closing(InProcessClient(url)) as sender:
            publish(sender, *told[before:after])
        broker_at(url).disconnect()
    eventually(lambda: states(engine) == ["collected"] * 30, 30)
    eventually(lambda: idle(url, engine), 30)
    with closing(InProcessClient(url)) as reader:
        notices = [json.loads(body) for body in reader.take_all("heard")]
    assert len({notice["id"] for notice in notices}) == len(notices) == 30 * 5
    assert parked(engine) == []
