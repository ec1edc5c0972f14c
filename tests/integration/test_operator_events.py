"""What operators decide, at two doors: each decision is in the history with its reason, and changes what comes next."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.command_line import CommandLine
from tests.histories import History, event
from tests.web_client import parts_on, served

MONDAY: Final = datetime(2018, 2, 12, 2, tzinfo=UTC)
DAY: Final = timedelta(days=1)
BECAUSE: Final = "the operator of the test says so"
Send = Callable[[dict[str, Any]], str]


class Office:
    """One office with a clock that a test moves; `decide` sends what its operator decides through a door."""

    def __init__(self, engine: Engine, ektp: CommandLine, send: Send) -> None:
        self.engine, self.ektp, self._send = engine, ektp, send
        begin_simulation(engine, MONDAY)

    def told(self, history: History) -> str:
        """Take a history in; return its application."""
        self.ektp.ask("apply", self.ektp.file(*history.events))
        return str(history.application)

    def decide(self, subject: str, name: str, expect: str = "applied", **data: Any) -> None:
        """Send what an operator decides, and find it in the history with its reason."""
        told = event(subject, name, station="operator1", because=BECAUSE, **data)
        assert self._send(told) == expect
        question = "select data->>'because', station, outcome from history where id = %s"
        assert self._row(question, told["id"]) == (BECAUSE, "operator1", expect)

    def wait_until(self, moment: datetime) -> None:
        """Let it be that late, and let pass what is due by then."""
        set_simulated_now(self.engine, moment)
        self.ektp.ask("sweep")

    def due(self, application: str) -> datetime:
        """Return when something comes next."""
        due = self._row("select due_at from applications where id = %s", application)[0]
        assert isinstance(due, datetime)
        return due

    def state(self, application: str) -> str:
        """Return the state."""
        return str(self._row("select state from applications where id = %s", application)[0])

    def passed(self, application: str) -> list[str]:
        """Return the deadlines that have passed, in order."""
        with transaction(self.engine) as connection:
            rows = connection.execute(
                "select data->>'deadline' from history where application = %s"
                " and type = 'id.ektp.deadline-passed.v1' and outcome = 'applied' order by version",
                [application],
            )
            return [name for (name,) in rows]

    def asked(self, application: str) -> list[str]:
        """Return the requests that left, in order."""
        with transaction(self.engine) as connection:
            rows = connection.execute(
                "select split_part(routing_key, '.', 1) from outbox"
                " where application = %s and exchange = 'ektp.requests' order by seq",
                [application],
            )
            return [name for (name,) in rows]

    def _row(self, question: str, value: str) -> tuple[Any, ...]:
        with transaction(self.engine) as connection:
            row = connection.execute(question, [value]).fetchone()
        assert row is not None
        return row


@pytest.fixture(params=["apply", "http"])
def office(
    request: pytest.FixtureRequest, engine: Engine, ektp: CommandLine, database_url: str, tmp_path: Path
) -> Iterator[Office]:
    """Give an office whose operator uses the keyboard, and one whose operator uses the web."""
    if request.param == "apply":
        yield Office(engine, ektp, lambda told: str(ektp.ask("apply", ektp.file(told))["outcomes"][0]["outcome"]))
        return
    with parts_on(database_url, tmp_path) as parts, served(parts) as web:
        yield Office(engine, ektp, lambda told: web.post(told).outcomes[0][0])


def test_a_deadline_that_is_postponed_comes_when_it_is_said(office: Office) -> None:
    """And not before; then it comes as if nothing had been."""
    one = office.told(History().recorded())
    office.wait_until(MONDAY + 8 * DAY)
    before, until = office.due(one), MONDAY + 60 * DAY
    assert office.passed(one) == ["no-news", "promise"]
    office.decide(one, "deadline-postponed", until=until.isoformat())
    assert before < office.due(one) == until
    office.wait_until(until - DAY)
    assert office.passed(one) == ["no-news", "promise"]
    office.wait_until(until)
    assert office.passed(one)[2:3] == ["still-no-news"]
    assert office.ektp.ask("verify")["ok"]


def test_an_operator_who_recovers_by_hand_has_fourteen_working_days(office: Office) -> None:
    """Nothing is recorded again by itself meanwhile; then a person has to decide."""
    one = office.told(History().recorded())
    office.wait_until(MONDAY + 8 * DAY)
    office.decide(one, "remedy-ordered", attempt=1, remedy="recover")
    fourteen = datetime(2018, 3, 12, 8, tzinfo=UTC)  # from Tuesday the 20th
    assert office.due(one) == fourteen
    office.wait_until(fourteen - timedelta(minutes=1))
    assert (office.state(one), office.asked(one)) == ("recorded", ["resend-packet"])
    office.wait_until(fourteen)
    assert (office.state(one), office.passed(one)[-1]) == ("under-review", "not-recovered")
    assert office.asked(one) == ["resend-packet"]
    assert office.ektp.ask("verify")["ok"]


@pytest.mark.parametrize(
    ("remedy", "asks", "state"),
    [
        ("resend", "resend-packet", "recorded"),
        ("retry", "retry-search", "recorded"),
        ("re-record", "delete-central-record", "deletion-requested"),
    ],
)
def test_a_remedy_that_is_ordered_is_asked_for_at_once(office: Office, remedy: str, asks: str, state: str) -> None:
    """Whatever the deadlines say; and the answer is waited for."""
    one = office.told(History().recorded())
    before = office.due(one)
    office.decide(one, "remedy-ordered", attempt=1, remedy=remedy)
    assert (office.state(one), office.asked(one)) == (state, [asks])
    assert office.due(one) >= before or state == "recorded"
    assert office.ektp.ask("verify")["ok"], "each request has its step"


def test_a_person_may_order_what_the_system_left_under_review(office: Office) -> None:
    """A re-recording out of a review, in the try as it stands; of a duplicate it deletes and leads nowhere."""
    tried = History().recorded().failed("SEARCH_FAILURE_AT_CENTRAL").failed("ADJUDICATE_RECORD", try_=2)
    one = office.told(tried)
    assert office.state(one) == "under-review"
    office.decide(one, "remedy-ordered", attempt=1, remedy="re-record")
    assert (office.state(one), office.asked(one)[-1]) == ("deletion-requested", "delete-central-record")
    double = History().recorded().failed("DUPLICATE_RECORD")
    other = office.told(double)
    office.decide(other, "remedy-ordered", "superseded", attempt=1, remedy="re-record")
    office.told(double.deleted())
    assert (office.state(other), office.asked(other)) == ("under-review", ["delete-central-record"])
    assert office.ektp.ask("verify")["ok"]


@pytest.mark.parametrize("subject", ["centre", "33.74"])
def test_while_an_outage_lasts_the_deadlines_of_who_has_the_move_wait(office: Office, subject: str) -> None:
    """Day by day, and then later by its working days; that its end is dated years ahead makes it no longer."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    one = office.told(history)
    office.wait_until(MONDAY + 8 * DAY)
    before = office.due(one)
    begins, ends = MONDAY + 8 * DAY, before + 2 * DAY
    office.decide(subject, "outage-declared", from_=begins.isoformat())
    office.wait_until(before)
    assert "deletion-late" not in office.passed(one)
    assert before < office.due(one)
    set_simulated_now(office.engine, ends)
    office.decide(subject, "outage-ended")
    office.wait_until(before + 20 * DAY)
    assert "deletion-late" not in office.passed(one)
    office.wait_until(before + 60 * DAY)
    assert "deletion-late" in office.passed(one)
    assert office.ektp.ask("verify")["ok"]
