"""The whole city on a pipeline in memory: one seed is one history, and every end can be explained."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Thread
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import pytest

from consumers.errors import PublisherLost, StoreAway
from ektp.simulation.bugs import MISTAKES
from ektp.simulation.city import City, Progress
from ektp.simulation.scenarios import CITY, Scenario
from tests.conftest import Eventually
from tests.memory_city import MemoryPipeline
from tests.simulated import WEEK
from workflows.card_issuance import END_STATES, ON_THE_WAY

Memory = TypeVar("Memory", bound=MemoryPipeline)


def lived(scenario: Scenario, seed: int, **more: Any) -> MemoryPipeline:
    """Live a scenario to its end on a new pipeline."""
    return lived_on(MemoryPipeline(), scenario, seed, **more)


def lived_on(pipeline: Memory, scenario: Scenario, seed: int, **more: Any) -> Memory:
    """Live a scenario to its end."""
    City(scenario, seed, outside=pipeline, pipeline=pipeline, **more).run()
    return pipeline


def history_of(pipeline: MemoryPipeline) -> dict[UUID, tuple[object, ...]]:
    """Return what became of every event."""
    rows = pipeline.books.history
    return {identity: (row.version, row.outcome, row.before, row.after) for identity, row in rows.items()}


class Disorderly(MemoryPipeline):
    """Applies what is published together in the opposite order, and the late ones last."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Mapping[str, Any]] = []

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Keep the late ones until somebody asks whether all is quiet."""
        if late:
            self._kept.extend(events)
        else:
            super().publish(events[::-1])

    def quiet(self, published: Collection[UUID]) -> bool:
        """Apply what was kept."""
        kept, self._kept = self._kept[::-1], []
        if kept:
            super().publish(kept, late=True)
        return super().quiet(published)


@pytest.mark.slow
def test_the_same_seed_is_the_same_history_in_whatever_order_a_slot_is_taken_in() -> None:
    """To the last event and its outcome."""
    first, second = lived(WEEK, 1), lived_on(Disorderly(), WEEK, 1)
    assert first.summary() == second.summary()
    assert history_of(first) == history_of(second)
    assert set(first.books.parked) == set(second.books.parked)


@pytest.mark.slow
def test_another_seed_or_another_run_is_another_history() -> None:
    """With other people in other applications."""
    first, other, again = lived(WEEK, 1), lived(WEEK, 2), lived(WEEK, 1, run=1)
    assert first.summary() != other.summary()
    assert first.summary() != again.summary()
    assert first.books.applications.keys().isdisjoint(other.books.applications)
    assert first.books.history.keys().isdisjoint(again.books.history)


@pytest.mark.slow
def test_two_runs_share_one_store() -> None:
    """Nobody, no event and no blanko comes twice; the second begins when the first has ended."""
    pipeline = lived(WEEK, 1)
    before = pipeline.summary()
    lived_on(pipeline, WEEK.not_before(pipeline.books.now), 1, run=1)
    after = pipeline.summary()
    assert after["applications"] > before["applications"]
    assert after["events"]["held"] == 0
    assert {row.reason for row in pipeline.books.parked.values()} <= set(MISTAKES)


@pytest.mark.slow
def test_the_four_weeks_of_the_city_have_everything_and_every_end_has_a_cause() -> None:
    """No application stays where nobody knows why, or without a day on which somebody looks again.

    What the centre was silent about was recorded again; what is parked is a mistake of a station's, and told again.
    Nobody is visited: books in memory keep no visits.
    """
    pipeline, told = MemoryPipeline(), list[Progress]()
    city = City(replace(CITY, visits=None), 2018, outside=pipeline, pipeline=pipeline, progress=told.append)
    city.run()
    causes = {
        "under-review": city.centre.silent | city.office.duplicates,
        "re-recording": city.office.never_return,
        "printed": city.counters.never_come,
        "collected": city.town.people.gone,
        "cancelled": city.town.people.gone,
    }
    for application in pipeline.books.applications.values():
        assert str(application.id) in causes[application.state.value], application.state
        assert application.state in END_STATES or application.due_at is not None
    assert not any(application.state in ON_THE_WAY for application in pipeline.books.applications.values())
    assert len(pipeline.books.applications) == len(city.town.people) == pytest.approx(1300, abs=130)
    assert all(count for count in Counter(row.state for row in pipeline.books.applications.values()).values())
    parked = [row.reason for row in pipeline.books.parked.values()]
    assert len(parked) > 5
    assert set(parked) <= set(MISTAKES)
    events = pipeline.summary()["events"]
    assert (events["held"], events["parked"]) == (0, len(parked))
    assert min(events["superseded"], events["repeated"], pipeline.late) > 20
    said = Counter(event["type"].split(".")[2] for event in pipeline.published)
    assert said.keys() >= {
        "print-failed",
        "card-destroyed",
        "print-requested",
        "resident-invited",
        "station-day-closed",
    }
    assert (told[-1].done, told[-1].published) == (True, len(pipeline.published))
    assert sum(1 for one in told if one.day == 9) >= 6


class Watched(MemoryPipeline):
    """Looks at the rules of a slot: nothing from the future, and one event of a subject at most."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken: list[str] = []
        self.slots: list[datetime] = []
        self.were_held = 0

    def set_clock(self, moment: datetime) -> None:
        """Begin a slot."""
        super().set_clock(moment)
        self.spoken.clear()
        self.slots.append(moment)

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Look at each."""
        self.spoken.extend(event["subject"] for event in events)
        assert len(set(self.spoken)) == len(self.spoken)
        times = [datetime.fromisoformat(event["time"]) for event in events if "+" in event["time"]]
        assert all(time <= self.slots[-1] for time in times)
        super().publish(events, late=late)
        self.were_held = max(self.were_held, len(self.books.held))


def test_a_slot_brings_one_event_of_a_subject_and_none_from_the_future() -> None:
    """So neither the limits of a batch nor a second consumer can change what becomes of it."""
    pipeline = lived_on(Watched(), WEEK, 3)
    assert pipeline.slots == sorted(set(pipeline.slots))
    # The last slot ends with the last minute of the day; at the closing comes what fell due on it.
    assert {(slot.hour, slot.minute) for slot in pipeline.slots} <= {*((hour, 0) for hour in range(8, 16)), (14, 59)}
    assert pipeline.were_held > 3


class Faltering(MemoryPipeline):
    """A broker and a store that are away now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = [PublisherLost("city", "gone"), StoreAway("gone")]

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Fail after the fact, as a broker whose confirm was lost."""
        super().publish(events, late=late)
        if self.failures:
            raise self.failures.pop()


def test_a_broker_that_was_away_changes_nothing() -> None:
    """What was not confirmed is said again under the same id."""
    small = replace(WEEK, days=1, people=1.0)
    assert history_of(lived(small, 1)) == history_of(lived_on(Faltering(), small, 1))


def test_scale_multiplies_the_people() -> None:
    """And everything else with them."""
    small = replace(WEEK, days=1, offline=(), bugs=())
    people = [len(lived(small, 1, scale=scale).books.applications) for scale in (1, 3)]
    assert people[1] == pytest.approx(3 * people[0], rel=0.3)


def test_a_working_day_takes_the_seconds_it_is_given_and_a_stop_ends_it_at_once(eventually: Eventually) -> None:
    """The city is ready while it lives, and hears nothing more when it has ended."""
    pipeline, told = MemoryPipeline(), list[Progress]()
    city = City(WEEK, 1, outside=pipeline, pipeline=pipeline, pace=70, progress=told.append)
    assert not city.ready
    began, thread = monotonic(), Thread(target=city.run)
    thread.start()
    eventually(lambda: city.ready)
    city.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert monotonic() - began < 10
    assert (city.ready, pipeline.closed) == (False, True)
    assert not any(one.done for one in told)
    quick = list[float]()
    began = monotonic()
    lived(replace(WEEK, days=1, people=0.5), 1, pace=0.07, progress=lambda one: quick.append(one.seconds))
    assert monotonic() - began >= 0.07 * 5
