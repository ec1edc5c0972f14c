"""The intake's loop over fakes: what is settled when, whose turn it is, and what it does when things go wrong."""

import json
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from consumers.errors import IntakeHalted, JournalUnavailable
from consumers.intake import LATE, LIVE, Intake
from consumers.lanes import CALM, HOPELESS, SUSPICIOUS
from schemas.reasons import Reason
from schemas.submission import Submission
from tests.fake_broker import FakeBroker, FakeClock
from tests.fake_journal import FakeJournal
from tests.histories import History


class Died(BaseException):
    """The process ended here, as by kill -9."""


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands still unless somebody waits."""
    return FakeClock()


@pytest.fixture
def broker(clock: FakeClock) -> FakeBroker:
    """Give queues without messages."""
    return FakeBroker(clock)


def intake_of(broker: FakeBroker, journal: FakeJournal, **options: object) -> Intake:
    """Return an intake that stops when both queues are empty."""
    intake = Intake(journal, broker.open_source, clock=broker.clock, sleep=broker.clock.sleep, **options)  # type: ignore[arg-type]
    broker.when_empty = intake.stop
    return intake


def good(count: int = 1) -> list[bytes]:
    """Return bodies of good events."""
    return [json.dumps(History().recorded().events[0]).encode() for _ in range(count)]


def bodies(batch: list[Submission]) -> list[bytes]:
    """Return the bodies of a batch."""
    return [submission.body for submission in batch]


def test_everything_is_applied_in_order_and_then_settled(broker: FakeBroker) -> None:
    """The first alone, the others in batches of the size asked for."""
    sent = good(10)
    broker.put(LIVE, *sent)
    journal = FakeJournal()
    intake_of(broker, journal, batch=4).run()
    assert [len(batch) for batch in journal.batches] == [1, 4, 4, 1]
    assert bodies(journal.applied) == broker.settled[LIVE] == sent


def test_nothing_is_settled_before_the_journal_has_returned(broker: FakeBroker) -> None:
    """At the moment of each batch, those before it are settled and no more."""
    settled: list[int] = []
    broker.put(LIVE, *good(7))
    intake_of(broker, FakeJournal(before=lambda _: settled.append(len(broker.settled[LIVE]))), batch=3).run()
    assert settled == [0, 1, 1, 1, 4, 4, 4]


def test_a_message_that_nobody_understands_stops_nothing(broker: FakeBroker) -> None:
    """It goes to the journal with its reason, between its neighbours."""
    before, after = good(2)
    broker.put(LIVE, before, b"{", after)
    journal = FakeJournal()
    intake_of(broker, journal).run()
    refusals = [submission.refusal and submission.refusal.reason for submission in journal.applied]
    assert refusals == [None, Reason.NOT_JSON, None]
    assert len(broker.settled[LIVE]) == 3


@pytest.mark.parametrize(
    ("key", "sender"),
    [("recorded.st337401", "st337401"), ("recorded.st337401.late", "st337401"), ("strange", ""), ("a.b.c.d", "")],
)
def test_the_sender_is_the_station_of_the_key(broker: FakeBroker, key: str, sender: str) -> None:
    """And nobody where the key names none."""
    broker.put(LIVE, *good(), key=key)
    journal = FakeJournal()
    intake_of(broker, journal).run()
    assert journal.applied[0].sender == sender


def test_late_messages_wait_until_live_is_empty(broker: FakeBroker) -> None:
    """While live takes no time, late is owed none."""
    live, late = good(6), good(2)
    broker.put(LIVE, *live)
    broker.put(LATE, *late, key="recorded.st337401.late")
    journal = FakeJournal()
    intake_of(broker, journal, batch=2).run()
    assert bodies(journal.applied) == live + late


def test_late_gets_a_tenth_of_the_time_however_busy_live_is(broker: FakeBroker, clock: FakeClock) -> None:
    """By the seconds spent, whatever the batches cost."""
    spent = {"live": 0.0, "late": 0.0}

    def work(submission: Submission) -> None:
        lane = "late" if submission.sender == "latecomer" else "live"
        seconds = 0.03 if lane == "late" else 0.1
        clock.now += seconds
        spent[lane] += seconds
        if clock.now > 60:
            intake.stop()

    broker.put(LIVE, *good() * 2000)
    broker.put(LATE, *good() * 2000, key="recorded.latecomer.late")
    intake = intake_of(broker, FakeJournal(before=work), batch=1)
    intake.run()
    assert 0.1 <= round(spent["late"] / clock.now, 2) <= 0.11


def test_a_suspicious_message_is_handled_alone(broker: FakeBroker) -> None:
    """What came before it is settled, then the queue is read one by one with prefetch 1, then in batches again."""
    before, suspects, after = good(3), good(2), good(CALM + 5)
    broker.put(LIVE, *before)
    broker.put(LIVE, *suspects, deliveries=3)
    broker.put(LIVE, *after)
    journal = FakeJournal()
    intake_of(broker, journal, batch=50, prefetch=100).run()
    assert [len(batch) for batch in journal.batches] == [1, 2, 1, 1, *[1] * CALM, 5]
    assert bodies(journal.applied) == [*before, *suspects, *after] == broker.settled[LIVE]
    assert [prefetch for queue, prefetch in broker.opened if queue == LIVE] == [1, 100, 1, 100]


def test_a_queue_that_runs_empty_ends_the_suspicion(broker: FakeBroker) -> None:
    """The next messages are read in batches."""
    broker.put(LIVE, *good(), deliveries=3)
    journal = FakeJournal()
    intake = intake_of(broker, journal, prefetch=100)

    def refill() -> None:
        broker.when_empty = intake.stop
        broker.put(LIVE, *good(4))

    broker.when_empty = refill
    intake.run()
    assert [len(batch) for batch in journal.batches] == [1, 4]


def test_a_message_that_ends_the_process_every_time_stops_its_neighbours_for_ten_deaths(broker: FakeBroker) -> None:
    """Only the guilty goes on counting, until it is given to the dead letters."""
    guilty, *innocent = good(40)

    def kill(submission: Submission) -> None:
        if submission.body == guilty:
            raise Died

    broker.put(LIVE, *innocent[:10], guilty, *innocent[10:])
    journal = FakeJournal(before=kill)
    deaths = 0
    while not broker.refused[LIVE]:
        try:
            intake_of(broker, journal).run()
        except Died:
            deaths += 1
    assert deaths == HOPELESS
    assert broker.refused[LIVE] == [guilty]
    assert bodies(journal.applied) == innocent
    assert max(message.deliveries for message in broker.delivered if message.body != guilty) <= SUSPICIOUS + 1


def test_while_the_store_is_away_messages_are_kept_and_offered_again(broker: FakeBroker) -> None:
    """Not given back, not settled, not ready, the links kept; then all is as if nothing had been."""
    journal = FakeJournal()
    states: list[tuple[bool, int]] = []
    broker.put(LIVE, *good(4))
    intake = intake_of(broker, journal)

    def go_away_after_the_first(_: Submission) -> None:
        states.append((intake.ready, len(broker.settled[LIVE])))
        if len(states) == 1:
            journal.failures += [JournalUnavailable("gone")] * 8

    journal.before = go_away_after_the_first
    began = broker.clock.now
    intake.run()
    assert states == [(True, 0)] + [(False, 1)] * 3
    assert broker.clock.now - began > 20
    assert [len(batch) for batch in journal.batches] == [1, 3]
    assert len(broker.settled[LIVE]) == 4
    assert all(message.deliveries == 0 for message in broker.delivered)


def test_an_intake_is_ready_while_it_works_and_never_after(broker: FakeBroker) -> None:
    """Ready means: open, the store there, not stopping."""
    seen: list[bool] = []
    broker.put(LIVE, *good(2))
    intake = intake_of(broker, FakeJournal(before=lambda _: seen.append(intake.ready)), batch=1)
    assert not intake.ready
    intake.run()
    assert seen == [True, True]
    assert not intake.ready


def test_a_stop_is_heard_while_the_store_is_away(broker: FakeBroker) -> None:
    """The messages go back, nothing is settled."""
    broker.put(LIVE, *good(3))
    journal = FakeJournal(*[JournalUnavailable("gone")] * 1000)
    intake = intake_of(broker, journal)
    journal.when_refusing = intake.stop
    intake.run()
    assert journal.refused == 1
    assert broker.settled[LIVE] == []
    assert len(broker.queues[LIVE]) == 3


def test_a_stop_ends_after_the_batch_at_hand(broker: FakeBroker) -> None:
    """That batch is settled, the rest stays."""
    sent = good(6)
    broker.put(LIVE, *sent)
    journal = FakeJournal(before=lambda submission: intake.stop() if submission.body == sent[2] else None)
    intake = intake_of(broker, journal, batch=3)
    intake.run()
    assert broker.settled[LIVE] == sent[:4]
    assert len(broker.queues[LIVE]) == 2


def test_a_bad_deploy_stops_the_intake_with_everything_unacknowledged(broker: FakeBroker) -> None:
    """The error reaches the caller, who ends with another code than zero."""
    broker.put(LIVE, *good(3))
    intake = intake_of(broker, FakeJournal(IntakeHalted("KeyError", 5)))
    with pytest.raises(IntakeHalted):
        intake.run()
    assert not intake.ready
    assert broker.settled[LIVE] == []
    assert len(broker.queues[LIVE]) == 3


def test_a_lost_source_is_opened_again_with_growing_pauses(broker: FakeBroker, clock: FakeClock) -> None:
    """Never longer than three seconds, so a broker that is back is found within ten."""
    broker.put(LIVE, *good(2))
    broker.refusals = 9
    journal = FakeJournal()
    intake_of(broker, journal).run()
    assert len(broker.settled[LIVE]) == 2
    assert 15 < sum(clock.slept) < 25
    assert max(clock.slept) <= 3


@pytest.mark.parametrize("fetches", range(6))
def test_messages_of_a_lost_source_come_again(broker: FakeBroker, fetches: int) -> None:
    """Lost whenever, also while the store was away: each is applied in the end, none is settled twice."""
    sent = good(6)
    broker.put(LIVE, *sent)
    broker.lose_in = fetches
    journal = FakeJournal(*[JournalUnavailable("gone")] * 2)
    intake_of(broker, journal, batch=2).run()
    assert broker.settled[LIVE] == sent
    assert bodies(journal.applied) == sent


def test_each_batch_is_one_line_without_anything_personal(broker: FakeBroker) -> None:
    """Its queue, its size, what became of it, how long it took."""
    history = History().recorded()
    history.events[0]["data"]["name"] = "Contoh Siti"
    broker.put(LIVE, *good(), json.dumps(history.events[0]).encode(), b"{")
    with capture_logs() as lines:
        intake_of(broker, FakeJournal()).run()
    _, line = [line for line in lines if line["event"] == "batch"]
    assert line == {
        "event": "batch", "log_level": "info", "queue": LIVE, "size": 2, "milliseconds": 0,
        "applied": 1, "repeated": 0, "held": 0, "superseded": 0, "parked": 1,
    }  # fmt: skip
    assert history.nik not in repr(lines)
    assert "Siti" not in repr(lines)


def test_the_house_is_kept_now_and_then(broker: FakeBroker, clock: FakeClock) -> None:
    """Between two batches, and a store that is away then is no reason to end."""
    calls: list[float] = []

    def keep() -> None:
        calls.append(clock.now)
        if len(calls) > 3:
            intake.stop()
        raise JournalUnavailable("gone")

    intake = intake_of(broker, FakeJournal(), housekeeping=keep)
    broker.when_empty = lambda: None
    intake.run()
    gaps = [after - before for before, after in pairwise(calls)]
    assert all(30 <= gap < 31 for gap in gaps)
