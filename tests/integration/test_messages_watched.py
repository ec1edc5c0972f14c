"""What is the matter with messages becomes an alert and closes by itself; and who tells nothing tells nothing later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ektp.step_ports import step_ports
from tests.histories import History
from tests.residents import Residents, residents_on, with_contact
from workflows.alerts_of_messages import FAILING, LATE, Carried, found_in

OPEN = "select rule, about from alerts where resolved is null and rule like 'messages-%%' order by 1, 2"


@pytest.fixture
def residents(database_url: str, tmp_path: Path) -> Iterator[Residents]:
    """Give a store in which residents are told."""
    with residents_on(database_url, tmp_path) as made:
        yield made


def watch(residents: Residents) -> list[tuple[str, str]]:
    """Look as the step does, and as if the last look was long ago; return what is open about messages."""
    alerts = step_ports(residents.parts).alerts
    alerts.watch()
    residents.sql("update alert_suspicions set since = since - interval '1 hour'")
    alerts.watch()
    return [(rule, about) for rule, about in residents.sql(OPEN, [])]


def test_messages_past_their_deadline_are_an_alert_of_their_office(residents: Residents) -> None:
    """It closes when they were told."""
    residents.tell(with_contact(History().recorded()))
    residents.plan()
    assert watch(residents) == []
    residents.sql("update messages set deadline = now() - interval '1 minute'")
    assert watch(residents) == [(LATE, "33.74.10")]
    residents.deliver()
    assert watch(residents) == []


def test_notices_that_nobody_plans_are_an_alert_too(residents: Residents) -> None:
    """After a quarter of an hour; the planner is gone, or an old transaction holds it up."""
    residents.tell(with_contact(History().recorded()))
    assert watch(residents) == []
    residents.sql("update outbox set created = created - interval '20 minutes'")
    assert watch(residents) == [(LATE, "plan")]
    residents.plan()
    assert watch(residents) == []


def test_a_gateway_that_refuses_or_brings_back_is_an_alert(residents: Residents) -> None:
    """One message that it refuses again and again is enough; of those that come back it takes a share of many."""
    residents.tell(with_contact(History().recorded()))
    residents.plan()
    residents.sql("update messages set tries = 3, channel = 'sms', because = 'SaidNo'")
    assert watch(residents) == [(FAILING, "sms")]
    residents.deliver()
    assert watch(residents) == []


def test_a_share_of_few_says_nothing() -> None:
    """Two of twenty are not more than ten in a hundred, three are; what is uncertain counts as lost."""
    few, fine, bad = (Carried("sms", 0, *counts) for counts in ((1, 1, 0), (18, 1, 1), (17, 2, 1)))
    assert [one.about for one in found_in((), (few, fine, bad), 10)] == ["sms"]
    assert not list(found_in((), (fine,), 10))
    assert not list(found_in((), (few,), 10))
    assert list(found_in((), (bad,), 15)) == []


def test_an_office_that_begins_to_tell_does_not_tell_all_that_was(database_url: str, tmp_path: Path) -> None:
    """What happened while nothing was told stays untold."""
    with residents_on(database_url, tmp_path, "[messages]\ntell = []\n") as silent:
        silent.tell(with_contact(History().recorded()))
        assert silent.plan() == 0
    with residents_on(database_url, tmp_path) as talking:
        assert talking.plan() == 0
        talking.tell(with_contact(History().recorded()))
        assert talking.plan() == 1
