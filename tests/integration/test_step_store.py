"""The steps' rows in a real PostgreSQL: who may run one, who may end it, when it is sent, by which clock."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from consumers.books import Asked, Changes
from consumers.journal import Journal
from consumers.steps import Claim
from ektp.reading.steps import steps_in_trouble
from ektp.storage.engine import transaction
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.leadership import Leadership
from ektp.storage.secrets.vault import Vault
from ektp.storage.steps.housekeeping import PostgresLetters, PostgresTallies, PostgresWaiting
from ektp.storage.steps.steps import PostgresSteps, add_steps
from tests.conftest import Eventually
from tests.histories import NOON, History, happy
from workflows.steps.step import NewStep

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOTHING = Asked((), (), (), (), (), ())


@pytest.fixture
def steps(engine: Engine) -> PostgresSteps:
    """Give the store of the steps."""
    return PostgresSteps(engine)


def added(engine: Engine, key: str = "ask:1", **more: Any) -> NewStep:
    """Write one step of an application."""
    step = NewStep("ask", key, uuid4(), **more)
    with transaction(engine) as connection:
        add_steps(connection, [step])
    return step


def row(engine: Engine, step: UUID, *columns: str) -> tuple[Any, ...]:
    """Return some columns of a step."""
    with transaction(engine) as connection:
        found = connection.execute(f"select {', '.join(columns)} from steps where id = %s", [step]).fetchone()
    assert found is not None
    return found


def claimed(steps: PostgresSteps, step: NewStep, seconds: float = 30) -> Claim:
    """Claim a step that is free."""
    claim = steps.claim(step.id, seconds)
    assert claim is not None
    return claim


def test_a_step_is_written_with_the_change_or_not_at_all(engine: Engine) -> None:
    """A transaction that is rolled back leaves no step, one that commits leaves each key once."""
    vault = Vault(b"s" * 32, b"n" * 32)
    books = PostgresBooks(engine, vault)
    first, second = NewStep("ask", "ask:1", uuid4(), {"attempt": 1}), NewStep("ask", "ask:2", uuid4(), due=NOON)
    with suppress(ZeroDivisionError), books.open() as page:
        page.read(NOTHING)
        page.write(Changes(steps=[first, second]))
        raise ZeroDivisionError
    with transaction(engine) as connection:
        assert connection.execute("select count(*) from steps").fetchone() == (0,)
    for _ in range(2):
        with books.open() as page:
            page.read(NOTHING)
            page.write(Changes(steps=[first, second, NewStep("ask", "ask:1", uuid4(), {"attempt": 9})]))
    with transaction(engine) as connection:
        assert connection.execute("select count(*) from steps").fetchone() == (2,)
    assert row(engine, first.id, "data", "application", "state") == ({"attempt": 1}, first.application, "waiting")
    assert row(engine, second.id, "due") == (NOON,)


def test_of_two_workers_one_has_the_step(engine: Engine, steps: PostgresSteps) -> None:
    """However often both begin at the same moment."""
    wanted = [added(engine, f"ask:{number}") for number in range(40)]
    together = Barrier(2)

    def work(step: NewStep) -> bool:
        together.wait(10)
        return PostgresSteps(engine).claim(step.id, 30) is not None

    with ThreadPoolExecutor(2) as pool:
        for step in wanted:
            assert sorted(pool.map(work, [step, step])) == [False, True]
    assert {row(engine, step.id, "attempts", "fence") for step in wanted} == {(1, 1)}


def test_after_the_lease_another_takes_the_step_and_the_slower_self_changes_nothing(
    engine: Engine, steps: PostgresSteps, eventually: Eventually
) -> None:
    """The fence has moved on: neither renewing, ending, postponing nor giving up has any effect."""
    step = added(engine)
    slow = claimed(steps, step, 0.2)
    assert steps.claim(step.id, 30) is None
    fast = eventually(lambda: steps.claim(step.id, 30), 5)
    assert fast is not None
    assert (slow.fence, fast.fence, fast.step.attempts) == (1, 2, 2)
    before = row(engine, step.id, "state", "due", "leased_until", "last_error")
    assert not steps.renew(slow, 900)
    assert not steps.finish(slow)
    assert not steps.postpone(slow, NOON, "TooSlow")
    assert not steps.give_up(slow, "TooSlow")
    assert row(engine, step.id, "state", "due", "leased_until", "last_error") == before
    assert steps.finish(fast)
    assert not steps.finish(fast)
    assert steps.claim(step.id, 30) is None
    assert row(engine, step.id, "state", "leased_until") == ("done", None)


def test_a_lease_that_is_renewed_is_not_taken(engine: Engine, steps: PostgresSteps, eventually: Eventually) -> None:
    """A step may take longer than its lease, as long as its process lives."""
    step = added(engine)
    claim = claimed(steps, step, 0.2)
    assert steps.renew(claim, 60)
    with transaction(engine) as connection:
        connection.execute("select pg_sleep(0.3)")
    assert steps.claim(step.id, 30) is None


def test_what_failed_waits_and_counts_what_only_waits_counts_anew(engine: Engine, steps: PostgresSteps) -> None:
    """A postponed step cannot be claimed before its time; with an error its attempts go on."""
    step = added(engine)
    claim = claimed(steps, step)
    assert steps.postpone(claim, claim.step.now + DAY, "NoAnswer")
    assert steps.claim(step.id, 30) is None
    assert row(engine, step.id, "state", "attempts", "last_error") == ("waiting", 1, "NoAnswer")
    with transaction(engine) as connection:
        connection.execute("update steps set due = now()")
    again = claimed(steps, step)
    assert again.step.attempts == 2
    steps.postpone(again, again.step.now, None)
    assert row(engine, step.id, "attempts", "last_error") == (0, None)
    last = claimed(steps, step)
    assert steps.give_up(last, "NoAnswer")
    assert row(engine, step.id, "state", "last_error") == ("given-up", "NoAnswer")


def test_a_due_step_is_sent_again_only_after_a_while(
    engine: Engine, steps: PostgresSteps, eventually: Eventually
) -> None:
    """A lost message is sent again, a waiting one is not doubled each second; a leased step needs none."""
    step, later = added(engine), added(engine, "ask:2", due=datetime.now().astimezone() + DAY)
    quiet = timedelta(seconds=0.3)
    assert [one.id for one in steps.due(10, quiet)] == [step.id]
    assert steps.due(10, quiet) == []
    assert [one.kind for one in eventually(lambda: steps.due(10, MINUTE), 5)] == ["ask"]
    assert steps.due(10, MINUTE) == []
    steps.unsent([step.id, later.id])
    assert [one.id for one in steps.due(10, MINUTE)] == [step.id]
    claim = claimed(steps, step, 0.2)
    assert steps.due(10, MINUTE) == []
    assert [one.id for one in eventually(lambda: steps.due(10, MINUTE), 5)] == [step.id], "its process died"
    steps.postpone(claim, claim.step.now, "NoAnswer")
    assert [one.id for one in steps.due(10, MINUTE)] == [step.id], "a new time is sent for anew"


def test_two_senders_do_not_send_the_same(engine: Engine, steps: PostgresSteps) -> None:
    """Whoever comes second takes the others, or none."""
    wanted = {added(engine, f"ask:{number}").id for number in range(200)}
    with ThreadPoolExecutor(4) as pool:
        sent = [one.id for found in pool.map(lambda _: steps.due(60, MINUTE), range(4)) for one in found]
    assert len(sent) == len(set(sent)) == 200
    assert set(sent) == wanted


def test_an_application_goes_by_its_city_s_clock_and_housekeeping_by_the_real_one(
    engine: Engine, steps: PostgresSteps
) -> None:
    """A simulated year makes no tick; a simulated day makes what was to come tomorrow due."""
    now = datetime.now().astimezone()
    tomorrow, today = added(engine, "ask:1", due=now + DAY), added(engine, "ask:2")
    steps.plant({"tick": timedelta(days=1)})
    assert {one.kind for one in steps.due(10, timedelta())} == {"ask", "tick"}
    with transaction(engine) as connection:
        connection.execute("insert into simulated_clock (moment) values (%s)", [now - DAY])
    assert {one.kind for one in steps.due(10, timedelta())} == {"tick"}
    assert steps.claim(today.id, 30) is None
    with transaction(engine) as connection:
        connection.execute("update simulated_clock set moment = %s", [now + 2 * DAY])
    assert steps.plant({"tick": timedelta(days=1)}) == 0
    claim = claimed(steps, tomorrow)
    assert claim.step.now == now + 2 * DAY
    assert steps.claim(tomorrow.id, 30) is None, "the lease is on the real clock"
    assert steps.finish(claim)
    assert row(engine, tomorrow.id, "finished") == (now + 2 * DAY,)


def test_a_slot_has_one_step_whoever_asks(engine: Engine, steps: PostgresSteps, eventually: Eventually) -> None:
    """Two at once, and often, make one row for each name and slot."""
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(lambda _: steps.plant({"a": DAY, "b": DAY}), range(20))) == 2
    assert steps.plant({"c": timedelta(seconds=0.2)}) == 1
    eventually(lambda: steps.plant({"c": timedelta(seconds=0.2)}) == 1, 5)


def test_only_housekeeping_that_ended_long_ago_is_forgotten(engine: Engine, steps: PostgresSteps) -> None:
    """What was done for an application stays as long as the application."""
    business = added(engine)
    steps.plant({"a": DAY, "b": DAY})
    for one in steps.due(10, timedelta()):
        claim = steps.claim(one.id, 30)
        if claim and claim.step.kind != "b":
            steps.finish(claim)
    assert steps.forget(timedelta(hours=1)) == 0
    assert steps.forget(timedelta()) == 1
    with transaction(engine) as connection:
        kinds = {kind for (kind,) in connection.execute("select kind from steps")}
    assert kinds == {"ask", "b"}
    assert row(engine, business.id, "state") == ("done",)


def test_one_of_two_leads_until_its_session_ends(engine: Engine, eventually: Eventually) -> None:
    """Also when the server ends it: then it says so, and the other has the lead."""
    one, other = Leadership(engine, 7), Leadership(engine, 7)
    assert one.held()
    assert one.held()
    assert not other.held()
    one.resign()
    assert eventually(other.held, 5), "the server lets go a moment after the session has ended"
    assert not one.held()
    with transaction(engine) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and granted"
            " and database = (select oid from pg_database where datname = current_database())"
        )
    with pytest.raises(Exception, match="no connection"):
        other.held()
    assert eventually(one.held, 5)
    one.resign()
    other.resign()


def test_the_ports_of_housekeeping_say_what_is_in_the_store(
    engine: Engine, open_journal: Callable[[], Journal], database_url: str
) -> None:
    """The differences are folded, the long held are counted by what they wait for, the oldest letter has its age."""
    journal = open_journal()
    for _ in range(10):
        journal.apply(happy().submissions())
    journal.apply(History().recorded().allocated().submissions())
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update held set received = now() - interval '15 days'")
        connection.execute("update outbox set created = now() - interval '75 seconds' where seq = 1")
        count = "select count(*), sum(delta)::int from tallies where kind = 'state' and key = 'collected'"
        assert connection.execute(count).fetchone() == (10, 10)
        PostgresTallies(engine).fold()
        assert connection.execute(count).fetchone() == (1, 10)
        waiting, letters = PostgresWaiting(engine, open_journal), PostgresLetters(engine)
        assert waiting.longer_than(timedelta(days=14)) == {"waits-for-verification": 1}
        assert waiting.longer_than(timedelta(days=16)) == {}
        assert waiting.wake() == 0
        assert timedelta(seconds=75) <= letters.oldest_age() < timedelta(seconds=90)
        connection.execute("listen ektp_outbox")
        letters.wake_relays()
        assert [note.channel for note in connection.notifies(timeout=5, stop_after=1)] == ["ektp_outbox"]
        connection.execute("update outbox set sent = now()")
    assert letters.oldest_age() == timedelta()


def test_data_come_back_as_they_were_written(engine: Engine, steps: PostgresSteps) -> None:
    """Whatever codes a step needs."""
    data = {"attempt": 2, "reference": 'DEL-"1"\\', "offices": ["33.74", "33.75"]}
    step = added(engine, data=data)
    assert json.loads(json.dumps(dict(claimed(steps, step).step.data))) == data


def test_what_nobody_runs_and_what_was_given_up_is_told(engine: Engine, steps: PostgresSteps) -> None:
    """A step that is under way is no trouble, nor one that is due since a moment."""
    ages = {"ask:1": 3, "ask:2": 3, "ask:3": 1, "ask:4": 3}
    now = datetime.now().astimezone()
    made = {key: added(engine, key, due=now - age * MINUTE) for key, age in ages.items()}
    claimed(steps, made["ask:2"])
    steps.give_up(claimed(steps, made["ask:4"]), "NoAnswer")
    with engine.connect() as connection:
        assert steps_in_trouble(connection) == (1, 1)
