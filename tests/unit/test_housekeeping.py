"""What keeps house, and the schedule that sends it; all without a server."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from consumers.steps import StepRunner
from ektp.schedule import QUIET, Schedule
from ektp.storage.steps.steps import Due
from tests.fake_journal import FakeJournal
from tests.step_fakes import House, OneStep
from workflows.steps.housekeeping import HELD_FOR_LONG, REMEMBERED
from workflows.steps.kinds import KINDS


@pytest.mark.parametrize(
    ("kind", "events"),
    [("fold-tallies", []), ("wake-held", ["held-for-long"]), ("watch-outbox", ["letters-do-not-leave"]),
     ("forget-housekeeping", []), ("sweep-deadlines", []), ("watch-stock", ["stock-low"]),
     ("allocate", []), ("watch-printers", ["printer-fails"]), ("watch-stations", ["station-alert"])],
)  # fmt: skip
def test_housekeeping_does_what_it_is_for(kind: str, events: list[str]) -> None:
    """And what a person should read stands in the log, with counts and no application."""
    house = House()
    house.held, house.age = {"waits-for-print": 3}, timedelta(seconds=90)
    house.printers_failing = [("33.74", "printer_3374_1", 6)]
    steps = OneStep(kind)
    with capture_logs() as lines:
        StepRunner(steps, FakeJournal, house.ports(), KINDS).run(steps.step.id)
    assert steps.state == "done"
    told = [line for line in lines if line["log_level"] == "warning"]
    assert [line["event"] for line in told] == events
    did = {
        "fold-tallies": house.folded,
        "wake-held": house.woken,
        "watch-outbox": house.relays_woken,
        "forget-housekeeping": len(house.forgotten),
        "sweep-deadlines": house.swept,
        "watch-stock": house.watched,
        "allocate": house.allocated,
        "watch-printers": house.failing_asked,
        "watch-stations": house.stations_watched,
    }
    assert [one for one, times in did.items() if times] == [kind]
    assert house.asked == ([HELD_FOR_LONG] if kind == "wake-held" else [])


def test_letters_that_leave_in_time_are_not_spoken_of() -> None:
    """Nobody reads a warning that is always there."""
    house = House()
    house.age = timedelta(seconds=59)
    steps = OneStep("watch-outbox")
    with capture_logs() as lines:
        StepRunner(steps, FakeJournal, house.ports(), KINDS).run(steps.step.id)
    assert house.relays_woken == 0
    assert [line for line in lines if line["log_level"] == "warning"] == []


def test_a_slot_is_over_before_its_step_is_forgotten() -> None:
    """Otherwise its key would be free, and its step would come twice."""
    assert all(kind.every * 2 < REMEMBERED for kind in KINDS.values() if kind.every)


class Rows:
    """The steps' rows as the schedule sees them."""

    def __init__(self, *due: Due) -> None:
        self.waiting = list(due)
        self.taken_back: list[UUID] = []

    def due(self, most: int, quiet: timedelta) -> list[Due]:
        """Return all."""
        assert quiet == QUIET
        return self.waiting[:most]

    def unsent(self, ids: Sequence[UUID]) -> None:
        """Note it."""
        self.taken_back += ids

    def plant(self, every: Mapping[str, timedelta]) -> int:
        """Count."""
        return len(every)


def test_what_could_not_be_sent_is_sent_at_the_next_tick() -> None:
    """Only what the broker has confirmed rests for a while."""
    rows = Rows(*(Due(uuid4(), "one") for _ in range(3)))
    sent: list[UUID] = []

    def send(_kind: str, id: UUID, _seconds: float) -> None:  # noqa: A002
        if len(sent) == 1:
            raise ConnectionResetError
        sent.append(id)

    schedule = Schedule(rows, KINDS, send)
    with pytest.raises(ConnectionResetError):
        schedule.send_due()
    assert (sent, rows.taken_back) == ([rows.waiting[0].id], [one.id for one in rows.waiting[1:]])
    assert schedule.plant() == sum(kind.every is not None for kind in KINDS.values())
