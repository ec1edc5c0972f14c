"""A simulated city on a real pipeline: one seed is one history, whatever carries the messages."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from consumers.errors import SourceLost
from consumers.timekeeper import Timekeeper
from ektp.broker.in_process import broker_at
from ektp.broker.opening import queue_depths
from ektp.simulation.city import City, Progress
from ektp.simulation.heard import in_order
from ektp.simulation.line import NOTICES_QUEUE, REQUESTS_QUEUE, Line
from ektp.simulation.pipeline_view import PipelineView
from ektp.simulation.working_days import WIB
from ektp.storage.simulated_clock import begin_simulation
from tests.amqp_client import declare
from tests.brokers import in_process
from tests.conftest import Eventually
from tests.histories import History, happy
from tests.in_process_client import InProcessClient
from tests.memory_city import MemoryPipeline
from tests.simulated import WEEK, live, pipeline, visits_on

SEED = 20180212


WEEK_BEGINS = datetime(2018, 2, 5, 8, tzinfo=WIB)


def in_memory(seed: int) -> MemoryPipeline:
    """Live the week on a pipeline in memory."""
    made = MemoryPipeline()
    City(WEEK, seed, outside=made, pipeline=made).run()
    return made


@pytest.mark.slow
def test_one_seed_is_one_history_in_two_databases(database_url: str, another_database_url: str) -> None:
    """To the last event, with its outcome and its moment; and it is that of the pipeline in memory."""
    told: list[Progress] = []
    with in_process() as broker, in_process() as other:
        first = live(broker, database_url, WEEK, SEED, progress=told.append)
        second = live(other, another_database_url, WEEK, SEED)
    assert first == second
    memory = in_memory(SEED)
    assert first["applications"] == len(memory.books.applications)
    assert {state: count for state, count in first["states"].items() if count} == memory.summary()["states"]
    assert told[-1].done
    assert told[-1].published == len(memory.published)
    assert first["events"]["applied"] == memory.summary()["events"]["applied"]


@pytest.mark.slow
def test_a_second_run_in_a_store_goes_on_after_the_first_with_other_people(database_url: str) -> None:
    """Of the same seed: nobody comes twice, and the clock does not go back."""
    small = replace(WEEK, days=1, people=1.0)
    with in_process() as broker:
        first = live(broker, database_url, small, SEED)
        both = live(broker, database_url, small, SEED)
    ended = max(row.received for row in first["history"])
    added = {row.id: row for row in both["history"] if row not in first["history"]}
    assert both["applications"] > first["applications"]
    assert (both["events"]["held"], both["events"]["parked"]) == (0, first["events"]["parked"])
    assert min(row.received for row in added.values()) > ended


@pytest.mark.slow
def test_two_consumers_over_rabbitmq_come_to_the_same_figures(amqp_url: str, database_url: str) -> None:
    """Neither the order of two queues nor who takes what changes anything; and nothing is left behind."""
    lived = live(amqp_url, database_url, WEEK, SEED, consumers=2)
    memory = in_memory(SEED)
    history = {row.id: (row.version, row.outcome, row.before, row.after) for row in lived["history"]}
    assert history == {
        identity: (row.version, row.outcome, row.before, row.after) for identity, row in memory.books.history.items()
    }
    assert lived["events"]["parked"] == len(memory.books.parked)
    assert not any(ready for ready, _ in queue_depths(amqp_url).values())


def test_the_line_hears_what_is_announced_and_asked_once(engine: Engine, eventually: Eventually) -> None:
    """Between its opening and its closing, across a lost link; and its queues are gone with it."""
    with in_process() as url:
        declare(url)
        with pipeline(url, engine), closing(Line(url)) as line:
            history = happy()
            line.publish(history.events)
            heard: list[Mapping[str, Any]] = []
            eventually(lambda: len(hear(line, heard)) == 6)
            assert [one.name for one in in_order(heard)] == [
                "application-recorded",
                "application-verified",
                "application-allocated",
                "application-printed",
                "application-collected",
                "print-card",
            ]
            broker_at(url).disconnect()
            with closing(InProcessClient(url)) as client:
                again = letter("application-printed", history)
                client.send("application-printed.33.74.10", again, again, exchange="ektp.notices")
            with pytest.raises(SourceLost):
                line.heard()
            assert [one["subject"] for one in line.heard()] == [str(history.application)]
            assert list(line.heard()) == []
            assert {NOTICES_QUEUE, REQUESTS_QUEUE} < set(queue_depths(url))
        assert {NOTICES_QUEUE, REQUESTS_QUEUE}.isdisjoint(queue_depths(url))


def test_the_pipeline_is_quiet_when_all_is_there_and_nothing_waits_to_leave(
    engine: Engine, timekeeper: Timekeeper, eventually: Eventually
) -> None:
    """Applied, held or parked; an event that has not come is not there."""
    view = PipelineView(engine, timekeeper, visits_on(engine))
    assert view.quiet(())
    unknown = uuid4()
    assert not view.quiet([unknown])
    held, good = History().recorded().verified(), happy()
    bad = {**happy().events[0], "type": "id.ektp.recorded.v2"}
    events = [held.events[1], bad, *good.events]
    published = [UUID(event["id"]) for event in events]
    with in_process() as url:
        declare(url)
        with closing(Line(url)) as line:
            line.publish(events)
            assert not view.quiet(published)
            with pipeline(url, engine):
                eventually(lambda: view.quiet(published))
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from outbox where sent is null")) == 0
        connection.execute(text("update outbox set sent = null"))
    assert not view.quiet(published)


def test_a_step_that_is_due_by_the_citys_clock_is_waited_for(engine: Engine, timekeeper: Timekeeper) -> None:
    """One of an application, and not before its time; what keeps house keeps its own."""
    view = PipelineView(engine, timekeeper, visits_on(engine))
    clock = begin_simulation(engine, WEEK_BEGINS)
    insert = "insert into steps (kind, key, application, due, created) values ('x', :key, :application, :due, now())"
    with engine.begin() as connection:
        due = clock.moment.replace(hour=9)
        connection.execute(text(insert), {"key": "house", "application": None, "due": clock.moment})
        connection.execute(text(insert), {"key": "one", "application": uuid4(), "due": due})
    assert view.quiet(())
    view.set_clock(due)
    assert not view.quiet(())


def hear(line: Line, heard: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Add what has come."""
    heard += line.heard()
    return heard


def letter(name: str, history: History) -> bytes:
    """Return a notice as it stands on the wire."""
    return json.dumps({"id": str(uuid4()), "type": f"id.ektp.{name}.v1", "subject": str(history.application)}).encode()
