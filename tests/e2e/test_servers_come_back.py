"""Servers go and come back while events flow: every process stays, works again within seconds, and nothing is lost."""

import json
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pytest

from tests.amqp_client import Client
from tests.bad_inputs import STRUCTURED
from tests.conftest import Eventually
from tests.e2e.accounts import AllHeard, AtRest, assert_all_told, rows
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline, pause
from tests.e2e.station import Station, letter_of, scattered
from tests.e2e.tap import Tap
from tests.histories import History, happy
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit

RATE: Final = 100  # events a second
SECONDS: Final = 30  # of events at this rate; what is left when the fault is over goes at once
CARDS: Final = int(RATE * SECONDS / 5 / 1.05)
SOON: Final = 10.0  # seconds
CREW: Final = ("consume-1", "consume-2", "relay-1")
WORK: Final = ("batch", "relayed")
TROUBLE: Final = ("source lost", "journal unavailable", "relay-waits", "dead letter failed")


@dataclass(frozen=True, slots=True)
class City:
    """What a fault may act on."""

    pipeline: Pipeline
    rabbit: PrivateRabbit
    postgres: PrivatePostgres
    cards: list[History]  #: every card of which events were sent; a fault may add to them


def broker_restarts(city: City) -> None:
    """Close the broker for three seconds, its virtual machine stays."""
    city.rabbit.stop_app()
    pause(3)
    city.rabbit.start_app()


def database_crashes(city: City) -> None:
    """End PostgreSQL without a checkpoint, start it again two seconds later."""
    city.postgres.crash()
    pause(2)
    city.postgres.start()


def connections_are_closed(city: City) -> None:
    """Close every connection to the broker, as an operator would."""
    assert city.rabbit.close_connections(city.pipeline.broker_url) >= len(CREW)


def memory_alarm(city: City) -> None:
    """Block every publisher for longer than a relay waits; events come in by another door, so that letters wait."""
    city.rabbit.memory_alarm(on=True)
    try:
        city.cards.append(aside := happy())
        lines = b"\n".join(json.dumps(event).encode() for event in aside.events)
        city.pipeline.run("apply", "-", stdin=lines + b"\n")
        pause(12)
        assert rows(city.pipeline, "select count(*) > 0 from outbox where sent is null") == [(True,)]
    finally:
        city.rabbit.memory_alarm(on=False)


def counts(pipeline: Pipeline, *events: str) -> dict[str, int]:
    """Return how many log lines of these kinds each process has written."""
    return {name: sum(line.get("event") in events for line in pipeline[name].lines()) for name in CREW}


def recovery(city: City, tap: Tap, eventually: Eventually) -> dict[str, float]:
    """Return after how many seconds from now each process has worked again, and a new card was told of."""
    began, before = time.monotonic(), counts(city.pipeline, *WORK)
    city.cards.append(probe := happy())
    seconds: dict[str, float] = {}
    with closing(Client(city.pipeline.broker_url)) as client:
        for event in probe.events:
            letter = letter_of(event)
            client.send(letter.routing_key, letter.body, content_type=STRUCTURED)

    def all_work() -> bool:
        now = counts(city.pipeline, *WORK)
        done = [name for name in CREW if now[name] > before[name]]
        told = ["a new card told of"] if tap.about(str(probe.application)) else []
        for name in (*done, *told):
            seconds.setdefault(name, time.monotonic() - began)
        return len(seconds) > len(CREW)

    eventually(all_work, 60)
    return seconds


@pytest.mark.slow
@pytest.mark.owns_server
@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", [broker_restarts, database_crashes, connections_are_closed, memory_alarm])
def test_everything_works_again_soon_after_a_server_came_back(  # noqa: PLR0917 - fixtures are arguments
    fault: Callable[[City], None], pipeline: Pipeline, rabbit: PrivateRabbit, postgres: PrivatePostgres,
    eventually: Eventually, figures: Figures,
) -> None:  # fmt: skip
    """The same processes, within ten seconds; afterwards every card is collected and every notice was told in order."""
    cards = [happy() for _ in range(CARDS)]
    letters = scattered(cards, SECONDS, random.Random(7))
    city = City(pipeline, rabbit, postgres, cards)
    with Tap(pipeline.broker_url) as tap:
        pipeline.start_all("consume", "consume", "relay")
        with Station(pipeline.broker_url, letters, RATE) as station:
            eventually(lambda: tap.came() > RATE, 30)
            troubles = counts(pipeline, *TROUBLE)
            fault(city)
            seconds = recovery(city, tap, eventually)
            told = ", ".join(f"{name} {value:.1f} s" for name, value in sorted(seconds.items()))
            figures(f"{fault.__name__.replace('_', ' ')}: at work again after {told}")
            station.finish()
            eventually(lambda: station.done, 60)
        assert counts(pipeline, *TROUBLE) != troubles or station.troubles, "nobody has felt the fault"
        assert pipeline.all_alive()
        eventually(AtRest(pipeline, len(cards)), 120)
        eventually(AllHeard(pipeline, tap), 30)
        assert_all_told(pipeline, tap, cards)
        assert pipeline.all_alive()
    assert max(seconds.values()) < SOON
