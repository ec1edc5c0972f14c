"""Who may say what: the front door by itself, over accounts in memory and a clock that a test moves."""

import json
from typing import Any

import pytest

from consumers.admission import Admission, judged
from consumers.errors import StoreAway
from consumers.ports import Message
from consumers.registry import Station
from schemas.reasons import Reason
from schemas.roles import SAYS, Role
from schemas.samples import SAMPLES, valid_event
from schemas.submission import Door, Submission, read_line
from schemas.violations import DETAILS, Violation
from tests.fake_broker import JSON, FakeClock
from tests.fake_registry import FakeRegistry

OFFICES = {"office": "33.74.10"}


@pytest.fixture
def registry() -> FakeRegistry:
    """Give one station of the regency 33.74."""
    made = FakeRegistry()
    made.add("st337401", office="33.74")
    return made


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands still."""
    return FakeClock()


@pytest.fixture
def door(registry: FakeRegistry, clock: FakeClock) -> Admission:
    """Give a door that asks for accounts as soon as there is one."""
    return Admission(registry, clock=clock)


def message(
    user: str | None, key: str = "recorded.st337401", event: dict[str, Any] | bytes | None = None, **headers: object
) -> Message:
    """Return a message that this user sent."""
    body = event if isinstance(event, bytes) else json.dumps(event or valid_event("recorded")).encode()
    return Message(body, JSON, None, headers, key, user, 0, redelivered=False, tag=1)


def told(door: Admission, one: Message) -> tuple[str | None, str]:
    """Return the rule that was broken and the sender; None for an event that is let in."""
    (submission,) = door.read([one])
    assert (submission.event is None) == (submission.refusal is not None)
    return submission.refusal.violation if submission.refusal else None, submission.sender


def test_an_honest_event_is_let_in_with_the_scope_of_its_account(door: Admission) -> None:
    """What it says is as it was."""
    (submission,) = door.read([message("st337401")])
    assert submission.event is not None
    assert (submission.sender, submission.scope, submission.refusal) == ("st337401", "33.74", None)


def test_a_late_event_is_let_in_as_well(door: Admission) -> None:
    """The key ends in the station, and then in late."""
    assert told(door, message("st337401", "recorded.st337401.late")) == (None, "st337401")


@pytest.mark.parametrize(
    ("one", "violation", "sender"),
    [
        (message(None), Violation.USER_ID_MISSING, ""),
        (message(""), Violation.USER_ID_MISSING, ""),
        (message("st337402"), Violation.UNKNOWN_ACCOUNT, "st337402"),
        (message("St.Other"), Violation.UNKNOWN_ACCOUNT, ""),
        (message("3374106508990001"), Violation.UNKNOWN_ACCOUNT, ""),
        (message("st337401", CC=["recorded.st337402"]), Violation.COPIED, "st337401"),
        (message("st337401", BCC=[]), Violation.COPIED, "st337401"),
        (message("st337401", "recorded.st337402"), Violation.KEY_OF_ANOTHER, "st337401"),
        (message("st337401", "recorded.st337402.late", b"{"), Violation.KEY_OF_ANOTHER, "st337401"),
    ],
)
def test_who_sent_it_is_asked_before_what_it_says(
    door: Admission, one: Message, violation: Violation, sender: str
) -> None:
    """Each with the sender that may be told of it: nobody where the broker vouches for nobody."""
    assert told(door, one) == (violation, sender)


def test_a_refused_event_keeps_what_is_safe_to_say_of_it(door: Admission) -> None:
    """Its id, its subject and its office, for whoever looks at the parking lot; the whole body for the vault."""
    event = valid_event("recorded")
    (submission,) = door.read([message(None, event=event)])
    assert submission.refusal is not None
    assert (submission.refusal.event_id, submission.refusal.subject) == (event["id"], event["subject"])
    assert (submission.refusal.office, submission.refusal.reason) == ("33.74.10", Reason.SENDER_NOT_ALLOWED)
    assert json.loads(submission.body) == event


def test_what_a_station_writes_badly_is_refused_for_what_is_wrong_with_it(door: Admission) -> None:
    """It may well hear that: it is its own."""
    (submission,) = door.read([message("st337401", event=b"{not json")])
    assert submission.refusal is not None
    assert (submission.refusal.reason, submission.sender) == (Reason.NOT_JSON, "st337401")
    (submission,) = door.read([message("st337401", "a.b.c.d")])
    assert submission.refusal is not None
    assert submission.refusal.reason is Reason.KEY_NOT_UNDERSTOOD


def test_everybody_is_trusted_until_there_is_an_account(clock: FakeClock) -> None:
    """The first one counts within a second, and for everybody."""
    registry = FakeRegistry()
    door = Admission(registry, clock=clock)
    assert told(door, message(None)) == (None, "st337401")
    registry.add("st337499")
    clock.now += 1.0
    assert told(door, message(None)) == (Violation.USER_ID_MISSING, "")


@pytest.mark.parametrize(("required", "violation"), [(True, Violation.UNKNOWN_ACCOUNT), (False, None)])
def test_the_configuration_can_require_or_trust_whatever_accounts_there_are(
    clock: FakeClock, required: bool, violation: Violation | None
) -> None:
    """Required without any account lets nobody in."""
    registry = FakeRegistry()
    assert told(Admission(registry, required=required, clock=clock), message("st337401"))[0] == violation
    registry.add("another")
    assert told(Admission(registry, required=required, clock=clock), message("st337401"))[0] == violation


def test_a_revoked_account_is_refused_within_a_second(
    door: Admission, registry: FakeRegistry, clock: FakeClock
) -> None:
    """The accounts are read again then, and not for each message."""
    assert told(door, message("st337401")) == (None, "st337401")
    registry.add("st337401", office="33.74", revoked=True)
    clock.now += 0.99
    assert told(door, message("st337401")) == (None, "st337401")
    assert registry.reads == 1
    clock.now += 0.01
    assert told(door, message("st337401")) == (Violation.REVOKED, "st337401")
    assert registry.reads == 2


def test_an_account_just_added_is_looked_for_at_once_but_not_for_every_message(
    door: Admission, registry: FakeRegistry, clock: FakeClock
) -> None:
    """Whoever floods the door with an unknown name costs twenty looks a second."""
    assert told(door, message("st337402", "recorded.st337402"))[0] is Violation.UNKNOWN_ACCOUNT
    door.read([message("st337402")] * 100)
    assert registry.reads == 1
    registry.add("st337402")
    clock.now += 0.05
    event = valid_event("recorded", source="/stations/st337402")
    assert told(door, message("st337402", "recorded.st337402", event)) == (None, "st337402")
    assert registry.reads == 2


def test_while_the_store_is_away_nothing_is_let_in_or_refused(
    door: Admission, registry: FakeRegistry, clock: FakeClock
) -> None:
    """The intake keeps its messages and asks again."""
    registry.away = True
    with pytest.raises(StoreAway):
        door.read([message("st337401")])
    registry.away = False
    assert told(door, message("st337401")) == (None, "st337401")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_each_role_says_its_own_events_and_no_others(role: Role, name: str) -> None:
    """Over the whole contract, and at every door alike."""
    submission = _submitted(name, Door.CLI)
    judgement = judged(submission, Station("st337401", role, ""))
    expected = None if name in SAYS[role] else Violation.EVENT_NOT_OF_ROLE
    assert (judgement.refusal and judgement.refusal.violation) == expected


@pytest.mark.parametrize(
    ("office", "named", "violation"),
    [
        ("", "33.74.10", None),
        ("33", "33.74.10", None),
        ("33.74", "33.74.10", None),
        ("33.74.10", "33.74.10", None),
        ("33.74.1", "33.74.10", Violation.OFFICE_OF_ANOTHER),
        ("33.74.11", "33.74.10", Violation.OFFICE_OF_ANOTHER),
        ("33.74.10", "33.74", Violation.OFFICE_OF_ANOTHER),
        ("33.19", "33.74", Violation.OFFICE_OF_ANOTHER),
    ],
)
def test_an_office_that_is_named_must_lie_in_the_accounts_region(
    office: str, named: str, violation: Violation | None
) -> None:
    """A region covers what lies in it, and nothing whose code only begins alike."""
    judgement = judged(_submitted("recorded", Door.HTTP, office=named), Station("st337401", Role.STATION, office))
    assert (judgement.refusal and judgement.refusal.violation) == violation
    assert judgement.scope == ("" if violation else office)


def test_with_whom_a_warehouse_trades_is_its_own_affair() -> None:
    """Blanko are lent to an office that is not its own."""
    data = {"office": "33.74", "movement": "lent", "to": "33.19"}
    lent = _submitted("blanko-moved", Door.HTTP, subject="33.74", **data)
    assert judged(lent, Station("st337401", Role.WAREHOUSE, "33.74")).refusal is None


def test_every_rule_has_its_sentence_for_whoever_breaks_it() -> None:
    """None of them names a person or a value."""
    assert set(DETAILS) == set(Violation)


def _submitted(name: str, door: Door, **said: Any) -> Submission:
    subject = said.pop("subject", None)
    if name == "station-day-closed":
        subject = "st337401"
    event = valid_event(name, source="/stations/st337401", subject=subject, **said)
    submission = read_line(json.dumps(event).encode(), door=door, sender="st337401")
    assert submission.event is not None, submission.refusal
    return submission
