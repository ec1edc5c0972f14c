"""What goes wrong between a station and the broker: bad lines, and a program with a bug."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from ektp.simulation.agenda import Saying
from ektp.simulation.bad_line import BadLine
from ektp.simulation.bugs import MISTAKES
from ektp.simulation.scenarios import Line, Offline
from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.samples import valid_event
from schemas.submission import Door, read_event, read_line
from schemas.wire_json import read_object
from tests.memory_city import message
from tests.town import STILL, Quiet


class Wire:
    """A bad line, and what came out of it by when."""

    def __init__(self, line: Line = Line(0, 0), *offline: Offline) -> None:  # noqa: B008 - it is frozen
        self.quiet = Quiet(replace(STILL, line=line, offline=offline))
        self.town = self.quiet.town
        self._line = BadLine(self.town)
        self.left: list[tuple[datetime, Saying]] = []

    @staticmethod
    def _told(saying: Saying, _now: datetime) -> Saying:
        return saying

    def say(self, *moments: datetime) -> list[Saying]:
        """Say an event at each moment, and let everything come of it."""
        said = []
        for moment in moments:
            resident = self.quiet.resident()
            one = self.town.say("data-verified", resident.application, "st337410", moment, attempt=1)
            self.town.plan(moment, resident.application, partial(self._told, one))
            said.append(one)
        while (act := self.town.agenda.take(self.town.on_day(60))) is not None:
            self.town.now = act.moment
            saying = act.work(act.moment)
            if saying and (leaves := self._line.carry(saying, act.moment)):
                self.left.append((act.moment, leaves))
        return said


def test_a_good_line_carries_at_once_and_once() -> None:
    """Nothing is late."""
    wire = Wire()
    (said,) = wire.say(wire.town.on_day(1, 30))
    assert wire.left == [(wire.town.on_day(1, 30), said)]


def test_a_line_that_loses_confirms_carries_twice() -> None:
    """The same event, hours later."""
    wire = Wire(Line(doubled=1, delayed=0))
    (said,) = wire.say(wire.town.on_day(1, 30))
    (first, one), (again, other) = wire.left
    assert one.event == other.event == said.event
    assert not other.late
    assert 1 <= (again - first).total_seconds() / 3600 <= 4


def test_a_slow_line_carries_in_the_evening_as_late() -> None:
    """What happened in the evening leaves in the next one; the event's own time stays."""
    wire = Wire(Line(doubled=0, delayed=1))
    wire.say(wire.town.on_day(1, 30), wire.town.on_day(1, 400))
    assert [left.date() for left, _ in wire.left] == [wire.town.on_day(1).date(), wire.town.on_day(2).date()]
    assert all(left.hour == 14 and saying.late for left, saying in wire.left)
    assert wire.left[0][1].event["time"] == wire.town.on_day(1, 30).isoformat()


def test_a_station_without_a_line_keeps_everything_until_it_is_back() -> None:
    """On the first morning, as a backlog; before and after nothing is kept."""
    wire = Wire(Line(0, 0), Offline("33.74.10", 2, 3))
    wire.say(*(wire.town.on_day(day, 60) for day in (1, 2, 4, 5)))
    days = [(left.date(), saying.late) for left, saying in wire.left]
    back = wire.town.on_day(5).date()
    assert days == [(wire.town.on_day(1).date(), False), (back, True), (back, True), (back, False)]


@pytest.mark.parametrize("reason", MISTAKES)
def test_each_mistake_of_a_program_ends_parked_for_its_reason(reason: Reason) -> None:
    """Under an id and on a key that can be read, so the station can be told."""
    good = valid_event("recorded")
    bad: Any = MISTAKES[reason](good)
    with pytest.raises(Refused) as refused:
        read_event(bad)
    assert refused.value.reason is reason
    sent = message(bad)
    assert sent.routing_key == "recorded.st337401"
    assert read_object(sent.body)["id"] == good["id"]
    refusal = read_line(sent.body, door=Door.AMQP).refusal
    assert refusal is not None
    assert UUID(refusal.event_id or "") == UUID(good["id"])
    assert good == valid_event("recorded")
