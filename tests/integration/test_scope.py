"""Of whose applications an account may speak: judged where only the store can know it, also after a wait."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.outcome import OutcomeKind
from ektp.reading.snapshot import snapshot
from ektp.verification.invariants import verify
from ektp.web.measures.measures import Measures
from schemas.reasons import Reason
from schemas.samples import valid_event
from schemas.submission import Door, Submission, read_line
from schemas.violations import Violation
from tests.plain_time import PLAIN

HOME, REGENCY, ELSEWHERE = "33.74.10", "33.74", "33.19"


@pytest.fixture
def journal(open_journal: Callable[[], Journal]) -> Journal:
    """Give a journal."""
    return open_journal()


def said(name: str, application: str, scope: str, **data: Any) -> Submission:
    """Return an event as it comes from an account of that region."""
    event = valid_event(name, id=uuid4(), subject=application, **data)
    submission = read_line(json.dumps(event).encode(), door=Door.AMQP, sender="st337401")
    return replace(submission, scope=scope)


def became(journal: Journal, *submissions: Submission) -> list[tuple[OutcomeKind, str | None]]:
    """Apply them and return what became of each."""
    return [(outcome.outcome, outcome.reason) for outcome in journal.apply(submissions)]


APPLIED = (OutcomeKind.APPLIED, None)
NOT_ALLOWED = (OutcomeKind.PARKED, Reason.SENDER_NOT_ALLOWED)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("", APPLIED), ("33", APPLIED), (REGENCY, APPLIED), (HOME, APPLIED), ("33.74.11", NOT_ALLOWED),
     (ELSEWHERE, NOT_ALLOWED)],
)  # fmt: skip
def test_an_account_speaks_of_the_applications_of_its_region(
    journal: Journal, scope: str, expected: tuple[OutcomeKind, str | None]
) -> None:
    """And the application goes on as if nothing had been said where it may not."""
    application = str(uuid4())
    assert became(journal, said("recorded", application, HOME)) == [APPLIED]
    progress = said("enrolment-progressed", application, scope)
    assert became(journal, progress) == [expected]
    assert became(journal, progress) == [(OutcomeKind.REPEATED, None)]
    assert became(journal, said("data-verified", application, "")) == [APPLIED]


def test_it_holds_within_one_batch(journal: Journal) -> None:
    """The application is there in memory only."""
    application = str(uuid4())
    batch = [said("recorded", application, HOME), said("enrolment-progressed", application, ELSEWHERE)]
    assert became(journal, *batch) == [APPLIED, NOT_ALLOWED]


def test_what_came_before_the_recording_is_judged_when_it_is_released(journal: Journal, engine: Engine) -> None:
    """Nobody can know the office before; the scope is kept with what is held."""
    application = str(uuid4())
    foreign, own = (said("enrolment-progressed", application, scope) for scope in (ELSEWHERE, REGENCY))
    assert [kind for kind, _ in became(journal, foreign, own)] == [OutcomeKind.HELD] * 2
    assert became(journal, said("recorded", application, HOME)) == [APPLIED]
    assert rows(engine, "select reason, detail from parked") == [
        ("sender-not-allowed", "the application's office does not belong to the account that sent it")
    ]
    assert rows(engine, "select count(*) from held") == [(0,)]
    assert rows(engine, "select key, delta from tallies where kind = 'security'") == [
        (Violation.APPLICATION_OF_ANOTHER, 1)
    ]
    assert not [finding for finding in verify(engine, PLAIN) if finding.violations]


def test_recording_in_anothers_application_is_refused(journal: Journal) -> None:
    """Although the office that it names is its own."""
    application = str(uuid4())
    assert became(journal, said("recorded", application, HOME)) == [APPLIED]
    assert became(journal, said("recorded", application, ELSEWHERE, attempt=2, office=ELSEWHERE)) == [NOT_ALLOWED]


def test_each_broken_rule_is_measured_once_per_event(journal: Journal, engine: Engine) -> None:
    """A redelivery counts for nothing, and a rule that nobody broke is there with 0."""
    application = str(uuid4())
    foreign = said("application-cancelled", application, ELSEWHERE)
    became(journal, said("recorded", application, HOME), foreign)
    became(journal, foreign)
    told = Measures(engine, PLAIN).written().decode()
    assert 'ektp_security_events_total{violation="application-of-another"} 1.0' in told
    assert 'ektp_security_events_total{violation="copied"} 0.0' in told


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    """Ask the store."""
    with snapshot(engine) as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        return raw.execute(query).fetchall()
