"""A pipeline in memory for a simulated city: the real journal on books in memory, no broker, no database."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from consumers.front_door import submission_of
from consumers.journal import Journal
from consumers.letters import NOTICES, REQUESTS
from consumers.ports import Message
from ektp.simulation.line import key_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.memory_due import MemoryDue, timekeeper_in_memory
from tests.plain_time import PLAIN
from tests.step_fakes import MemoryAnswers, MemorySteps
from workflows.steps.compensation import await_answer
from workflows.steps.step import Done, GivenUp
from workflows.timekeeping import Timekeeping
from workflows.visits import Booked


class MemoryPipeline:
    """Both sides of the city at once: what is published is applied at once, and letters are heard as they are."""

    def __init__(self, keeping: Timekeeping = PLAIN) -> None:
        self.books = MemoryBooks()
        self.keeping = keeping
        self.published: list[Mapping[str, Any]] = []
        self.late = 0
        self.closed = False
        self._journal = Journal(self.books, PlainVault(), keeping)
        self._steps = MemorySteps(self.books)
        self._timekeeper = timekeeper_in_memory(MemoryDue(self.books), self._journal, keeping)
        self._heard = 0

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Apply them as the intake would."""
        self.published.extend(events)
        self.late += len(events) * late
        self._journal.apply([submission_of(message(event, late=late)) for event in events])

    def heard(self) -> Sequence[Mapping[str, Any]]:
        """Return what has been written since; the last first, for order must not matter."""
        letters = [letter for _, letter in self.books.letters[self._heard :]]
        self._heard = len(self.books.letters)
        return [json.loads(letter.body) for letter in reversed(letters) if letter.exchange in (NOTICES, REQUESTS)]

    def quiet(self, published: Collection[UUID]) -> bool:
        """Tell whether all of them are there; what has become due by them is said at once."""
        self._timekeeper.sweep()
        books = self.books
        parked = {row.event_id for row in books.parked.values()}
        return all(one in books.history or one in books.held or str(one) in parked for one in published)

    def set_clock(self, moment: datetime) -> None:
        """Let it be so late."""
        assert moment >= self.books.now or not self.books.history, "the clock never goes back"
        self.books.now = moment
        self._timekeeper.sweep()
        self._await_answers()

    def _await_answers(self) -> None:
        """Run the steps that are due."""
        for step in self._steps.due():
            claim = self._steps.claim(step.id, 1.0)
            assert claim is not None
            result = await_answer(MemoryAnswers(self.books), claim.step)
            assert isinstance(result, Done | GivenUp)
            self._journal.apply(result.events)
            self._steps.finish(claim)

    def visits(self, _regency: str) -> Sequence[Booked]:
        """Nobody plans visits in memory."""
        return ()

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def summary(self) -> dict[str, Any]:
        """Return what `ektp summary` would."""
        counts = {kind: count for (_, what, kind), count in self.books.tallies.items() if what == "event"}
        return {
            "applications": len(self.books.applications),
            "states": dict(Counter(row.state.value for row in self.books.applications.values())),
            "events": {**counts, "held": len(self.books.held)},
        }


def message(event: Mapping[str, Any], *, late: bool = False) -> Message:
    """Return the event as the broker would deliver it."""
    body = json.dumps(event).encode()
    return Message(
        body, "application/cloudevents+json", None, {}, key_of(event, late=late), None, 0, redelivered=False, tag=1
    )
