"""Who is told of what, when: by the clock of the office, once, and not of what is muted."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from workflows.alert import Severity
from workflows.telling import Alert, Message, Quiet, Receiver, Told, What, messages

ID = UUID("00000000-0000-4000-8000-000000000001")
NOON = datetime(2026, 2, 12, 5, tzinfo=UTC)  # in Semarang
HOUR = timedelta(hours=1)
ALERT = Alert(ID, "stock-low", "33.74/blanko", "33.74", resolved=False, muted=False)
DESK = Receiver("desk")
NIGHT = Quiet(time(22), time(6))


def planned(
    alert: Alert = ALERT, receiver: Receiver = DESK, told: Sequence[Told] = (), now: datetime = NOON
) -> list[tuple[What, int]]:
    """Return what this receiver is told of this alert now."""
    found = list(messages([receiver], [alert], {(alert.id, receiver.name): told}, now))
    assert all((one.alert, one.receiver) == (alert.id, receiver.name) for one in found)
    return [(one.what, one.number) for one in found]


def sent(what: What = What.OPENED, number: int = 1, ago: timedelta = HOUR, **more: Any) -> Told:
    """Return a message that was sent some time ago."""
    return Told(what, number, NOON - ago, **{"sent": True, **more})


def test_an_alert_is_told_once() -> None:
    """Also while the first message is still on its way."""
    assert planned() == [(What.OPENED, 1)]
    assert planned(told=[sent()]) == []
    assert planned(told=[sent(sent=False)]) == []


def test_the_end_is_told_to_whoever_was_told_of_the_beginning() -> None:
    """And to nobody else, and once."""
    over = ALERT._replace(resolved=True)
    assert planned(over) == []
    assert planned(over, told=[sent(sent=False, dropped=True)]) == []
    assert planned(over, told=[sent()]) == [(What.RESOLVED, 1)]
    assert planned(over, told=[sent(), sent(What.RESOLVED, sent=False)]) == []


def test_what_is_still_open_is_told_again_after_so_many_hours() -> None:
    """Counted from the last word, and not before that has left."""
    patient = DESK._replace(again_after=24 * HOUR)
    assert planned(receiver=patient, told=[sent(ago=23 * HOUR)]) == []
    assert planned(receiver=patient, told=[sent(ago=24 * HOUR)]) == [(What.AGAIN, 1)]
    assert planned(receiver=patient, told=[sent(ago=48 * HOUR), sent(What.AGAIN)]) == []
    again = sent(What.AGAIN, ago=25 * HOUR)
    assert planned(receiver=patient, told=[sent(ago=49 * HOUR), again]) == [(What.AGAIN, 2)]
    assert planned(receiver=patient, told=[sent(ago=99 * HOUR, sent=False)]) == []


def test_of_what_is_muted_only_the_end_is_told() -> None:
    """To whoever heard of it before."""
    muted, patient = ALERT._replace(muted=True), DESK._replace(again_after=HOUR)
    assert planned(muted) == []
    assert planned(muted, patient, [sent(ago=9 * HOUR)]) == []
    assert planned(muted._replace(resolved=True), told=[sent()]) == [(What.RESOLVED, 1)]


@pytest.mark.parametrize(
    ("office", "utc", "is_told"),
    [
        ("33.74", "14:59", True),  # 21:59 in Semarang
        ("33.74", "15:00", False),
        ("33.74", "22:59", False),
        ("33.74", "23:00", True),
        ("94.71", "13:00", False),  # 22:00 in Jayapura
        ("94.71", "12:59", True),
    ],
)
def test_quiet_hours_go_by_the_clock_of_the_office(office: str, utc: str, is_told: bool) -> None:
    """Over midnight too."""
    now = datetime.combine(NOON.date(), time.fromisoformat(utc), UTC)
    assert bool(planned(ALERT._replace(office=office), DESK._replace(quiet=NIGHT), now=now)) is is_told


def test_quiet_hours_within_a_day_do_not_hold_the_night() -> None:
    """From noon to one."""
    quiet = Quiet(time(12), time(13))
    assert [quiet.holds(time(hour)) for hour in (11, 12, 13, 23, 0)] == [False, True, False, False, False]


def test_the_gravest_wakes_unless_nothing_may() -> None:
    """What is of no office goes by the clock of the receiver's first office, else by the western one."""
    grave, night = ALERT._replace(rule="consumer-gone", office=""), NOON.replace(hour=16)
    sleeper = DESK._replace(quiet=NIGHT)
    assert planned(grave, sleeper, now=night) == [(What.OPENED, 1)]
    assert planned(grave, sleeper._replace(wake_for=None), now=night) == []
    assert planned(receiver=sleeper._replace(wake_for=Severity.WARNING), now=night) == [(What.OPENED, 1)]


@pytest.mark.parametrize(
    ("receiver", "is_told"),
    [
        (DESK._replace(least=Severity.WARNING), True),
        (DESK._replace(least=Severity.CRITICAL), False),
        (DESK._replace(rules=frozenset({"stuck"})), False),
        (DESK._replace(rules=frozenset({"stuck", "stock-low"})), True),
        (DESK._replace(offices=("33.74",)), True),
        (DESK._replace(offices=("33.7",)), False),
        (DESK._replace(offices=("33",)), True),
        (DESK._replace(offices=("33.19", "33.74.10")), False),
    ],
)
def test_a_receiver_is_told_of_what_it_asked_for(receiver: Receiver, is_told: bool) -> None:
    """By rule, by how bad it is, by office; an office stands for its kecamatan too."""
    assert bool(planned(receiver=receiver)) is is_told


def test_what_is_of_no_office_is_for_those_who_watch_all() -> None:
    """A queue without a reader is not one office's."""
    grave = ALERT._replace(rule="consumer-gone", office="")
    assert planned(grave)
    assert not planned(grave, DESK._replace(offices=("33.74",)))
    assert planned(ALERT._replace(office="33.74.10"), DESK._replace(offices=("33.74",)))


def test_a_message_is_known_by_its_id() -> None:
    """The same whoever plans it; another for every other message."""
    one = Message(ID, "desk", What.OPENED)
    others = [Message(uuid4(), "desk", What.OPENED), Message(ID, "boss", What.OPENED), Message(ID, "desk", What.AGAIN),
              Message(ID, "desk", What.AGAIN, 2)]  # fmt: skip
    assert one.id == Message(ID, "desk", What.OPENED).id
    assert len({other.id for other in (one, *others)}) == 5
