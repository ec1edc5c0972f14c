"""The intake through the faults of a broker: it comes back by itself and soon, and nothing is lost or put aside."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from random import Random
from urllib.parse import urlsplit

import pytest

from consumers.intake import Intake
from consumers.lanes import OpenSource
from ektp.broker.console import queue_depths
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE
from schemas.submission import Submission
from tests.amqp_client import client, declare, recordings, through
from tests.conftest import Eventually
from tests.fake_journal import FakeJournal
from tests.running import running
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit

KEY = "recorded.st337401"
SOON = 10  # seconds from the end of a fault to the next event

pytestmark = pytest.mark.slow


@pytest.fixture
def open_source(amqp_url: str) -> OpenSource:
    """Give what opens the intake's sources; everything is declared."""
    declare(amqp_url)
    return partial(KombuSource, amqp_url)


@pytest.fixture
def proxy(rabbit: PrivateRabbit) -> Iterator[FaultProxy]:
    """Give a proxy in front of the broker."""
    with FaultProxy(("127.0.0.1", urlsplit(rabbit.url).port or 0)) as between:
        yield between


def tell(url: str, bodies: dict[str, bytes]) -> None:
    """Publish events with confirms, over a connection of its own."""
    with client(url) as station:
        station.tell(KEY, *bodies.values())


def slowly(_: Submission) -> None:
    """Take a moment for each event, so that a fault meets work."""
    threading.Event().wait(0.001)


def test_closed_connections_lose_nothing(
    amqp_url: str, rabbit: PrivateRabbit, open_source: OpenSource, eventually: Eventually
) -> None:
    """Three times in the middle of a backlog."""
    sent = recordings(1500)
    tell(amqp_url, sent)
    journal = FakeJournal(before=slowly)
    with running(Intake(journal, open_source, batch=100)):
        for share in (0.2, 0.4, 0.6):
            eventually(lambda share=share: len(journal.ids) > share * len(sent), 30)
            eventually(lambda: rabbit.connections(amqp_url))
            rabbit.close_connections(amqp_url)
        eventually(lambda: len(journal.ids) == len(sent), 30)
        # What came back from a closed connection may be behind the last that is new.
        eventually(lambda: rabbit.queues(amqp_url)[INTAKE_QUEUE].get("messages") == 0, 30)
    assert journal.ids == set(sent)
    eventually(lambda: queue_depths(amqp_url)[INTAKE_QUEUE] == (0, 0))
    assert queue_depths(amqp_url)[DEAD_QUEUE] == (0, 0)


@pytest.mark.owns_server
@pytest.mark.parametrize("how", ["stop_app", "kill"])
def test_a_broker_that_was_away_is_found_within_ten_seconds(
    amqp_url: str, rabbit: PrivateRabbit, open_source: OpenSource, eventually: Eventually, how: str
) -> None:
    """Stopped in order or as by a power cut: what was confirmed is applied."""
    sent = recordings(2000)
    tell(amqp_url, sent)
    journal = FakeJournal(before=slowly)
    intake = Intake(journal, open_source, batch=100)
    with running(intake):
        eventually(lambda: len(journal.ids) > 300, 30)
        getattr(rabbit, how)()
        eventually(lambda: not intake.ready)
        (rabbit.start_app if how == "stop_app" else rabbit.start)()
        back = time.monotonic()
        eventually(lambda: intake.ready, SOON)
        eventually(lambda: len(journal.ids) == len(sent), 30)
        assert time.monotonic() - back < 30
    assert journal.ids == set(sent)


def test_a_deleted_queue_is_declared_again(amqp_url: str, open_source: OpenSource, eventually: Eventually) -> None:
    """And what is published afterwards is applied."""
    journal = FakeJournal()
    with running(Intake(journal, open_source)):
        eventually(lambda: queue_depths(amqp_url)[INTAKE_QUEUE][1] == 1)
        with client(amqp_url) as operator:
            operator.delete_queue(INTAKE_QUEUE)
        eventually(lambda: queue_depths(amqp_url).get(INTAKE_QUEUE) == (0, 1), SOON)
        sent = recordings(3)
        tell(amqp_url, sent)
        eventually(lambda: journal.ids == set(sent))


@pytest.mark.parametrize("fault", [Mode.HALF_OPEN, Mode.BLACKHOLE])
def test_a_silent_link_is_noticed_within_three_heartbeats(
    amqp_url: str, open_source: OpenSource, proxy: FaultProxy, eventually: Eventually, fault: Mode
) -> None:
    """And left for a new one as soon as one can be had."""
    heartbeat = 2
    source = partial(KombuSource, through(amqp_url, proxy), heartbeat=heartbeat)
    journal = FakeJournal()
    intake = Intake(journal, source)
    with running(intake):
        eventually(lambda: intake.ready and queue_depths(amqp_url)[INTAKE_QUEUE][1] == 1)
        proxy.mode = fault
        fell_silent = time.monotonic()
        eventually(lambda: not intake.ready, 3 * heartbeat + 1)
        assert time.monotonic() - fell_silent > heartbeat
        proxy.mode = Mode.PASS
        sent = recordings(3)
        tell(amqp_url, sent)
        eventually(lambda: journal.ids == set(sent), SOON + 4)


def test_a_cut_link_is_replaced_at_once(
    amqp_url: str, open_source: OpenSource, proxy: FaultProxy, eventually: Eventually
) -> None:
    """Cut ten times in the middle of frames."""
    sent = recordings(1500)
    tell(amqp_url, sent)
    journal = FakeJournal(before=slowly)
    with running(Intake(journal, partial(KombuSource, through(amqp_url, proxy)), batch=50)):
        for cut in range(10):
            eventually(lambda cut=cut: len(journal.ids) > cut * 100, 30)
            proxy.cut()
        eventually(lambda: len(journal.ids) == len(sent), 40)
    assert journal.ids == set(sent)
    assert queue_depths(amqp_url)[DEAD_QUEUE] == (0, 0)


@pytest.mark.owns_server
def test_a_memory_alarm_does_not_stop_the_intake(
    amqp_url: str, rabbit: PrivateRabbit, open_source: OpenSource, eventually: Eventually
) -> None:
    """Consumers go on while publishers are blocked: that is how the memory comes back."""
    sent = recordings(500)
    tell(amqp_url, sent)
    rabbit.memory_alarm(on=True)
    try:
        journal = FakeJournal()
        with running(Intake(journal, open_source)):
            eventually(lambda: journal.ids == set(sent), 20)
    finally:
        rabbit.memory_alarm(on=False)


class Died(BaseException):
    """The process ended here, as by kill -9."""


def test_a_hundred_deaths_with_a_deep_backlog_put_nothing_healthy_aside(
    amqp_url: str, open_source: OpenSource, eventually: Eventually
) -> None:
    """Each process ends at another event; no event is to blame, so none may be blamed."""
    sent = recordings(2500)
    tell(amqp_url, sent)
    chance = Random(7)
    lives = iter(chance.randrange(1, 30) for _ in range(100))
    left = next(lives)

    def die_some_day(_: Submission) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            left = next(lives, 1_000_000)
            raise Died

    journal = FakeJournal(before=die_some_day)
    deaths = 0
    while deaths < 100:
        try:
            Intake(journal, open_source, batch=100).run()
        except Died:
            deaths += 1
    with running(Intake(journal, open_source)):
        eventually(lambda: len(journal.ids) == len(sent), 60)
    assert queue_depths(amqp_url)[DEAD_QUEUE] == (0, 0)
