"""What is told, until when, when not; a gateway's turns and patience."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from schemas.resident import RESIDENT
from tests.plain_time import CALENDAR
from workflows.messages import TOLD, again, deadline, held_until, message_id, slot
from workflows.telling import Quiet

NIGHT = Quiet(time(20), time(7))


def test_one_fact_of_an_application_is_one_message_whoever_plans_it() -> None:
    """And every notice that has words for a resident is among those that are told."""
    application, fact = uuid4(), uuid4()
    assert message_id(application, fact) == message_id(application, fact) != message_id(uuid4(), fact)
    assert set(RESIDENT) < set(TOLD)


@pytest.mark.parametrize(
    ("office", "now", "until"),
    [
        ("33.74.10", "2026-02-12T12:59:59", None),
        ("33.74.10", "2026-02-12T13:00:00", "2026-02-13T00:00:00"),
        ("33.74.10", "2026-02-12T20:00:00", "2026-02-13T00:00:00"),
        ("33.74.10", "2026-02-13T00:00:00", None),
        ("94.71", "2026-02-12T11:00:00", "2026-02-12T22:00:00"),  # Papua is two hours ahead
    ],
)
def test_quiet_hours_end_by_the_clock_of_the_office(office: str, now: str, until: str | None) -> None:
    """They may go over midnight; at their end they are over."""
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
    assert held_until(NIGHT, office, datetime.fromisoformat(now).replace(tzinfo=UTC)) == expected
    assert held_until(None, office, datetime.fromisoformat(now).replace(tzinfo=UTC)) is None


def test_quiet_hours_within_a_day_end_on_it() -> None:
    """Such as those of a prayer."""
    friday = datetime(2026, 2, 13, 5, 0, tzinfo=UTC)
    assert held_until(Quiet(time(11, 30), time(13)), "33.74", friday) == datetime(2026, 2, 13, 6, 0, tzinfo=UTC)


def test_a_fact_should_be_told_by_the_closing_of_the_next_working_day() -> None:
    """What happens on Friday may be told until Monday at three."""
    friday = datetime(2026, 2, 13, 3, 0, tzinfo=UTC)
    assert deadline(CALENDAR, friday, 1) == datetime(2026, 2, 16, 8, 0, tzinfo=UTC)
    assert deadline(CALENDAR, friday, 0) == datetime(2026, 2, 13, 8, 0, tzinfo=UTC)


def test_a_gateways_turns_are_apart_and_none_is_saved_up() -> None:
    """After a pause the next one is now."""
    now = datetime(2026, 2, 12, tzinfo=UTC)
    first, free = slot(None, now, 60)
    second, free = slot(free, now, 60)
    assert (first, second, free) == (now, now + timedelta(seconds=1), now + timedelta(seconds=2))
    later = now + timedelta(hours=1)
    assert slot(free, later, 60)[0] == later


def test_a_refusing_gateway_is_tried_for_two_days() -> None:
    """Soon at first, every ten minutes later, and not for ever."""
    now = start = datetime(2026, 2, 12, tzinfo=UTC)
    tries = 0
    pauses = list[timedelta]()
    while (then := again(tries := tries + 1, now)) is not None:
        pauses.append(then - now)
        now = then
    assert pauses[0] == timedelta(seconds=5)
    assert max(pauses) == pauses[-1] == timedelta(minutes=10)
    assert timedelta(days=1.9) < now - start < timedelta(days=2.1)
