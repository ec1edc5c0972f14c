"""The intake's loop on a real RabbitMQ, with a journal that is told how to behave."""

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from consumers.errors import IntakeHalted, JournalUnavailable
from consumers.intake import Intake
from consumers.lanes import HOPELESS, OpenSource
from ektp.broker.console import queue_depths
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE
from schemas.submission import Submission
from tests.amqp_client import Client, client, recordings
from tests.conftest import BUSY, Eventually
from tests.fake_journal import FakeJournal
from tests.running import running

KEY = "recorded.st337401"


class Died(BaseException):
    """The process ended here, as by kill -9."""


@pytest.fixture
def station(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as sender:
        yield sender


@pytest.fixture
def open_source(amqp_url: str) -> OpenSource:
    """Give what opens the intake's sources."""
    return partial(KombuSource, amqp_url)


def empty(url: str) -> bool:
    """Tell whether nothing waits anywhere; consumers hold nothing back when they are closed."""
    return all(ready == 0 for ready, _ in queue_depths(url).values())


def test_what_is_published_is_applied_and_gone(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Live and late, in batches, each once."""
    live, late = recordings(600), recordings(300)
    station.tell(KEY, *live.values())
    station.tell(f"{KEY}.late", *late.values())
    journal = FakeJournal()
    intake = Intake(journal, open_source)
    with running(intake):
        eventually(lambda: len(journal.ids) == 900, 20)
        assert intake.ready
    assert journal.ids == {*live, *late}
    assert len(journal.applied) == 900
    assert len(journal.batches) < 20
    eventually(lambda: empty(amqp_url))


def test_a_trickle_is_taken_in_at_once(station: Client, open_source: OpenSource, eventually: Eventually) -> None:
    """A single event does not wait for company."""
    journal = FakeJournal()
    with running(Intake(journal, open_source)):
        for one, body in recordings(5).items():
            began = time.monotonic()
            station.tell(KEY, body)
            eventually(lambda one=one: one in journal.ids)
            assert time.monotonic() - began < 1 + BUSY


def test_what_is_not_committed_is_given_back(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Told to stop while the store is away: everything is in the queue again."""
    station.tell(KEY, *recordings(20).values())
    journal = FakeJournal(*[JournalUnavailable("gone")] * 1000)
    intake = Intake(journal, open_source)
    with running(intake):
        eventually(lambda: journal.refused)
        assert not intake.ready
    eventually(lambda: queue_depths(amqp_url)[INTAKE_QUEUE] == (20, 0))


def test_a_bad_deploy_leaves_everything_in_the_queue(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Unacknowledged, for the next version."""
    station.tell(KEY, *recordings(20).values())
    intake = Intake(FakeJournal(IntakeHalted("KeyError", 5)), open_source)
    with pytest.raises(IntakeHalted):
        intake.run()
    assert not intake.ready
    eventually(lambda: queue_depths(amqp_url)[INTAKE_QUEUE] == (20, 0))


def test_bad_messages_reach_the_journal_between_the_good_ones(
    station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """One reason each, and nothing stops."""
    good = recordings(2)
    first, last = good.values()
    station.tell(KEY, first, b"", b"\xff\xfe", b"[]", b"z" * 70_000, last)
    station.tell("printed.st337401", first)
    journal = FakeJournal()
    with running(Intake(journal, open_source)):
        eventually(lambda: len(journal.applied) == 7)
    reasons = [submission.refusal.reason.value for submission in journal.applied if submission.refusal]
    assert reasons == ["not-json", "not-utf-8", "not-an-object", "too-large", "key-mismatch"]
    assert journal.ids == set(good)


@pytest.mark.slow
def test_a_message_that_ends_the_process_every_time_stops_nothing_for_long(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Ten deaths, and it is with the dead letters; its neighbours are applied, none of them beside it."""
    guilty, *innocent = recordings(600).values()

    deaths: list[int] = []

    def kill(submission: Submission) -> None:
        if submission.body == guilty:
            deaths.append(1)
            raise Died

    station.tell(KEY, *innocent[:300], guilty, *innocent[300:])
    journal = FakeJournal(before=kill)

    def through() -> bool:
        return len(journal.applied) == len(innocent) and station.depth(DEAD_QUEUE) == 1

    while not through():
        before = len(deaths)
        with suppress(Died), running(Intake(journal, open_source)):
            eventually(lambda before=before: len(deaths) > before or through(), 20)
    assert len(deaths) == HOPELESS
    assert {submission.body for submission in journal.applied} == set(innocent)
    assert station.take_all(DEAD_QUEUE) == [guilty]
    eventually(lambda: empty(amqp_url))


@pytest.mark.slow
def test_a_store_that_is_away_for_longer_than_the_heartbeats_costs_no_link(
    amqp_url: str, station: Client, eventually: Eventually
) -> None:
    """The messages are kept, and are settled over the same link in the end."""
    station.tell(KEY, *recordings(5).values())
    opened: list[KombuSource] = []

    def open_source(queue: str, prefetch: int) -> KombuSource:
        opened.append(KombuSource(amqp_url, queue, prefetch, heartbeat=4))
        return opened[-1]

    journal = FakeJournal()
    journal.before = lambda _: None if journal.batches else journal.failures.extend([JournalUnavailable("gone")] * 6)
    with running(Intake(journal, open_source)):
        eventually(lambda: len(journal.applied) == 5, 30)
        eventually(lambda: len(opened) >= 4)
    assert journal.refused == 6
    assert len(opened) == 4
