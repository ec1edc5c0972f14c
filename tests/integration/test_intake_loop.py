"""The intake's loop on a real RabbitMQ, with a journal that is told how to behave."""

import json
import time
from collections.abc import Iterator
from functools import partial

import pytest

from consumers.errors import IntakeHalted, JournalUnavailable
from consumers.intake import Intake
from consumers.lanes import OpenSource
from ektp.broker.console import queue_depths
from ektp.broker.source import KombuSource
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE, LATE_QUEUE
from schemas.submission import Submission
from tests.amqp_client import Client, client
from tests.conftest import Eventually
from tests.fake_journal import FakeJournal
from tests.histories import History
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


def recordings(count: int) -> dict[str, bytes]:
    """Return bodies of good events by id."""
    events = [History().recorded().events[0] for _ in range(count)]
    return {event["id"]: json.dumps(event).encode() for event in events}


def empty(url: str) -> bool:
    """Tell whether nothing waits anywhere; consumers hold nothing back when they are closed."""
    return all(ready == 0 for ready, _ in queue_depths(url).values())


def test_what_is_published_is_applied_and_gone(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Live and late, in batches, each once."""
    live, late = recordings(600), recordings(300)
    station.send(KEY, *live.values())
    station.send(f"{KEY}.late", *late.values())
    journal = FakeJournal()
    intake = Intake(journal, open_source)
    with running(intake):
        eventually(lambda: len(journal.ids) == 900, 20)
        assert intake.ready
    assert journal.ids == {*live, *late}
    assert len(journal.applied) == 900
    assert len(journal.batches) < 20
    assert empty(amqp_url)


def test_a_trickle_is_taken_in_at_once(station: Client, open_source: OpenSource, eventually: Eventually) -> None:
    """A single event does not wait for company."""
    journal = FakeJournal()
    with running(Intake(journal, open_source)):
        for one, body in recordings(5).items():
            began = time.monotonic()
            station.send(KEY, body)
            eventually(lambda one=one: one in journal.ids)
            assert time.monotonic() - began < 2


def test_what_is_not_committed_is_given_back(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Told to stop while the store is away: everything is in the queue again."""
    station.send(KEY, *recordings(20).values())
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
    station.send(KEY, *recordings(20).values())
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
    station.send(KEY, first, b"", b"\xff\xfe", b"[]", b"z" * 70_000, last)
    station.send("printed.st337401", first)
    journal = FakeJournal()
    with running(Intake(journal, open_source)):
        eventually(lambda: len(journal.applied) == 7)
    reasons = [submission.refusal.reason.value for submission in journal.applied if submission.refusal]
    assert reasons == ["not-json", "not-utf-8", "not-an-object", "too-large", "key-mismatch"]
    assert journal.ids == set(good)


def test_a_message_that_kills_the_process_is_found_alone(
    amqp_url: str, station: Client, open_source: OpenSource, eventually: Eventually
) -> None:
    """Its neighbours are through after a few deaths; it stays until the last net takes it."""
    guilty, *innocent = recordings(40).values()

    def kill(submission: Submission) -> None:
        if submission.body == guilty:
            raise Died

    station.send(KEY, *innocent[:20], guilty, *innocent[20:])
    journal = FakeJournal(before=kill)
    deaths = 0
    while queue_depths(amqp_url)[DEAD_QUEUE][0] == 0 and deaths < 300:
        try:
            with running(Intake(journal, open_source)):
                eventually(lambda: len(journal.ids) == len(innocent) or journal.batches is None, 1)
                break
        except Died:
            deaths += 1
    assert deaths > 0
